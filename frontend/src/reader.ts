/** What elements ask for as they draw. The functions stay the same ones, or the elements would take them for news. */
import { fetchMetrics } from "./api";
import type { Measures } from "./files";
import type { RunView } from "./model";
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

  metric = (name: string): ReadonlyMap<number, MetricSeries> | null =>
    this.#session.metrics.has(name) ? this.#session.loader.metric(this.#run, name) : null;

  /** A metric of a tensor, or a scalar of that kind: training and validation may share a tag. */
  series = (name: string, tag: string): MetricSeries | null => {
    const entry = this.#view().byTag.get(tag);
    if (entry) return this.metric(name)?.get(entry.id) ?? null;
    const scalar = this.#session.loader.scalars(this.#run).find((item) => item.tag === tag && item.kind === name);
    return scalar ? asMetric(scalar) : null;
  };

  /** All metrics of a tensor, for a file. */
  measure = async (id: number): Promise<Measures> => {
    const { metrics } = await fetchMetrics(this.#run, [...this.#session.metrics.keys()], [id]);
    return new Map([...metrics].flatMap(([name, found]) => (found.has(id) ? [[name, found.get(id)!]] : [])));
  };

  /** A few histograms of a tensor. */
  small = (id: number): SeriesHistograms | null => this.#session.loader.histograms(id, true);
}
