/** What elements ask for as they draw. The functions stay the same ones, or the elements would take them for news. */
import { fetchMetrics } from "./api";
import { signed } from "./draw/numbers";
import type { Measures } from "./files";
import type { RunView } from "./model";
import type { RunComparison, SeriesEntry } from "./report";
import type { Session } from "./session";
import { asMetric } from "./strip-data";
import type { MetricSeries, SeriesHistograms } from "./types";

export class Reader {
  readonly #session: Session;
  readonly #view: () => RunView;

  constructor(session: Session, view: () => RunView) {
    this.#session = session;
    this.#view = view;
  }

  get #run(): string {
    return this.#view().run.run;
  }

  /** Of all tensors, for the heatmap: without times and bounds. */
  metric = (name: string): ReadonlyMap<number, MetricSeries> | null =>
    this.#session.metrics.has(name) ? this.#session.loader.metric(this.#run, name) : null;

  /** Where each tensor has records. */
  get records(): ReadonlyMap<number, MetricSeries> | null {
    return this.#session.loader.records(this.#run);
  }

  /** A metric of a tensor, or a scalar of that kind: training and validation may share a tag. */
  series = (name: string, tag: string): MetricSeries | null => {
    const entry = this.#view().byTag.get(tag);
    if (entry) return this.#session.metrics.has(name) ? this.#session.loader.line(entry.id, name) : null;
    const scalar = this.#session.loader.scalars(this.#run).find((item) => item.tag === tag && item.kind === name);
    return scalar ? asMetric(scalar) : null;
  };

  /** The tensor of this tag in another run. */
  #beside(run: string, tag: string): SeriesEntry | undefined {
    return this.#session.report!.series.find((entry) => entry.run === run && entry.tag === tag);
  }

  /** Its histograms: null while they are on their way, undefined where it was not logged. */
  histogramsOf = (run: string, tag: string): SeriesHistograms | null | undefined => {
    const entry = this.#beside(run, tag);
    return entry && this.#session.loader.histograms(entry.id);
  };

  /** What is said of a tensor in any run. */
  readingOf = (run: string, tag: string): string =>
    signed(this.#session.report!.readings.find((one) => one.run === run && one.tag === tag)?.text ?? "");

  metricOf(run: string, tag: string, name: string): MetricSeries | null {
    const entry = this.#beside(run, tag);
    return entry && this.#session.metrics.has(name) ? this.#session.loader.line(entry.id, name) : null;
  }

  /** How another run differs from the one shown. */
  comparison = (other: string): RunComparison | null => this.#session.loader.comparison(this.#run, other);

  /** All metrics of a tensor, for a file. */
  measure = async (id: number): Promise<Measures> => {
    const { metrics } = await fetchMetrics(this.#session.report!.revision, this.#run, [...this.#session.metrics.keys()], [id]);
    return new Map([...metrics].flatMap(([name, found]) => (found.has(id) ? [[name, found.get(id)!]] : [])));
  };

  /** A few histograms of a tensor. */
  small = (id: number): SeriesHistograms | null => this.#session.loader.histograms(id, true);
}
