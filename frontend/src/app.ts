/** The tab: it alone holds the state and speaks to the host; the elements arrange what they are given. */
import { html, LitElement, nothing, type TemplateResult } from "lit";
import "./findings";
import "./health";
import "./pictures";
import "./tensors";
import "./verdict";
import "./words";
import { ordered } from "./cells";
import { nothingYet, notices } from "./empty";
import { customElement, state } from "./given";
import type { Health } from "./health";
import { help } from "./help";
import { connect, type Host, type Theme } from "./host";
import { findingMarkdown } from "./markdown";
import { chooseRun, leadEvidence, viewRun, type RunView } from "./model";
import { page } from "./page";
import type { Evidence, Finding, Report, SeriesEntry } from "./report";
import { verdict, verdictText } from "./sentence";
import { Session } from "./session";
import { readHash, START, writeHash, type Link } from "./state";
import { asMetric, judgedMetric, passingMarks, stripsOf } from "./strip-data";
import { shared } from "./styles";
import type { MetricSeries, StepEvent } from "./types";

const LOST = "The finding of this link is no longer reported: the log or the configuration has changed.";

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
  /** Counts what was read, so that elements which read through functions draw again. */
  @state private tick = 0;

  #host!: Host;
  #report: Report | null = null;
  #view: RunView | null = null;
  #entries: readonly SeriesEntry[] = [];
  readonly #session = new Session(
    () => this.#host.visible,
    () => this.tick++,
  );
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
    this.link = readHash(hash) ?? this.link;
  }

  #writeLink(): void {
    this.#host.replaceHash(writeHash(this.#host.hash, this.link));
  }

  #set(patch: Partial<Link>): void {
    this.link = { ...this.link, run: this.#view?.run.run ?? this.link.run, ...patch };
    this.#writeLink();
  }

  protected override willUpdate(changed: Map<PropertyKey, unknown>): void {
    const { report } = this.#session;
    if (!report) return;
    const before = this.#view;
    const run = chooseRun(report, this.link.run, this.link.finding);
    if (report !== this.#report || run?.run !== before?.run.run) this.#view = run && viewRun(report, run);
    this.#report = report;
    if (!this.#view) return;
    if (this.#view !== before || changed.has("link")) this.#entries = ordered(this.#view, this.link.order, this.link.filter);
    if (this.#view.run.run !== before?.run.run) this.folded = new Set(this.#view.series.map((entry) => entry.layer));
    if (changed.has("link") || !before) this.#unfold();
  }

  #unfold(): void {
    const layer = this.#entry(this.#finding())?.layer;
    if (innerHeight >= HIGH && layer != null && this.folded.has(layer)) this.#turn(layer);
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
    const { findings, cards } = this.#view!;
    return findings.find((finding) => finding.fingerprint === this.link.finding) ?? cards[0]?.findings[0] ?? null;
  }

  /** The tensor chosen by hand, else the finding's that shows what was measured, else its first with histograms. */
  #entry(finding: Finding | null): SeriesEntry | null {
    const { byTag, series } = this.#view!;
    const lead = (finding && leadEvidence(finding)?.tag) ?? "";
    const own = finding?.tags ?? [];
    const tags = [this.link.tag, own.includes(lead) ? lead : "", ...own, lead];
    return tags.map((tag) => byTag.get(tag)).find(Boolean) ?? series[0] ?? null;
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

  #address = (): string => this.#host.link;

  #markdown = (): string => {
    const { rules, metrics, report } = this.#session;
    const one = (finding: Finding) =>
      findingMarkdown(finding, rules.get(finding.rule) ?? null, (name) => metrics.get(name) ?? null, "");
    return [verdictText(verdict(this.#view!, report!.progress)) + "\n", ...this.#view!.findings.map(one)].join("\n");
  };

  override render() {
    const { report, told, failure, retry } = this.#session;
    return html`<main tabindex="-1" @change-link=${this.#apply} @cursor=${this.#hover} @pin=${this.#pin} @select-series=${this.#choose}>
        <h1 class="sr">Diagnostics</h1>
        <div class="sr" aria-live="polite">${told}</div>
        ${report && this.#view?.series.length ? this.#page(report, this.#view) : nothingYet(report, failure, retry)}
      </main>
      ${help()}`;
  }

  #page(report: Report, view: RunView): TemplateResult {
    const { rules, metrics, fresh, updated } = this.#session;
    const finding = this.#finding();
    const entry = this.#entry(finding);
    const own = finding && (!this.link.tag || finding.tags.includes(entry?.tag ?? "")) ? finding : null;
    const selection = this.#selection(view, own, entry);
    const cursor = this.hovered ?? this.pointed?.step ?? null;
    return html`<histdiag-verdict
        .view=${view} .report=${report} .rules=${rules} .answered=${updated} .address=${this.#address}
        .markdown=${this.#markdown} .histograms=${entry ? this.#session.loader.histograms(entry.id) : null} @help=${this.#openHelp}
      ></histdiag-verdict>
      ${this.#notices(report, view, finding)}
      <div class="cols">
        <histdiag-findings
          class="side" .view=${view} .rules=${rules} .metrics=${metrics} .series=${this.#series} .selected=${own}
          .fresh=${fresh} .busy=${report.progress.judged < report.progress.total} .tick=${this.tick}
        ></histdiag-findings>
        <div class="centre">
          <histdiag-health
            .view=${view} .entries=${this.#entries} .link=${this.link} .metrics=${metrics} .any=${this.#metric("mean")}
            .values=${this.#metric(this.link.metric)} .folded=${this.folded} .selection=${selection}
            .cursor=${cursor} .theme=${this.theme} @fold=${this.#fold} @fold-all=${this.#foldAll}
          ></histdiag-health>
          ${this.#pictures(view, own, entry, cursor)}
        </div>
        <histdiag-words
          class="panel side" .view=${view} .finding=${own} .back=${finding} .entry=${entry} .rules=${rules}
          .metrics=${metrics} .series=${this.#series} .address=${this.#address} .tick=${this.tick}
          @point=${this.#point} @open-histograms=${this.#openHistograms}
        ></histdiag-words>
      </div>
      <histdiag-tensors
        .view=${view} .entries=${this.#entries} .histograms=${this.#small} .shown=${entry?.tag ?? ""}
        .chosen=${this.link.role} .theme=${this.theme} .tick=${this.tick}
      ></histdiag-tensors>`;
  }

  /** What the heatmap outlines: the tensor pointed at, else those of the finding, else the one chosen by hand. */
  #selection(view: RunView, own: Finding | null, entry: SeriesEntry | null): Health["selection"] {
    const pointed = this.pointed && view.byTag.get(this.pointed.tag);
    const span = own ? ([own.first_step, own.last_step] as const) : view.domain;
    if (pointed) return { ids: [pointed.id], beside: [], span };
    const idsOf = (tags: readonly string[]) => tags.flatMap((tag) => view.byTag.get(tag)?.id ?? []);
    const ids = own ? idsOf(own.tags) : entry ? [entry.id] : [];
    return { ids, beside: idsOf(own?.evidence.map(({ tag }) => tag) ?? []).filter((id) => !ids.includes(id)), span };
  }

  #notices(report: Report, view: RunView, finding: Finding | null) {
    const { failure, retry } = this.#session;
    const lost = this.link.finding && finding?.fingerprint !== this.link.finding;
    const lines = [
      ...(failure ? [notice(failure, "Try again", retry)] : []),
      ...(lost ? [notice(LOST, "Dismiss", () => this.#set({ finding: "" }))] : []),
      ...notices(view, report.progress, report.messages),
    ];
    return lines.length ? html`<div class="notices">${lines}</div>` : nothing;
  }

  #pictures(view: RunView, own: Finding | null, entry: SeriesEntry | null, cursor: number | null): TemplateResult {
    const { loader, metrics } = this.#session;
    const tag = entry?.tag ?? "";
    const doc = (name: string) => metrics.get(name) ?? null;
    const strips = entry ? stripsOf(entry.id, tag, own, this.#metric, doc, loader.scalars(view.run.run)) : [];
    const pointed = this.pointed?.tag === tag ? this.pointed : null;
    const value = pointed?.metric === judgedMetric(own, tag)?.metric ? (pointed?.value ?? null) : null;
    return html`<histdiag-pictures
      .view=${view} .link=${this.link} .finding=${own} .entry=${entry}
      .histograms=${entry ? loader.histograms(entry.id) : null} .strips=${strips} .cursor=${cursor} .theme=${this.theme}
      .temporary=${pointed ? passingMarks(pointed) : []} .temporaryValue=${value == null ? null : { value }}
      @move-step=${(event: CustomEvent<number>) => this.#move(event.detail)}
    ></histdiag-pictures>`;
  }

  #small = (id: number) => this.#session.loader.histograms(id, true);
  get #dialog(): HTMLDialogElement {
    return this.renderRoot.querySelector("dialog")!;
  }

  #openHelp = (): void => this.#dialog.showModal();
  #apply = (event: CustomEvent<Partial<Link>>): void => this.#set(event.detail);
  #hover = (event: CustomEvent<StepEvent>): void => void (this.hovered = event.detail.step);
  #pin = (event: CustomEvent<StepEvent>): void => this.#set({ step: event.detail.step });
  #point = (event: CustomEvent<Evidence | null>): void => void (this.pointed = event.detail);
  #fold = (event: CustomEvent<{ layer: string }>): void => this.#turn(event.detail.layer);

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
    this.folded = new Set(this.folded.size ? [] : this.#view?.series.map((entry) => entry.layer));
  };

  /** The stock tab, filtered to one tag. */
  #openHistograms = (event: CustomEvent<string>): void => {
    const pattern = event.detail.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");
    this.#host.open(`histograms&tagFilter=${encodeURIComponent(`^${pattern}$`)}`);
  };

  /** To the next record of the tensor shown. */
  #move(by: number): void {
    const entry = this.#view && this.#entry(this.#finding());
    const steps = entry ? this.#metric("mean")?.get(entry.id)?.steps : null;
    if (!steps?.length) return;
    const at = this.link.step ?? Infinity;
    const now = Math.max(0, steps.findLastIndex((step) => step <= at));
    this.#set({ step: steps[Math.min(steps.length - 1, Math.max(0, now + by))] ?? null });
  }

  #key = (event: KeyboardEvent): void => {
    const target = event.composedPath()[0] as HTMLElement & { value?: string };
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || this.#dialog.open) return;
    const clears = target.tagName === "INPUT" && target.value; // the field's own Escape
    if (event.key === "Escape" && !clears) this.#set(this.link.step == null ? { tag: "" } : { step: null });
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
