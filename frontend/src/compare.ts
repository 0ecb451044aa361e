/** Two runs, or two steps of one, in one picture. Pure. */
import { stepWords } from "./draw/numbers";
import { nearest } from "./draw/steps";
import type { Theme } from "./host";
import { cutHistograms } from "./range";
import type { Link } from "./state";
import type { SeriesHistograms } from "./types";

/** Histograms of two sources as if of one series, and whose each is. */
export interface Pool {
  readonly data: SeriesHistograms;
  /** 0 or 1 a histogram. */
  readonly of: Uint8Array;
}

export interface Superimposed extends Pool {
  readonly names: readonly [string, string];
  readonly colours: readonly [string, string];
}

/** TensorBoard's colours for runs, in their order; the first is another one in the dark. */
const RUNS = ["#425066", "#12b5cb", "#e52592", "#f9ab00", "#9334e6", "#7cb342", "#e8710a"];

/** A run's colour as the Time Series tab gives it, unless somebody has chosen others there: that no other tab is told. */
export function runColour(runs: readonly string[], run: string, theme: Theme, after = 0): string {
  const place = (Math.max(0, runs.indexOf(run)) + after) % RUNS.length;
  return place === 0 && theme === "dark" ? "#8e98a3" : RUNS[place]!;
}

/** The histogram nearest to a step, or the newest, alone. */
export function atStep(data: SeriesHistograms, step: number | null): SeriesHistograms {
  const at = data.steps.at(step === null ? -1 : nearest(data.steps, step)) ?? 0;
  return cutHistograms(data, [at, at]);
}

/** Both by their steps, the first before the second; with `together` both begin at the first's time. */
export function pool(one: SeriesHistograms, two: SeriesHistograms, together = false): Pool {
  const both = [one, two] as const;
  const late = together && one.steps.length && two.steps.length ? two.wallTimes[0]! - one.wallTimes[0]! : 0;
  const places = both
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
    of: Uint8Array.from(places, ({ k }) => k),
    data: {
      ...one,
      steps: Float64Array.from(places, ({ step }) => step),
      wallTimes: Float64Array.from(places, ({ data, k, h }) => data.wallTimes[h]! - (k ? late : 0)),
      nonfinite: Uint8Array.from(places, ({ data, h }) => data.nonfinite[h]!),
      start,
      left: joined("left"),
      right: joined("right"),
      count: joined("count"),
    },
  };
}

/** What two runs are, and what of them is shown. */
export interface Both {
  readonly link: Pick<Link, "step" | "step2" | "mode" | "axis">;
  readonly run: string;
  readonly other: string;
  /** Of the tensor, within the steps chosen. */
  readonly shown: SeriesHistograms | null;
  readonly others: SeriesHistograms | null;
  /** The step pointed at. */
  readonly cursor: number | null;
  readonly order: readonly string[];
  readonly theme: Theme;
}

/** Two steps where a second is held, else both runs, of one step or of all; bands of two could not be told apart. */
export function superimposed({ link, run, other, shown, others, cursor, order, theme }: Both): Superimposed | null {
  const { step, step2, mode, axis } = link;
  const held = step2 !== null;
  if (!shown?.steps.length || (!held && (mode === "bands" || !others?.steps.length))) return null;
  const colours = [runColour(order, run, theme), held ? runColour(order, run, theme, 1) : runColour(order, other, theme)] as const;
  if (!held && mode !== "step") return { ...pool(shown, others!, axis === "relative"), names: [run, other], colours };
  const one = atStep(shown, held ? step : (cursor ?? step));
  const two = atStep(held ? shown : others!, step2 ?? one.steps[0]!);
  const [first, second] = [one, two].map(({ steps }) => stepWords(steps[0]!));
  return { ...pool(one, two), names: held ? [first!, second!] : [`${run}, ${first}`, `${other}, ${second}`], colours };
}
