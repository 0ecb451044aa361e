/** The tab: it alone holds the state and speaks to the host; the elements arrange what they are given. */
import { html, LitElement, nothing, type TemplateResult } from "lit";
import "./export";
import { fetchBeside, fetchMetrics } from "./api";
import type { Measures } from "./files";
import "./findings";
import "./health";
import "./pictures";
import "./tensors";
import "./verdict";
import "./words";
import { ordered } from "./cells";
import { nothingYet, notices } from "./empty";
import { entryOf, findingOf, outlinedOf } from "./chosen";
import "./compare-panel";
import { customElement, state } from "./given";
import { plural } from "./format";
import type { Health } from "./health";
import type { Heatmap } from "./heatmap";
import { help, type HelpTexts } from "./help";
import { connect, type Host, type Theme } from "./host";
import { Kept } from "./kept";
import { findingMarkdown } from "./markdown";
import { chooseRun, spanOn, viewRun, type RunView } from "./model";
import { quiet, type MuteEvent } from "./mute";
import "./muted";
import { page } from "./page";
import { cutSeries, rangeOf } from "./range";
import type { Drawing } from "./picture";
import type { Evidence, Finding, Report, SeriesEntry } from "./report";
import { verdict, verdictText } from "./sentence";
import { Session } from "./session";
import { SETTINGS, UNSAID } from "./settings";
import { readHash, START, writeHash, type Link } from "./state";
import { placeOf, type Tab } from "./stock";
import { asMetric, judgedMetric, passingMarks, stripsOf } from "./strip-data";
import { shared } from "./styles";
import type { Twin } from "./twin";
import type { MetricSeries, StepEvent } from "./types";

const LOST = "The finding of this link is no longer reported: the log or the configuration has changed.";
const ALONE = "The run to compare with is not in this log.";
const MUTED = "The finding of this link is muted in this browser.";

/** From this height on the layer of the selected tensor lies open in the heatmap. */
const HIGH = 960;

@customElement("histdiag-app")
export class App extends LitElement {
  @state private link: Link = START;
  @state private theme: Theme = "light";
  /** The step pointed at, and the evidence pointed at. */
  @state private hovered: number | null = null;
  @state private pointed: Evidence | null = null;
  @state private folded: ReadonlySet<string> = new Set();
  @state private helpTexts: HelpTexts = {};
  /** Counts what was read, so that elements which read through functions draw again. */
  @state private tick = 0;

  #host!: Host;
  /** The report as it came, what of it is not muted, and what is. */
  #raw: Report | null = null;
  #report: Report | null = null;
  #muted: readonly Finding[] = [];
  #view: RunView | null = null;
  #entries: readonly SeriesEntry[] = [];
  readonly #session = new Session(
    () => this.#host.visible,
    () => this.tick++,
  );
  readonly #kept = new Kept();
  readonly #sides = new ResizeObserver(() => this.#place());

  override connectedCallback(): void {
    super.connectedCallback();
    this.#host = connect(window, {
      reloaded: () => void this.#session.load(),
      themed: (theme) => this.#dress(theme),
      shown: () => {
        this.#writeLink();
        void this.#session.wake();
      },
      moved: (hash) => this.#follow(hash),
    });
    this.#dress(this.#host.theme);
    this.link = this.#kept.usual;
    this.#follow(this.#host.hash);
    this.addEventListener("keydown", this.#key);
    addEventListener("resize", () => this.#place());
    void this.#session.load();
  }

  #dress(theme: Theme): void {
    this.theme = theme;
    document.documentElement.dataset["theme"] = theme;
  }

  #follow(hash: string): void {
    this.link = readHash(hash, this.#kept.usual) ?? this.link;
  }

  #writeLink(): void {
    this.#host.replaceHash(writeHash(this.#host.hash, this.link, this.#kept.usual));
  }

  #set(patch: Partial<Link>): void {
    this.#kept.choose(patch);
    this.link = { ...this.link, run: this.#view?.run.run ?? this.link.run, ...patch };
    this.#writeLink();
  }

  protected override willUpdate(changed: Map<PropertyKey, unknown>): void {
    const { report } = this.#session;
    if (!report) return;
    const before = this.#view;
    const run = chooseRun(report, this.link.run, this.link.finding);
    if (report !== this.#raw || run?.run !== before?.run.run) {
      this.#kept.use(report.log);
      const heard = quiet((this.#raw = report), this.#kept.mutes);
      this.#report = heard.report;
      this.#view = run && viewRun(heard.report, run);
      this.#muted = heard.muted.filter((finding) => finding.run === run?.run);
    }
    if (!this.#view) return;
    if (this.#view !== before || changed.has("link")) this.#entries = ordered(this.#view, this.link.order, this.link.filter);
    if (this.#view.run.run !== before?.run.run) this.folded = this.#kept.folded(this.#layers());
    if (changed.has("link") || !before) this.#unfold();
  }

  #unfold(): void {
    const layer = this.#entry()?.layer;
    if (innerHeight >= HIGH && layer != null && this.folded.has(layer)) this.#turn(layer);
  }

  #layers(): string[] {
    return this.#view!.series.map((entry) => entry.layer);
  }

  protected override updated(): void {
    for (const side of this.renderRoot.querySelectorAll<HTMLElement>(".side")) this.#sides.observe(side);
  }

  /** A column taller than the page scrolls until its end shows, then stays. */
  #place(): void {
    const gap = Number.parseFloat(getComputedStyle(this).getPropertyValue("--gap"));
    if (!this.#host.visible) return;
    for (const side of this.renderRoot.querySelectorAll<HTMLElement>(".side"))
      side.style.top = `${Math.min(gap, innerHeight - side.offsetHeight - gap)}px`;
  }

  #finding(): Finding | null {
    return findingOf(this.#view!, this.link.finding);
  }

  #entry(): SeriesEntry | null {
    return entryOf(this.#view!, this.#finding(), this.link.tag);
  }

  #metric = (name: string): ReadonlyMap<number, MetricSeries> | null =>
    this.#session.metrics.has(name) ? this.#session.loader.metric(this.#view!.run.run, name) : null;

  /** A metric of a tensor, or a scalar of that kind: training and validation may share a tag. */
  #series = (name: string, tag: string): MetricSeries | null => {
    const entry = this.#view!.byTag.get(tag);
    if (entry) return this.#metric(name)?.get(entry.id) ?? null;
    const scalar = this.#session.loader.scalars(this.#view!.run.run).find((item) => item.tag === tag && item.kind === name);
    return scalar ? asMetric(scalar) : null;
  };

  /** For others, who may have chosen to see things otherwise. */
  #address = (): string => this.#host.link.replace(/#.*|$/, () => writeHash(this.#host.hash, this.link, UNSAID));

  #markdown = (): string => {
    const { rules, metrics, report } = this.#session;
    const one = (finding: Finding) =>
      findingMarkdown(finding, rules.get(finding.rule) ?? null, (name) => metrics.get(name) ?? null, "");
    const left = this.#muted.length ? ` ${plural(this.#muted.length, "muted finding")} left out.` : "";
    return [`${verdictText(verdict(this.#view!, report!.progress))}${left}\n`, ...this.#view!.findings.map(one)].join("\n");
  };

  #measure = async (id: number): Promise<Measures> => {
    const { metrics } = await fetchMetrics(this.#view!.run.run, [...this.#session.metrics.keys()], [id]);
    return new Map([...metrics].flatMap(([name, found]) => (found.has(id) ? [[name, found.get(id)!]] : [])));
  };

  #drawing = (what: "twin" | "heatmap"): Drawing | null => {
    const within = what === "twin" ? "histdiag-pictures" : "histdiag-health";
    return this.renderRoot.querySelector<LitElement>(within)!.renderRoot.querySelector<Twin | Heatmap>(`histdiag-${what}`)?.drawing() ?? null;
  };

  override render() {
    const { report, told, failure, retry } = this.#session;
    return html`<main tabindex="-1" @change-link=${this.#apply} @cursor=${this.#hover} @pin=${this.#pin} @select-series=${this.#choose}
        @mute=${this.#mute} @open-tab=${this.#openTab}>
        <h1 class="sr">Diagnostics</h1>
        <div class="sr" aria-live="polite">${told}</div>
        ${report && this.#view?.series.length ? this.#page(this.#report!, this.#view) : nothingYet(report, failure, retry)}
      </main>
      ${help(this.#reset, this.helpTexts)}`;
  }

  #page(report: Report, view: RunView): TemplateResult {
    const { rules, metrics, fresh, updated } = this.#session;
    const finding = this.#finding();
    const entry = this.#entry();
    const histograms = entry && this.#session.loader.histograms(entry.id);
    const own = finding && (!this.link.tag || finding.tags.includes(entry?.tag ?? "")) ? finding : null;
    const selection = outlinedOf(view, own, entry, this.pointed);
    const cursor = this.hovered ?? this.pointed?.step ?? null;
    return html`<histdiag-verdict
        .view=${view} .report=${report} .rules=${rules} .answered=${updated} .address=${this.#address}
        .link=${this.link} .order=${this.#session.order} .theme=${this.theme} @help=${this.#openHelp}
      >
        <histdiag-muted slot="muted" .findings=${this.#muted} .mutes=${this.#kept.mutes} .rules=${rules} .first=${view.domain[0]}></histdiag-muted>
        <histdiag-export
          .view=${view} .report=${this.#raw} .metrics=${metrics} .entry=${entry} .histograms=${histograms} .muted=${this.#muted}
          .measure=${this.#measure} .drawing=${this.#drawing} .markdown=${this.#markdown}
        ></histdiag-export>
      </histdiag-verdict>
      ${this.#notices(report, view, finding)} ${this.#comparison(report, view, entry)}
      <div class="cols">
        <histdiag-findings
          class="side" .view=${view} .rules=${rules} .metrics=${metrics} .series=${this.#series} .selected=${own}
          .fresh=${fresh} .muted=${this.#muted.length} .busy=${report.progress.judged < report.progress.total} .tick=${this.tick}
        ></histdiag-findings>
        <div class="centre">
          <histdiag-health
            .view=${view} .entries=${this.#entries} .link=${this.link} .metrics=${metrics} .any=${this.#metric("mean")}
            .values=${this.#metric(this.link.metric)} .folded=${this.folded} .selection=${selection}
            .cursor=${cursor} .theme=${this.theme} @fold=${this.#fold} @fold-all=${this.#foldAll}
          ></histdiag-health>
          ${this.#pictures(report, view, own, entry, cursor)}
        </div>
        <histdiag-words
          class="panel side" .view=${view} .finding=${own} .back=${finding} .entry=${entry} .rules=${rules}
          .metrics=${metrics} .series=${this.#series} .address=${this.#address} .tick=${this.tick}
          @point=${this.#point}
        ></histdiag-words>
      </div>
      <histdiag-tensors
        .view=${view} .entries=${this.#entries} .histograms=${this.#small} .shown=${entry?.tag ?? ""}
        .chosen=${this.link.role} .theme=${this.theme} .tick=${this.tick}
      ></histdiag-tensors>`;
  }

  #notices(report: Report, view: RunView, finding: Finding | null) {
    const { failure, retry } = this.#session;
    const lost = this.link.finding && finding?.fingerprint !== this.link.finding;
    const why = this.#muted.some(({ fingerprint }) => fingerprint === this.link.finding) ? MUTED : LOST;
    const lines = [
      ...(failure ? [notice(failure, "Try again", retry)] : []),
      ...(lost ? [notice(why, "Dismiss", () => this.#set({ finding: "" }))] : []),
      ...(this.link.with && !this.#other(report, view) ? [notice(ALONE, "Dismiss", () => this.#set({ with: "" }))] : []),
      ...notices(view, report.progress, report.messages),
    ];
    return lines.length ? html`<div class="notices">${lines}</div>` : nothing;
  }

  /** The run to compare with; "" for none and for one that is gone. */
  #other(report: Report, view: RunView): string {
    return report.runs.find(({ run }) => run === this.link.with && run !== view.run.run)?.run ?? "";
  }

  #comparison(report: Report, view: RunView, entry: SeriesEntry | null) {
    const other = this.#other(report, view);
    if (!other) return nothing;
    const { loader, order } = this.#session;
    return html`<histdiag-compare
      .comparison=${loader.comparison(view.run.run, other)} .heard=${new Set(report.findings.map(({ fingerprint }) => fingerprint))} .byTag=${view.byTag} .shown=${entry?.tag ?? ""} .order=${order}
      .theme=${this.theme} .measuring=${report.progress.judged < report.progress.total}
    ></histdiag-compare>`;
  }

  #pictures(report: Report, view: RunView, own: Finding | null, entry: SeriesEntry | null, cursor: number | null): TemplateResult {
    const { loader, metrics, order } = this.#session;
    const tag = entry?.tag ?? "";
    const other = this.#other(report, view);
    const beside = other && report.series.find((one) => one.run === other && one.tag === tag);
    const doc = (name: string) => metrics.get(name) ?? null;
    const strips = entry ? stripsOf(entry.id, tag, own, this.#metric, doc, loader.scalars(view.run.run)) : [];
    const pointed = this.pointed?.tag === tag ? this.pointed : null;
    const value = pointed?.metric === judgedMetric(own, tag)?.metric ? (pointed?.value ?? null) : null;
    return html`<histdiag-pictures
      .view=${view} .link=${this.link} .finding=${own} .entry=${entry}
      .histograms=${entry ? loader.histograms(entry.id) : null} .strips=${strips} .cursor=${cursor} .theme=${this.theme}
      .other=${other} .otherHas=${Boolean(beside)} .otherHistograms=${beside ? loader.histograms(beside.id) : null} .order=${order}
      .temporary=${pointed ? passingMarks(pointed) : []} .temporaryValue=${value == null ? null : { value }}
      @move-step=${(event: CustomEvent<number>) => this.#move(event.detail)}
    ></histdiag-pictures>`;
  }

  #small = (id: number) => this.#session.loader.histograms(id, true);
  get #dialog(): HTMLDialogElement {
    return this.renderRoot.querySelector("dialog")!;
  }

  #openHelp = (): void => {
    this.#dialog.showModal();
    if (!this.helpTexts["keys"]) void fetchBeside("help").then((texts) => (this.helpTexts = texts));
  };
  #apply = (event: CustomEvent<Partial<Link>>): void => this.#set(event.detail);
  #hover = (event: CustomEvent<StepEvent>): void => void (this.hovered = event.detail.step);
  #pin = (event: CustomEvent<StepEvent>): void => this.#set({ step: event.detail.step });
  #point = (event: CustomEvent<Evidence | null>): void => void (this.pointed = event.detail);
  #fold = ({ detail: { layer } }: CustomEvent<{ layer: string }>): void => {
    this.#kept.fold(layer, !this.folded.has(layer));
    this.#turn(layer);
  };

  #choose = (event: CustomEvent<{ id: number }>): void => {
    const entry = this.#view?.series.find(({ id }) => id === event.detail.id);
    if (!entry) return;
    this.#set({ tag: entry.tag });
    const fromBelow = event.composedPath().some((node) => node instanceof Element && node.localName === "histdiag-tensors");
    if (fromBelow) this.renderRoot.querySelector(".cols")?.scrollIntoView({ block: "start" });
  };

  #turn(layer: string): void {
    const folded = new Set(this.folded);
    if (!folded.delete(layer)) folded.add(layer);
    this.folded = folded;
  }

  #foldAll = (): void => {
    this.#kept.foldAll(!this.folded.size);
    this.folded = this.#kept.folded(this.#layers());
  };

  #mute = ({ detail }: CustomEvent<MuteEvent>): void => {
    const lasts = this.#kept.mute(detail);
    this.#session.told = `${detail.on ? "Muted" : "No longer muted"}${lasts ? "." : ", for this visit: the browser keeps nothing."}`;
    this.#raw = null;
    this.requestUpdate();
    void this.#focusMuted(); // the button pressed now stands for something else, or is gone
  };

  async #focusMuted(): Promise<void> {
    await this.updateComplete;
    const list = this.renderRoot.querySelector<LitElement>("histdiag-muted")!;
    await list.updateComplete;
    (list.renderRoot.querySelector("summary") ?? this.renderRoot.querySelector("main"))?.focus();
  }

  #reset = (): void => {
    this.#kept.reset();
    this.folded = this.#kept.folded(this.#layers());
    this.#set(SETTINGS);
  };

  #openTab = ({ detail: { tab, tag } }: CustomEvent<{ tab: Tab; tag: string }>): void => this.#host.open(placeOf(tab, tag));

  /** To the next record of the tensor shown, among the steps shown. */
  #move(by: number): void {
    const entry = this.#view && this.#entry();
    const all = entry && this.#metric("mean")?.get(entry.id);
    const steps = all ? cutSeries(all, rangeOf(this.link, spanOn(this.#finding(), entry.tag))).steps : [];
    if (!steps.length) return;
    const at = this.link.step ?? Infinity;
    const now = Math.max(0, steps.findLastIndex((step) => step <= at));
    this.#set({ step: steps[Math.min(steps.length - 1, Math.max(0, now + by))] ?? null });
  }

  #key = (event: KeyboardEvent): void => {
    const target = event.composedPath()[0] as HTMLElement & { value?: string };
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || this.#dialog.open) return;
    const clears = target.tagName === "INPUT" && target.value; // the field's own Escape
    if (event.key === "Escape" && !clears) this.#set(this.link.step2 != null ? { step2: null } : this.link.step == null ? { tag: "" } : { step: null });
    if (/^(INPUT|SELECT|TEXTAREA)$/.test(target.tagName)) return;
    if (event.key === "[") this.#move(-1);
    if (event.key === "]") this.#move(1);
    if (event.key === "?") this.#openHelp();
    if (event.key !== "/") return;
    event.preventDefault();
    this.renderRoot.querySelector<Health>("histdiag-health")!.focusFilter();
  };

  static override styles = [shared, page];
}

const notice = (text: string, action: string, act: () => void): TemplateResult => html`<div class="notice" role="status">
  <p>${text}</p>
  <button class="btn" @click=${act}>${action}</button>
</div>`;
