/** A run on one page of paper: what was found and what was checked, with pictures of the worst. Nothing of it is on the screen. */
import { css, html, LitElement, nothing, svg, type TemplateResult } from "lit";
import { heatRows, ordered } from "./cells";
import { entryOf } from "./chosen";
import { layGrid } from "./draw/cells";
import { signed, spanWords } from "./draw/numbers";
import { paintRidges } from "./draw/paint";
import { rhythm, stepScale, unite } from "./draw/steps";
import { SvgCanvas } from "./draw/svgcanvas";
import { plural, WORD } from "./format";
import { customElement, given } from "./given";
import { heatDrawing } from "./heatmap-picture";
import type { Theme } from "./host";
import { heatStyles } from "./heatmap-styles";
import { icon } from "./icons";
import { measuredText, thresholdText } from "./markdown";
import { leadEvidence, outcomes, ruleNames, spanOn, type RunView } from "./model";
import { pictureOf } from "./picture";
import type { Finding, MetricDoc, Report, RuleDoc } from "./report";
import { coverageText, judgedText, stepsText, verdict, where } from "./sentence";
import { shared } from "./styles";
import { plotStyles, ridgePaint } from "./surface";
import { lay } from "./twin-layout";
import { overlay } from "./twin-overlay";
import { twinStyles } from "./twin-styles";
import type { MetricSeries, SeriesHistograms } from "./types";
import { said } from "./verdict";

/** Findings with a picture, and layers in the heatmap. */
const PICTURES = 2;
const LAYERS = 10;
/** More findings than fit in any case; there may be thousands. */
const MOST = 40;
const PICTURE = { width: 320, height: 168 };

@customElement("histdiag-print")
export class Print extends LitElement {
  @given view!: RunView;
  @given report!: Report;
  @given rules!: ReadonlyMap<string, RuleDoc>;
  @given metrics!: ReadonlyMap<string, MetricDoc>;
  /** Any metric, for the steps of the heatmap. */
  @given any!: ReadonlyMap<number, MetricSeries> | null;
  @given histograms!: (id: number) => SeriesHistograms | null;
  @given muted!: number;
  @given address!: () => string;
  @given theme!: Theme;
  /** Changes when something was read. */
  @given tick!: number;

  override connectedCallback(): void {
    super.connectedCallback();
    this.#listen(addEventListener);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#listen(removeEventListener);
  }

  #listen(act: (type: string, heard: (event: Event) => void) => void): void {
    act("beforeprint", this.#begin);
    act("afterprint", this.#end);
    act("keydown", this.#key as (event: Event) => void);
  }

  /** The browser would print the page around us, and cut us off. */
  #key = (event: KeyboardEvent): void => {
    if (event.key !== "p" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    print();
  };

  /** Paper is light; what is on the screen stays as it is painted. */
  #turn(on: boolean): void {
    document.documentElement.dataset["theme"] = on ? "light" : this.theme;
    this.toggleAttribute("on", on);
    this.requestUpdate();
  }

  /** The browser waits for nothing: the page is made at once, of what was read, and what does not fit is counted. */
  #begin = (): void => {
    this.#turn(true);
    this.performUpdate();
    const items = [...this.renderRoot.querySelectorAll("li")];
    const more = this.renderRoot.querySelector(".more")!;
    const left = (count: number) => (more.textContent = count ? `${plural(count, "more finding")}.` : "");
    const beyond = this.view.findings.length - items.length;
    items.forEach((item) => (item.hidden = false));
    left(beyond);
    for (let cut = 1; cut <= items.length && this.scrollHeight > this.clientHeight; cut++) {
      items.at(-cut)!.hidden = true;
      left(beyond + cut);
    }
  };

  #end = (): void => this.#turn(false);

  override render() {
    const { view } = this;
    const shown = view.cards.flatMap((one) => one.findings).slice(0, MOST);
    const leads = shown.filter((finding, i) => shown.findIndex((one) => one.rule === finding.rule) === i);
    const pictured = leads.filter(({ tags }) => tags.some((tag) => view.byTag.has(tag))).slice(0, PICTURES);
    // Asked for now, so that they are there when somebody prints.
    const pictures = new Map(pictured.map((finding) => [finding, this.histograms(entryOf(view, finding, "")!.id)]));
    if (!this.hasAttribute("on")) return nothing;
    const { ran } = outcomes(view.coverage);
    return html`<h1>Run ${view.run.run || "."}</h1>
      <p class="say">
        ${said(verdict(view, this.report.progress))}
      </p>
      <p class="muted">
        ${[
          stepsText(view),
          judgedText(view, this.report.progress),
          coverageText(view),
          view.run.missing.length ? `not logged: ${view.run.missing.join(", ")}` : "",
          this.muted ? `${plural(this.muted, "muted finding")} left out` : "",
        ].filter(Boolean).join(" · ")}
      </p>
      <div class="heat" .innerHTML=${this.#heatmap()}></div>
      <ol>
        ${shown.map((finding) => this.#finding(finding, leads.includes(finding), pictures.get(finding) ?? null))}
      </ol>
      <p class="more"></p>
      <p class="muted">Checked: ${ruleNames(ran, this.rules)}.</p>
      <footer>histdiag ${this.report.version} · ${new Date().toLocaleString()} · ${this.address().replace(/&.*/, "")} · log ${this.report.log}</footer>`;
  }

  /** The first of a rule with all that is known, the others in a line. */
  #finding(finding: Finding, first: boolean, data: SeriesHistograms | null): TemplateResult {
    const evidence = leadEvidence(finding);
    const scale = this.metrics.get(evidence?.metric ?? "")?.scale ?? "";
    const places = [where(finding), spanWords(finding.first_step, finding.last_step)];
    return html`<li>
      <div>
        <b class=${finding.severity}>${icon(finding.severity)}${WORD[finding.severity]}: ${finding.title}</b>
        <span class="muted">${places.filter(Boolean).join(" · ")} · ${finding.strength}</span>
        ${evidence ? html`${first ? html`<br>` : " · "}${evidence.label} <b>${measuredText(evidence, scale)}</b> ${evidence.threshold == null ? "" : `threshold ${thresholdText(evidence, scale)}`}` : nothing}
        ${first ? html`<p>${signed(finding.explanation || finding.summary)}</p><p><b>Try</b> ${finding.advice.join(" ")}</p>` : nothing}
      </div>
      ${data ? this.#picture(finding, data) : nothing}
    </li>`;
  }

  #picture(finding: Finding, histograms: SeriesHistograms): TemplateResult {
    const { width, height } = PICTURE;
    const { tag } = histograms;
    const own = { histograms, marks: finding.marks.filter((mark) => mark.tag === tag), span: spanOn(finding, tag) };
    const twin = Object.assign(document.createElement("histdiag-twin"), own); // never in the page, but as any other is at first
    const laid = lay(twin, { width, height, gutters: () => [0, 0] });
    const g = new SvgCanvas();
    if (laid.ridges) paintRidges(g, laid.ridges, ridgePaint(getComputedStyle(this)), twin.span, false);
    return html`<figure><figcaption>${tag}</figcaption><svg width=${width} height=${height}>${svg`<g .innerHTML=${g.text}></g>`}${overlay(twin, laid, null)}</svg></figure>`;
  }

  /** The worst layers, in the order of depth. */
  #heatmap(): string {
    const { view } = this;
    const layers = new Set([...new Set(ordered(view, "severity", "").map((one) => one.layer))].slice(0, LAYERS));
    const rows = heatRows(view, view.series.filter((one) => layers.has(one.layer)), this.any, null);
    const all = unite(rows.map((one) => one.steps));
    const left = new Set(view.series.map((one) => one.layer)).size - layers.size;
    const name = `network health${left > 0 ? `, without ${plural(left, "layer")} that are no worse` : ""}`;
    return pictureOf(
      heatDrawing(this.renderRoot, { name, grid: layGrid(rows, layers), scale: stepScale(view.domain, 560), usual: rhythm(all), magnitude: null }),
      view.run.run || ".",
    ).svg.replace(/url\([^)]*(hatch|dots)[^)]*\)/g, (_, name) => (name === "dots" ? "#dcdfe2" : "#bfc4c9")); // patterns would be printed as large images
  }

  static override styles = [
    shared,
    plotStyles,
    heatStyles,
    twinStyles,
    css`
      :host { display: none; width: 186mm; height: 254mm; font: 11px/15px var(--font); overflow: hidden; overflow-wrap: anywhere; }
      :host([on]) { display: flex; flex-direction: column; gap: 8px; position: fixed; left: -300mm; top: 0; }
      @media print { :host([on]) { position: static; width: auto; } }
      :host > * { flex: none; }
      h1 { font: 600 18px/24px var(--font); display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: 2; overflow: hidden; }
      .say { font: 600 13px/18px var(--font); }
      .ico { display: inline-block; width: 12px; height: 12px; margin-right: 4px; vertical-align: -2px; }
      .heat svg { width: auto; max-width: 100%; height: auto; max-height: 260px; }
      ol { display: grid; gap: 6px; }
      li { display: grid; grid-template-columns: 1fr auto; gap: 12px; padding-top: 6px; border-top: 1px solid var(--line); }
      li p { margin-top: 3px; }
      .say, p { max-height: 9lh; overflow: hidden; } /* a name may have thousands of letters */
      li span { display: inline-block; max-height: 2lh; overflow: hidden; vertical-align: top; }
      figcaption { width: 320px; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; color: var(--ink-2); }
      footer { margin-top: auto; padding-top: 6px; border-top: 1px solid var(--line); color: var(--ink-2); }
    `,
  ];
}
