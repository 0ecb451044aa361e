/** Several runs, or two steps of one, in one picture or side by side. Pure. */
import { max } from "./draw/math";
import { stepWords } from "./draw/numbers";
import { nearest } from "./draw/steps";
import type { Theme } from "./host";
import { cutHistograms } from "./range";
import type { Link } from "./state";
import type { SeriesHistograms } from "./types";

/** Histograms of several sources as if of one series, and whose each is. */
export interface Pool {
  readonly data: SeriesHistograms;
  /** The place of its source, a histogram. */
  readonly of: Uint8Array;
}

export interface Superimposed extends Pool {
  /** By the place of a source. */
  readonly names: readonly string[];
  readonly colours: readonly string[];
  /** Whether there is but one histogram of each. */
  readonly single: boolean;
}

/** TensorBoard's colours for runs, in their order; the first is another one in the dark. */
const RUNS = ["#425066", "#12b5cb", "#e52592", "#f9ab00", "#9334e6", "#7cb342", "#e8710a"];

/** A run's colour as the Time Series tab gives it, unless somebody has chosen others there: that no other tab is told. */
export function runColour(runs: readonly string[], run: string, theme: Theme, after = 0): string {
  const place = (max(0, runs.indexOf(run)) + after) % RUNS.length;
  return place === 0 && theme === "dark" ? "#8e98a3" : RUNS[place]!;
}

/** The histogram nearest to a step, or the newest, alone. */
export function atStep(data: SeriesHistograms, step: number | null): SeriesHistograms {
  const at = data.steps.at(step === null ? -1 : nearest(data.steps, step)) ?? 0;
  return cutHistograms(data, [at, at]);
}

/** All by their steps, at one step in their order; with `together` all begin at the first's time. */
export function pool(sources: readonly SeriesHistograms[], together = false): Pool {
  const begin = (data: SeriesHistograms): number => data.wallTimes[0] ?? 0;
  const late = sources.map((data) => (together && sources[0]!.steps.length ? begin(data) - begin(sources[0]!) : 0));
  const places = sources
    .flatMap((data, k) => Array.from(data.steps, (step, h) => ({ k, h, step, data })))
    .sort((a, b) => a.step - b.step || a.k - b.k);
  const slices = places.map(({ data, h }) => [data.start[h]!, data.start[h + 1]!] as const);
  const start = new Int32Array(places.length + 1);
  slices.forEach(([from, to], i) => (start[i + 1] = start[i]! + to - from));
  const joined = (name: "left" | "right" | "count"): Float64Array => {
    const out = new Float64Array(start.at(-1)!);
    places.forEach(({ data }, i) => out.set(data[name].subarray(...slices[i]!), start[i]));
    return out;
  };
  return {
    of: Uint8Array.from(places, (one) => one.k),
    data: {
      ...sources[0]!,
      steps: Float64Array.from(places, (one) => one.step),
      wallTimes: Float64Array.from(places, ({ data, k, h }) => data.wallTimes[h]! - late[k]!),
      nonfinite: Uint8Array.from(places, ({ data, h }) => data.nonfinite[h]!),
      start,
      left: joined("left"),
      right: joined("right"),
      count: joined("count"),
    },
  };
}

/** A run, and its histograms of a tensor within the steps chosen: null until they are there, undefined where it has none. */
export interface Source {
  readonly run: string;
  readonly data: SeriesHistograms | null | undefined;
}

/** What is to be shown of runs. */
export interface Wish {
  readonly link: Pick<Link, "step" | "step2" | "mode" | "axis" | "apart">;
  /** The run shown, and those it is compared with. */
  readonly sources: readonly Source[];
  /** The step pointed at. */
  readonly cursor: number | null;
  readonly order: readonly string[];
  readonly theme: Theme;
}

/** Those of which there is something to draw. */
export const drawable = (sources: readonly Source[]): (Source & { data: SeriesHistograms })[] =>
  sources.flatMap(({ run, data }) => (data?.steps.length ? [{ run, data }] : []));

/** Whether runs stand side by side: bands over each other could not be told apart. */
export const standApart = ({ mode, step2, apart }: Wish["link"]): boolean => step2 === null && (apart || mode === "bands");

/** Two steps where a second is held, else the runs that can be drawn, of one step or of all. */
export function superimposed({ link, sources, cursor, order, theme }: Wish): Superimposed | null {
  const { step, step2, mode, axis } = link;
  const shown = sources[0]?.data;
  if (!shown?.steps.length || standApart(link)) return null;
  const colourOf = ({ run }: Source) => runColour(order, run, theme);
  const stepOf = ({ steps }: SeriesHistograms) => stepWords(steps[0]!);
  if (step2 !== null) {
    const two = [atStep(shown, step), atStep(shown, step2)];
    const colours = [colourOf(sources[0]!), runColour(order, sources[0]!.run, theme, 1)];
    return { ...pool(two), names: two.map(stepOf), colours, single: true };
  }
  const drawn = drawable(sources);
  if (drawn.length < 2) return null;
  const colours = drawn.map(colourOf);
  if (mode !== "step") return { ...pool(drawn.map((one) => one.data), axis === "relative"), names: drawn.map((one) => one.run), colours, single: false };
  const first = atStep(shown, cursor ?? step);
  const each = drawn.map(({ run, data }) => ({ run, data: atStep(data, first.steps[0]!) }));
  return { ...pool(each.map((one) => one.data)), names: each.map(({ run, data }) => `${run}, ${stepOf(data)}`), colours, single: true };
}
