/** The elements of the page, and what each of them is given. */
import { html, nothing, type TemplateResult } from "lit";
import "./compare-panel";
import "./export";
import "./findings";
import "./health";
import "./muted";
import "./pictures";
import "./print";
import "./tensors";
import "./verdict";
import "./words";
import { outlinedOf } from "./chosen";
import { runColour } from "./compare";
import { button } from "./controls";
import { stepWords } from "./draw/numbers";
import { recordAt } from "./draw/steps";
import { line, notices } from "./empty";
import type { Theme } from "./host";
import { measuring } from "./model";
import type { Drawing } from "./picture";
import type { Reader } from "./reader";
import type { Evidence, Finding, SeriesEntry } from "./report";
import type { Session } from "./session";
import { otherRuns, type Shown } from "./shown";
import { UNCHOSEN, type Link } from "./state";
import { judgedMetric, passingMarks, stripsOf, type RunLine } from "./strip-data";

/** All that the page shows. */
export interface Page {
  readonly session: Session;
  readonly reader: Reader;
  readonly shown: Shown;
  readonly link: Link;
  readonly theme: Theme;
  /** The finding and the tensor chosen, and the tensors that match the filter. */
  readonly finding: Finding | null;
  readonly entry: SeriesEntry | null;
  readonly entries: readonly SeriesEntry[];
  /** The step pointed at, and the evidence pointed at. */
  readonly hovered: number | null;
  readonly pointed: Evidence | null;
  readonly folded: ReadonlySet<string>;
  readonly tick: number;
}

/** What the elements of the page ask for, beside the events that rise from them. */
export interface Commands {
  set(patch: Partial<Link>): void;
  help(): void;
  point(event: CustomEvent<Evidence | null>): void;
  fold(event: CustomEvent<{ layer: string }>): void;
  foldAll(): void;
  /** To the record so many further on. */
  move(by: number): void;
  address(): string;
  markdown(): string;
  drawings(what: "twin" | "heatmap"): Drawing[];
}

const LOST = "The finding of this link is no longer reported: log or configuration has changed.";
const MUTED = "The finding of this link is muted in this browser.";
const WAITS = "The run of this link is not measured yet; another one is shown.";
const missing = (what: string, place = "log"): string => `The ${what} has no histograms in this ${place}.`;

export function layout(page: Page, commands: Commands): TemplateResult {
  const { session, reader, link, theme, finding, entry, entries, pointed, folded, tick } = page;
  const { raw, report, view, muted, mutes } = page.shown;
  const { rules, metrics, fresh, updated, order, loader } = session;
  const own = finding && (!link.tag || finding.tags.includes(entry?.tag ?? "")) ? finding : null;
  const selection = outlinedOf(view, own, entry, pointed);
  const cursor = page.hovered ?? pointed?.step ?? null;
  return html`<histdiag-verdict
      .view=${view} .report=${report} .rules=${rules} .answered=${updated} .address=${commands.address}
      .link=${link} .order=${order} .theme=${theme} @help=${commands.help}
    >
      <histdiag-muted slot="muted" .findings=${muted} .mutes=${mutes} .rules=${rules} .first=${view.domain[0]}></histdiag-muted>
      <histdiag-export
        .view=${view} .report=${raw} .metrics=${metrics} .entry=${entry} .histograms=${entry && loader.histograms(entry.id)} .muted=${muted}
        .measure=${reader.measure} .drawings=${commands.drawings} .markdown=${commands.markdown}
      ></histdiag-export>
    </histdiag-verdict>
    ${told(page, commands)} ${comparison(page)}
    <div class="cols">
      <histdiag-findings
        class="side" .view=${view} .rules=${rules} .metrics=${metrics} .series=${reader.series} .selected=${own}
        .fresh=${fresh} .muted=${muted.length} .busy=${measuring(report)} .tick=${tick}
      ></histdiag-findings>
      <div class="centre">
        <histdiag-health
          .view=${view} .entries=${entries} .link=${link} .metrics=${metrics} .any=${reader.records}
          .values=${reader.metric(link.metric)} .folded=${folded} .selection=${selection}
          .cursor=${cursor} .theme=${theme} @fold=${commands.fold} @fold-all=${commands.foldAll}
        ></histdiag-health>
        ${pictures(page, commands, own, cursor)}
      </div>
      <histdiag-words
        class="panel side" .view=${view} .finding=${own} .back=${finding} .entry=${entry} .rules=${rules}
        .metrics=${metrics} .series=${reader.series} .address=${commands.address} .tick=${tick}
        @point=${commands.point}
      ></histdiag-words>
    </div>
    <histdiag-tensors
      .view=${view} .entries=${entries} .histograms=${reader.small} .shown=${entry?.tag ?? ""}
      .chosen=${link.role} .theme=${theme} .tick=${tick}
    ></histdiag-tensors>
    <histdiag-print
      .view=${view} .report=${report} .rules=${rules} .metrics=${metrics} .any=${reader.records} .histograms=${reader.small}
      .muted=${muted.length} .address=${commands.address} .theme=${theme} .tick=${tick}
    ></histdiag-print>`;
}

/** What a link asked for in vain, and what it becomes without it; what is still being measured may yet come. */
function missed({ session, shown, link, finding, entry }: Page): (readonly [unknown, string, Partial<Link>])[] {
  const { view, report, muted } = shown;
  if (muted.some((one) => one.fingerprint === link.finding)) return [[true, MUTED, { finding: "" }]];
  if (link.run && link.run !== view.run.run)
    return [[true, measuring(report) ? WAITS : missing("run of this link"), UNCHOSEN]];
  if (measuring(report)) return [];
  const { steps } = (entry && session.loader.histograms(entry.id)) ?? {};
  const there = otherRuns(shown, link);
  const astray = [link.step, link.step2].find((step) => step !== null && steps?.length && recordAt(steps, step) < 0);
  return [
    [link.finding && finding?.fingerprint !== link.finding, LOST, { finding: "" }],
    [link.tag && !view.byTag.has(link.tag), missing("tensor of this link", "run"), { tag: "" }],
    [link.with.some((run) => !there.includes(run) && run !== view.run.run), missing("run to compare with"), { with: there }],
    [astray != null, `It has no record near ${stepWords(astray!)}; the nearest is shown.`, { step: null, step2: null }],
  ];
}

/** What went wrong, what a link asked for in vain, and what the log lacks. */
function told(page: Page, { set }: Commands) {
  const { session, shown } = page;
  const { failure, retry } = session;
  const lines = [
    ...(failure ? [notice(failure, "Try again", retry)] : []),
    ...missed(page).flatMap(([is, text, otherwise]) => (is ? notice(text, "Dismiss", () => set(otherwise)) : [])),
    ...notices(shown.view, shown.report.progress, shown.report.messages),
  ];
  return lines.length ? html`<div class="notices">${lines}</div>` : nothing;
}

const notice = (text: string, action: string, act: () => void): TemplateResult => line(text, button(action, act));

function comparison({ session: { order }, reader, shown, link, theme, entry, tick }: Page) {
  const { report, view } = shown;
  const others = otherRuns(shown, link);
  if (!others.length) return nothing;
  return html`<histdiag-compare
    .others=${others} .comparison=${reader.comparison} .tick=${tick} .heard=${new Set(report.findings.map((one) => one.fingerprint))} .byTag=${view.byTag} .shown=${entry?.tag ?? ""} .order=${order}
    .theme=${theme} .measuring=${measuring(report)}
  ></histdiag-compare>`;
}

/** The selected tensor: its twin, and its strips. */
function pictures(page: Page, { move }: Commands, own: Finding | null, cursor: number | null): TemplateResult {
  const { session, reader, shown, link, theme, entry } = page;
  const { view } = shown;
  const { loader, metrics, order } = session;
  const tag = entry?.tag ?? "";
  const others = otherRuns(shown, link);
  const doc = (name: string) => metrics.get(name) ?? null;
  const lineOf = (run: string): RunLine => ({
    run,
    colour: runColour(order, run, theme),
    metric: (name) => reader.metricOf(run, tag, name),
    scalars: loader.scalars(run),
  });
  const runs = others.length ? [view.run.run, ...others].map(lineOf) : [];
  const strips = entry ? stripsOf(tag, own, reader.series, doc, loader.scalars(view.run.run), runs) : [];
  const pointed = page.pointed?.tag === tag ? page.pointed : null;
  const value = pointed?.metric === judgedMetric(own, tag)?.metric ? (pointed?.value ?? null) : null;
  return html`<histdiag-pictures
    .view=${view} .link=${link} .finding=${own} .entry=${entry}
    .histograms=${entry ? loader.histograms(entry.id) : null} .strips=${strips} .cursor=${cursor} .theme=${theme}
    .others=${others} .histogramsOf=${reader.histogramsOf} .readingOf=${reader.readingOf} .order=${order} .tick=${page.tick}
    .temporary=${pointed ? passingMarks(pointed) : []} .temporaryValue=${value == null ? null : { value }}
    @move-step=${(event: CustomEvent<number>) => move(event.detail)}
  ></histdiag-pictures>`;
}
