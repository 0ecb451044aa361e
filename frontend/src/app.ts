/** The tab: it alone holds the state and speaks to the host; layout.ts arranges the elements that show it. */
import { html, LitElement } from "lit";
import { fetchBeside } from "./api";
import { ordered, turned } from "./cells";
import { entryOf, findingOf } from "./chosen";
import { clamp, max, min } from "./draw/math";
import { nothingYet } from "./empty";
import { keepFocus } from "./focus";
import { plural } from "./format";
import { customElement, state } from "./given";
import type { Health } from "./health";
import type { Heatmap } from "./heatmap";
import { help, type HelpTexts } from "./help";
import { connect, type Host, type Theme } from "./host";
import { Kept } from "./kept";
import { layout, type Commands } from "./layout";
import { findingMarkdown, plain } from "./markdown";
import { spanOn, type RunView } from "./model";
import { quiet, type MuteEvent } from "./mute";
import { page } from "./page";
import { cutSeries, rangeOf } from "./range";
import { Reader } from "./reader";
import type { Evidence, Finding, SeriesEntry } from "./report";
import { verdict, verdictText } from "./sentence";
import { Session } from "./session";
import { SETTINGS, UNSAID } from "./settings";
import { shownOf, type Shown } from "./shown";
import { readHash, START, writeHash, type Link } from "./state";
import { placeOf, type Tab } from "./stock";
import { shared } from "./styles";
import { chorded } from "./surface";
import type { Twin } from "./twin";
import type { StepEvent } from "./types";

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
  /** Settles when the styles are there, or never will be. */
  dressed: Promise<unknown> | null = null;

  #host!: Host;
  #shown: Shown | null = null;
  #entries: readonly SeriesEntry[] = [];
  readonly #session = new Session(
    () => this.#host.visible,
    () => this.tick++,
    (report) => {
      this.#kept.use(report.log);
      return quiet(report, this.#kept.mutes).report;
    },
  );
  readonly #reader = new Reader(this.#session, () => this.#view);
  readonly #kept = new Kept();
  readonly #mendFocus = keepFocus(this);
  readonly #sides = new ResizeObserver(() => this.#place());

  override connectedCallback(): void {
    super.connectedCallback();
    this.#host = connect(window, {
      reloaded: () => void this.#session.load(),
      themed: (theme) => this.#dress(theme),
      shown: () => {
        this.#follow(this.#host.hash); // somebody may have come by a link
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

  /** All is asked for at once, but nothing drawn without its style. */
  protected override async scheduleUpdate(): Promise<void> {
    await this.dressed;
    super.scheduleUpdate();
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

  #set = (patch: Partial<Link>): void => {
    this.#kept.choose(patch);
    if (patch.finding) this.#session.opened(patch.finding);
    this.link = { ...this.link, run: this.#shown?.view.run.run ?? this.link.run, ...patch };
    this.#writeLink();
  };

  protected override willUpdate(changed: Map<PropertyKey, unknown>): void {
    const { report } = this.#session;
    if (!report) return;
    this.#kept.use(report.log);
    const before = this.#shown?.view;
    this.#shown = shownOf(report, this.link, this.#kept.mutes, this.#shown);
    if (!this.#shown) return;
    const { order, filter } = this.link;
    const asked = (changed.get("link") ?? this.link) as Link;
    if (this.#view !== before || asked.order !== order || asked.filter !== filter) this.#entries = ordered(this.#view, order, filter);
    if (this.#view !== before) this.#lay(before);
    if (changed.has("link") || !before) this.#unfold();
  }

  /** Fold the layers of another run, and those that measuring has brought, as they were left. */
  #lay(before: RunView | undefined): void {
    const same = this.#view.run.run === before?.run.run;
    const known = new Set(same ? before!.series.map((one) => one.layer) : []);
    const fresh = this.#kept.folded(this.#layers().filter((layer) => !known.has(layer)));
    this.folded = new Set([...(same ? this.folded : []), ...fresh]);
  }

  #unfold(): void {
    const layer = this.#entry()?.layer;
    if (innerHeight >= HIGH && layer != null && this.folded.has(layer)) this.folded = turned(this.folded, layer);
  }

  #layers(): string[] {
    return this.#view.series.map((entry) => entry.layer);
  }

  protected override updated(): void {
    this.#mendFocus();
    for (const side of this.renderRoot.querySelectorAll<HTMLElement>(".side")) this.#sides.observe(side);
  }

  /** A column taller than the page scrolls until its end shows, then stays. */
  #place(): void {
    const gap = parseFloat(getComputedStyle(this).getPropertyValue("--gap"));
    if (!this.#host.visible) return;
    for (const side of this.renderRoot.querySelectorAll<HTMLElement>(".side"))
      side.style.top = `${min(gap, innerHeight - side.offsetHeight - gap)}px`;
  }

  /** Of the run shown; asked only where there is one. */
  get #view(): RunView {
    return this.#shown!.view;
  }

  #finding(): Finding | null {
    return findingOf(this.#view, this.link.finding);
  }

  #entry(): SeriesEntry | null {
    return entryOf(this.#view, this.#finding(), this.link.tag);
  }

  override render() {
    const { report, told, failure, retry } = this.#session;
    return html`<main tabindex="-1" @change-link=${this.#apply} @cursor=${this.#hover} @pin=${this.#pin} @select-series=${this.#choose}
        @mute=${this.#mute} @open-tab=${this.#openTab}>
        <h1 class="sr">Diagnostics</h1>
        <div class="sr" aria-live="polite">${told}</div>
        ${report && this.#shown?.view.series.length ? this.#page(this.#shown) : nothingYet(report, failure, retry)}
      </main>
      ${help(this.#reset, this.helpTexts)}`;
  }

  #page(shown: Shown) {
    const { link, theme, hovered, pointed, folded, tick } = this;
    const [session, reader, entries] = [this.#session, this.#reader, this.#entries];
    const [finding, entry] = [this.#finding(), this.#entry()];
    return layout({ session, reader, shown, link, theme, finding, entry, entries, hovered, pointed, folded, tick }, this.#commands);
  }

  readonly #commands: Commands = {
    set: this.#set,
    help: () => this.#openHelp(),
    point: (event) => (this.pointed = event.detail),
    fold: ({ detail: { layer } }) => {
      this.#kept.fold(layer, !this.folded.has(layer));
      this.folded = turned(this.folded, layer);
    },
    foldAll: () => {
      this.#kept.foldAll(!this.folded.size);
      this.folded = this.#kept.folded(this.#layers());
    },
    move: (by) => this.#move(by),
    // For others, who may have chosen to see things otherwise.
    address: () => this.#host.link.replace(/#.*|$/, () => writeHash(this.#host.hash, this.link, UNSAID)),
    markdown: () => {
      const { rules, metrics, report } = this.#session;
      const { view, muted } = this.#shown!;
      const one = (finding: Finding) =>
        findingMarkdown(finding, rules.get(finding.rule) ?? null, (name) => metrics.get(name) ?? null, "");
      const left = muted.length ? ` ${plural(muted.length, "muted finding")} left out.` : "";
      return [`${plain(verdictText(verdict(view, report!.progress)))}${left}\n`, ...view.findings.map(one)].join("\n");
    },
    drawings: (what) => {
      const within = what === "twin" ? "histdiag-pictures" : "histdiag-health";
      return [...this.#within(within).querySelectorAll<Twin | Heatmap>(`histdiag-${what}`)].flatMap((one) => one.drawing() ?? []);
    },
  };

  get #dialog(): HTMLDialogElement {
    return this.renderRoot.querySelector("dialog")!;
  }

  #openHelp(): void {
    this.#dialog.showModal();
    if (!this.helpTexts["keys"]) void fetchBeside("help").then((texts) => (this.helpTexts = texts));
  }

  #apply = (event: CustomEvent<Partial<Link>>): void => this.#set(event.detail);
  #hover = (event: CustomEvent<StepEvent>): void => void (this.hovered = event.detail.step);
  #pin = (event: CustomEvent<StepEvent>): void => this.#set({ step: event.detail.step });

  #choose = (event: CustomEvent<{ id: number }>): void => {
    const entry = this.#shown?.view.series.find((one) => one.id === event.detail.id);
    if (!entry) return;
    this.#set({ tag: entry.tag });
    const fromBelow = event.composedPath().some((node) => node instanceof Element && node.localName === "histdiag-tensors");
    if (!fromBelow) return;
    this.renderRoot.querySelector(".cols")?.scrollIntoView({ block: "start" });
    this.#within("histdiag-pictures").querySelector("section")?.focus({ preventScroll: true });
  };

  /** The tree of an element of the page. */
  #within(name: string): ParentNode {
    return this.renderRoot.querySelector<LitElement>(name)!.renderRoot;
  }

  #mute = ({ detail }: CustomEvent<MuteEvent>): void => {
    const lasts = this.#kept.mute(detail);
    this.#session.told = `${detail.on ? "Muted" : "No longer muted"}${lasts ? "." : ", for this visit: the browser keeps nothing."}`;
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
    if (this.#shown) this.folded = this.#kept.folded(this.#layers());
    this.#set(SETTINGS);
  };

  #openTab = ({ detail: { tab, tag } }: CustomEvent<{ tab: Tab; tag: string }>): void => this.#host.open(placeOf(tab, tag));

  /** To the next record of the tensor shown, among the steps shown. */
  #move(by: number): void {
    const entry = this.#shown && this.#entry();
    const all = entry && this.#reader.records?.get(entry.id);
    const steps = all ? cutSeries(all, rangeOf(this.link, spanOn(this.#finding(), entry.tag))).steps : [];
    if (!steps.length) return;
    const at = this.link.step ?? Infinity;
    const now = max(0, steps.findLastIndex((step) => step <= at));
    this.#set({ step: steps[clamp(now + by, 0, steps.length - 1)] ?? null });
  }

  #key = (event: KeyboardEvent): void => {
    const target = event.composedPath()[0] as HTMLElement & { value?: string };
    if (event.defaultPrevented || chorded(event) || this.#dialog.open) return;
    const clears = target.tagName === "INPUT" && target.value; // the field's own Escape
    if (event.key === "Escape" && !clears) this.#set(this.link.step2 != null ? { step2: null } : this.link.step == null ? { tag: "" } : { step: null });
    if (/^(INPUT|SELECT|TEXTAREA)$/.test(target.tagName)) return;
    if (event.key === "[") this.#move(-1);
    if (event.key === "]") this.#move(1);
    if (event.key === "?") this.#openHelp();
    if (event.key !== "/") return;
    event.preventDefault();
    this.renderRoot.querySelector<Health>("histdiag-health")?.focusFilter();
  };

  static override styles = [shared, page];
}
