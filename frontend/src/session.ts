/** The report and what belongs to it, kept up to date. Speaks to the routes; knows nothing of the page. */
import { fetchReport, fetchRules, fetchRuns } from "./api";
import { plural } from "./format";
import { Loader } from "./loader";
import { measuring } from "./model";
import type { MetricDoc, Report, RuleDoc } from "./report";

/** Milliseconds between two looks while measuring goes on. */
const POLL = 1000;

export class Session {
  report: Report | null = null;
  rules: ReadonlyMap<string, RuleDoc> = new Map();
  metrics: ReadonlyMap<string, MetricDoc> = new Map();
  /** All runs of TensorBoard, in its order. */
  order: readonly string[] = [];
  /** Fingerprints that the first complete report did not have, until somebody opens them. */
  fresh: ReadonlySet<string> = new Set();
  /** When the server last answered, in milliseconds since 1970. */
  updated = 0;
  failure = "";
  /** What a reload has changed, for those who listen. */
  told = "";
  readonly loader: Loader;
  /** The last report that was complete, and what is no longer news. */
  #baseline: Report | null = null;
  #known: Set<string> | null = null;
  /** Whether there is something to catch up with when the tab is shown again. */
  #stale = true;
  #loading = false;
  /** The server's last answer, which may know less than what is shown. */
  #latest: Report | null = null;
  /** Whether something that is shown could not be read, and the report that the server did not know then. */
  #lacks = false;
  #unknown = "";
  readonly #visible: () => boolean;
  readonly #changed: () => void;
  /** A report without what is muted. */
  readonly #heard: (report: Report) => Report;

  constructor(visible: () => boolean, changed: () => void, heard = (report: Report) => report) {
    this.#visible = visible;
    this.#changed = changed;
    this.#heard = heard;
    this.loader = new Loader(changed, (reason) => this.#miss(reason));
  }

  /** Look again; while nobody sees the tab, only remember to. */
  async load(): Promise<void> {
    this.#stale = true;
    if (this.#loading || !this.#visible()) return;
    this.#loading = true;
    this.#stale = false;
    try {
      const asked = fetchReport().then((report) => (this.#latest = report ?? this.#latest!));
      const [latest] = await Promise.all([asked, this.rules.size || this.#learn()]);
      this.updated = Date.now();
      this.failure = "";
      if (!this.#behind && latest !== this.report) this.#take(latest);
      if (!this.#behind && this.#lacks) {
        this.#lacks = false;
        this.loader.retry();
      }
      if (measuring(latest)) setTimeout(() => void this.load(), POLL);
    } catch (reason) {
      this.#fail(reason as Error);
    } finally {
      this.#loading = false;
    }
    this.#changed();
    if (this.#stale) void this.load(); // somebody asked while the answer was on its way
  }

  /** The tab is seen again. */
  async wake(): Promise<void> {
    if (this.#stale) await this.load();
  }

  retry = (): void => {
    this.failure = "";
    this.loader.retry();
    void this.load();
  };

  /** A finding was opened: it is new no more. */
  opened(fingerprint: string): void {
    this.#known?.add(fingerprint);
    this.fresh = new Set([...this.fresh].filter((print) => print !== fingerprint));
  }

  /** Whether the server, started anew, still measures what is shown here already. */
  get #behind(): boolean {
    const [latest, { report }] = [this.#latest!, this];
    return report?.log === latest.log && measuring(latest) && latest.series.length < report.series.length;
  }

  /** A server started anew does not know our report: tell of that only if it does not know the next one either. */
  #miss(reason: Error): void {
    this.#lacks = true;
    const { revision } = this.report!;
    if (reason.cause !== 404) return this.#fail(reason);
    if (this.#loading || this.#behind) return;
    if (this.#unknown === revision) return this.#fail(reason);
    this.#unknown = revision;
    void this.load();
  }

  #fail(reason: Error): void {
    this.failure = reason.message;
    this.#changed();
  }

  async #learn(): Promise<void> {
    const { rules, metrics } = await fetchRules();
    this.rules = new Map(rules.map((doc) => [doc.rule, doc]));
    this.metrics = new Map(metrics.map((doc) => [doc.name, doc]));
  }

  /** Where there are several runs and a new one among them; those that TensorBoard does not tell of stand last. */
  async #sort(runs: readonly string[]): Promise<void> {
    if (runs.length < 2 || runs.every((run) => this.order.includes(run))) return;
    this.order = [...new Set([...(await fetchRuns()), ...runs])];
    this.#changed();
  }

  /** Tell what is new since the last complete report: while a log is first measured, everything would be. */
  #take(report: Report): void {
    const prints = report.findings.map((one) => one.fingerprint);
    if (this.#known) this.fresh = new Set(prints.filter((print) => !this.#known!.has(print)));
    if (!measuring(report)) {
      if (this.#baseline) {
        const { added, gone } = compare(this.#heard(this.#baseline), this.#heard(report));
        this.told = `Reloaded: ${plural(added.length, "new finding")}, ${gone.length} gone.`;
      }
      this.#baseline = report;
      this.#known ??= new Set(prints);
    }
    void this.#sort(report.runs.map((one) => one.run));
    this.loader.use(report);
    this.report = report;
  }
}

/** Fingerprints that came and went from one report to the next. */
export function compare(before: Report, after: Report): { added: string[]; gone: string[] } {
  const [old, now] = [before, after].map((report) => new Set(report.findings.map((finding) => finding.fingerprint)));
  return { added: [...now!].filter((print) => !old!.has(print)), gone: [...old!].filter((print) => !now!.has(print)) };
}
