/** The Export menu: what is shown, as files for other programs. */
import { css, html, LitElement, nothing } from "lit";
import { download } from "./clipboard";
import { button, pop } from "./controls";
import { fileName, findingsJson, histogramsCsv, histogramsJson, json, metricsCsv, metricsJson, type Measures } from "./files";
import { customElement, given, state } from "./given";
import { pngOf, together, type Drawing } from "./picture";
import { popStyles } from "./pop";
import type { RunView } from "./model";
import type { Finding, MetricDoc, Report, SeriesEntry } from "./report";
import { shared } from "./styles";
import type { SeriesHistograms } from "./types";

type Content = string | Blob | Promise<string | Blob>;
/** A format: its name and ending, its type, and what makes the file. */
type Format = readonly [name: string, ending: string, type: string, make: () => Content];

@customElement("histdiag-export")
export class Export extends LitElement {
  @given view!: RunView;
  @given report!: Report;
  @given metrics!: ReadonlyMap<string, MetricDoc>;
  /** The tensor shown. */
  @given entry!: SeriesEntry | null;
  @given histograms!: SeriesHistograms | null;
  @given muted!: readonly Finding[];
  @given measure!: (id: number) => Promise<Measures>;
  @given drawings!: (what: "twin" | "heatmap") => Drawing[];
  @given markdown!: () => string;
  /** What became of the last wish. */
  @state private told = "";

  override render() {
    const { entry, histograms: data } = this;
    const { run } = this.view.run;
    const measures = (make: (found: Measures) => string) => () => this.measure(entry!.id).then(make);
    return pop("right", html`<summary class="btn">Export ▾</summary>`, "Export", html`
        ${entry && data
          ? html`<h2>This tensor</h2>
              ${this.#row("Histograms", [entry.tag], [CSV(() => histogramsCsv(data)), JSON_(() => histogramsJson(data))])}
              ${this.#row("Metrics", [entry.tag], [
                CSV(measures((found) => metricsCsv(run, entry.tag, found))),
                JSON_(measures((found) => metricsJson(run, entry.tag, found, this.metrics))),
              ])}
              ${this.#row("Picture", [entry.tag], this.#pictures("twin"))}`
          : nothing}
        <h2>This run</h2>
        ${this.#row("Findings", [], [
          JSON_(() => findingsJson(run, this.view.findings, this.muted)),
          ["Markdown", "md", "text/markdown", this.markdown],
        ])}
        ${this.#row("Heatmap", [], this.#pictures("heatmap"))}
        <p><span>On one page</span>${button("Print", () => print(), "Ctrl+P")}</p>
        <h2>All runs</h2>
        ${this.#row("Report", null, [JSON_(() => json(this.report, 1))])}
        <p class="muted" role="status">${this.told}</p>`);
  }

  #row(what: string, tags: string[] | null, formats: readonly Format[]) {
    const names = [...(tags ? [this.view.run.run, ...tags] : []), what.toLowerCase()];
    return html`<p role="group" aria-label=${what}>
      <span>${what}</span>
      ${formats.map(
        ([name, ending, type, make]) =>
          html`<button class="btn" aria-label="${what} as ${name}" @click=${() => this.#save(fileName(names, ending), type, make)}>${name}</button>`,
      )}
    </p>`;
  }

  #pictures(what: "twin" | "heatmap"): Format[] {
    const picture = () => {
      const drawings = this.drawings(what);
      if (!drawings.length) throw new Error("There is no picture now.");
      return together(drawings, this.view.run.run || ".");
    };
    return [
      ["SVG", "svg", "image/svg+xml", () => picture().svg],
      ["PNG", "png", "image/png", async () => pngOf(picture())],
    ];
  }

  async #save(name: string, type: string, make: () => Content): Promise<void> {
    try {
      download(name, new Blob([await make()], { type }));
      this.told = `Saved as ${name}`;
    } catch (reason) {
      this.told = (reason as Error).message;
    }
  }

  static override styles = [
    shared,
    popStyles,
    css`
      .pop > div { display: grid; gap: var(--s1); width: max-content; max-width: min(320px, 80vw); overflow-wrap: anywhere; }
      p:not(.muted) { display: grid; grid-template-columns: 88px 64px 80px; gap: var(--s2); align-items: center; }
      div .btn { justify-content: center; }
    `,
  ];
}

const CSV = (make: () => Content): Format => ["CSV", "csv", "text/csv", make];
const JSON_ = (make: () => Content): Format => ["JSON", "json", "application/json", make];
