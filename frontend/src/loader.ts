/**
 * What was read so far. A getter answers with what there is and asks for what is missing or out of date; the old
 * picture stays until the new one is there. Wishes of one moment travel in one request.
 */
import { fetchComparison, fetchHistograms, fetchMetrics, SCALARS } from "./api";
import { floor } from "./draw/math";
import { measuring } from "./model";
import type { Report, RunComparison, SeriesEntry } from "./report";
import type { MetricSeries, ScalarSeries, SeriesHistograms } from "./types";
import { RECORDS } from "./wire";

interface Slot<T> {
  value: T | null;
  /** The state of the log that the value, or the request under way, belongs to. */
  token: string;
}

/** Series and metrics wanted at one moment, and how to ask for all of them at once. */
interface Wish {
  readonly ids: Set<number>;
  readonly names: Set<string>;
  readonly send: (ids: number[], names: string[]) => void;
}

const SMALL_STEPS = 24;
const BATCH = 24;
/** Bytes of histograms that are kept. */
const ROOM = 64 * 2 ** 20;
/** Milliseconds after which all that is on screen has been drawn again, and with it asked for. */
const DRAWN = 500;
/** Answers of a kind that are kept: a page with many findings has a line for each. */
const KEPT = 5000;

export class Loader {
  #report: Report | null = null;
  #entries = new Map<number, SeriesEntry>();
  readonly #metrics = new Map<string, Slot<Map<number, MetricSeries>>>();
  readonly #lines = new Map<string, Slot<MetricSeries>>();
  readonly #scalarSlots = new Map<string, Slot<ScalarSeries[]>>();
  readonly #histogramSlots = new Map<string, Slot<SeriesHistograms>>();
  /** Those of them that were asked for since the last time some were forgotten. */
  readonly #drawn = new Set<string>();
  #timer = 0;
  readonly #comparisons = new Map<string, Slot<RunComparison>>();
  readonly #all: readonly Map<string, Slot<unknown>>[] = [this.#metrics, this.#lines, this.#scalarSlots, this.#histogramSlots, this.#comparisons];
  /** Counts the logs; what was asked of an earlier one is not used. */
  #era = 0;
  #wanted = new Map<string, Wish>();
  readonly #changed: () => void;
  readonly #failed: (reason: Error) => void;

  constructor(changed: () => void, failed: (reason: Error) => void) {
    this.#changed = changed;
    this.#failed = failed;
  }

  use(report: Report): void {
    const before = this.#entries;
    this.#entries = new Map(report.series.map((entry) => [entry.id, entry]));
    const another = (entry: SeriesEntry) => {
      const { run, tag } = before.get(entry.id) ?? entry;
      return run !== entry.run || tag !== entry.tag;
    };
    // In another log, and after a restart, the same numbers stand for other series.
    if (this.#report?.log !== report.log || report.series.some(another)) {
      this.#era++;
      for (const slots of this.#all) slots.clear();
    }
    this.#report = report;
  }

  /** Ask again for everything that is shown. */
  retry(): void {
    for (const slots of this.#all) for (const slot of slots.values()) slot.token = "";
    this.#changed();
  }

  /** At which steps each series of a run has records; without values. */
  records(run: string): Map<number, MetricSeries> | null {
    return this.metric(run, RECORDS);
  }

  /** A metric of one series, with what is proved of it. */
  line(id: number, name: string): MetricSeries | null {
    const entry = this.#entries.get(id);
    if (!entry) return null;
    const { run } = entry;
    const want = () =>
      this.#want(`lines ${run}`, id, name, (ids, names) => {
        const tokens = this.#tokens(ids);
        void this.#fetch(fetchMetrics(this.#report!.revision, run, names, ids), ({ metrics }) => {
          for (const [name, found] of metrics) for (const [id, line] of found) this.#keep(this.#lines, `${id} ${name}`, tokens.get(id)!, line);
        });
      });
    return this.#slot(this.#lines, `${id} ${name}`, tokenOf(entry), want).value;
  }

  /** A metric of all series of a run, without times and bounds. */
  metric(run: string, name: string): Map<number, MetricSeries> | null {
    return this.#slot(this.#metrics, `${name}\0${run}`, this.#token(), () => this.#wantOfRun(run, name)).value;
  }

  scalars(run: string): ScalarSeries[] {
    return this.#slot(this.#scalarSlots, run, this.#token(), () => this.#wantOfRun(run, SCALARS)).value ?? [];
  }

  /** How two runs differ; asked for when all is measured. */
  comparison(run: string, other: string): RunComparison | null {
    const [key, token] = [`${run}\0${other}`, this.#token()];
    if (measuring(this.#report!)) return this.#comparisons.get(key)?.value ?? null;
    const ask = () => void this.#fetch(fetchComparison(run, other), (found) => this.#keep(this.#comparisons, key, token, found));
    return this.#slot(this.#comparisons, key, token, ask).value;
  }

  #wantOfRun(run: string, name: string): void {
    const token = this.#token();
    this.#want(`run ${run}`, -1, name, (_, names) => void this.#fetch(fetchMetrics(this.#report!.revision, run, names), ({ metrics, scalars }) => {
      for (const [name, series] of metrics) this.#keep(this.#metrics, `${name}\0${run}`, token, series);
      if (scalars) this.#keep(this.#scalarSlots, run, token, scalars);
    }));
  }

  /** All histograms of a series that the server keeps, or a few of them for a small picture. */
  histograms(id: number, small = false): SeriesHistograms | null {
    const entry = this.#entries.get(id);
    if (!entry) return null;
    const steps = small ? SMALL_STEPS : null;
    const key = `${id} ${steps}`;
    this.#drawn.add(key);
    const want = () =>
      this.#want(`histograms ${steps}`, id, "", (ids) => {
        for (let from = 0; from < ids.length; from += BATCH) this.#sendHistograms(ids.slice(from, from + BATCH), steps);
      });
    return this.#slot(this.#histogramSlots, key, tokenOf(entry), want).value;
  }

  /** While measuring goes on, ten times in all is often enough to read the metrics anew. */
  #token(): string {
    const { progress, revision } = this.#report!;
    return progress.judged < progress.total ? `${floor((10 * progress.judged) / progress.total)}` : revision;
  }

  #slot<T>(slots: Map<string, Slot<T>>, key: string, token: string, want: () => void): Slot<T> {
    const slot = slots.get(key) ?? { value: null, token: "" };
    slots.delete(key);
    slots.set(key, slot); // the newest last: the first is the one to forget
    if (slots.size > KEPT) slots.delete(slots.keys().next().value!);
    if (slot.token !== token) {
      slot.token = token;
      want();
    }
    return slot;
  }

  #keep<T>(slots: Map<string, Slot<T>>, key: string, token: string, value: T): void {
    const slot = slots.get(key);
    if (slot && slot.token === token) slot.value = value;
  }

  #want(key: string, id: number, name: string, send: Wish["send"]): void {
    const wish = this.#wanted.get(key) ?? { ids: new Set(), names: new Set(), send };
    if (!this.#wanted.size) queueMicrotask(() => this.#send());
    this.#wanted.set(key, wish);
    wish.ids.add(id);
    wish.names.add(name);
  }

  #send(): void {
    const wishes = this.#wanted;
    this.#wanted = new Map();
    for (const { ids, names, send } of wishes.values()) send([...ids], [...names]);
  }

  #tokens(ids: Iterable<number>): Map<number, string> {
    return new Map(Array.from(ids, (id) => [id, tokenOf(this.#entries.get(id)!)]));
  }

  #sendHistograms(ids: readonly number[], steps: number | null): void {
    const tokens = this.#tokens(ids);
    const asked = fetchHistograms(this.#report!.revision, ids, steps, (id) => this.#entries.get(id));
    void this.#fetch(asked, (found) => {
      for (const [id, series] of found) this.#keep(this.#histogramSlots, `${id} ${steps}`, tokens.get(id)!, series);
      if (!this.#timer) this.#timer = window.setTimeout(() => this.#forget(), DRAWN);
    });
  }

  /** Forget the histograms that nobody has looked at for longest; never those on screen, which every draw asks for. */
  #forget(): void {
    let bytes = 0;
    for (const [key, { value }] of [...this.#histogramSlots].reverse()) {
      for (const { byteLength = 0 } of Object.values(value ?? {})) bytes += byteLength;
      if (bytes > ROOM && !this.#drawn.has(key)) this.#histogramSlots.delete(key);
    }
    this.#drawn.clear();
    this.#timer = 0;
  }

  async #fetch<T>(answer: Promise<T>, use: (found: T) => void): Promise<void> {
    const era = this.#era;
    try {
      const found = await answer;
      if (era === this.#era) use(found);
      this.#changed();
    } catch (reason) {
      if (era === this.#era) this.#failed(reason as Error);
    }
  }
}

/** What changes when a series does. */
const tokenOf = ({ records, last_step }: SeriesEntry): string => `${records} ${last_step}`;
