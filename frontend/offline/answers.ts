/** What TensorBoard and the plugin would answer, from the blocks of the page. */
import type { Report } from "../src/report";
import { encode, someSeries, thinned, together, type Arrays, type Numbers } from "./arrays";
import type { Blocks } from "./blocks";

const BASE = "http://page.invalid/data/";
const ROUTES = "plugin/histdiag/";
/** Names under which the route of metrics gives no metric. */
const [SCALARS, RECORDS] = ["loss", "records"];

/** What has no meaning without TensorBoard: ways to its other tabs, and when it answered. */
const UNSERVED: Readonly<Record<string, string>> = {
  words: ".stock,.acts:not(:has(:not(.stock))){display:none}",
  verdict: ".facts>span:has(+.end){display:none}",
};
/** Within another page there is no address to copy. */
const FRAMED: Readonly<Record<string, string>> = { verdict: ".end>histdiag-copy{display:none}" };

class Refusal extends Error {}

export class Answers {
  readonly #blocks: Blocks;
  readonly #framed: boolean;
  #report: Promise<Report> | null = null;

  constructor(blocks: Blocks, framed: boolean) {
    this.#blocks = blocks;
    this.#framed = framed;
  }

  /** Answer a request of the tab, whose addresses are relative to the plugin's routes. */
  async answer(address: string): Promise<Response> {
    const { href, searchParams } = new URL(address, `${BASE}${ROUTES}`);
    const route = href.slice(BASE.length).replace(/\?.*/, "").replace(ROUTES, "");
    try {
      return new Response(await this.#body(route, searchParams));
    } catch (reason) {
      if (!(reason instanceof Refusal)) throw reason;
      // Not 404, for which the tab would look whether there is a newer report.
      return new Response(reason.message, { status: 501, headers: { "content-type": "text/plain" } });
    }
  }

  async #body(route: string, query: URLSearchParams): Promise<ArrayBuffer | string> {
    switch (route) {
      case "report":
      case "rules":
      case "static/help.json":
      case "static/snippets.json":
        return this.#blocks.bytes(route.replace(/^static\/|\.json$/g, ""));
      case "static/styles.json":
        return this.#styles();
      case "runs":
        return JSON.stringify((await this.#read()).runs.map(({ run }) => run));
      case "metrics":
        return encode(await this.#metrics(query));
      case "histograms":
        return encode(await this.#histograms(query));
      case "compare":
        return this.#comparison(query);
      default:
        throw new Refusal(`This page holds no ${route}.`);
    }
  }

  #read(): Promise<Report> {
    return (this.#report ??= this.#blocks.json<Report>("report"));
  }

  async #styles(): Promise<string> {
    const styles = await this.#blocks.json<Record<string, string>>("styles");
    for (const more of [UNSERVED, this.#framed ? FRAMED : {}])
      for (const [name, style] of Object.entries(more)) styles[name] += style;
    return JSON.stringify(styles);
  }

  /** The place of a run in the report, by which blocks are named: its name may be anything. */
  async #place(run: string | null): Promise<number> {
    const place = (await this.#read()).runs.findIndex((one) => one.run === run);
    if (place < 0) throw new Refusal(`There is no run ${run} in this page.`);
    return place;
  }

  async #metrics(query: URLSearchParams): Promise<Arrays> {
    const place = await this.#place(query.get("run"));
    const names = (query.get("metric") ?? "").split(",");
    const own = names.filter((name) => name !== SCALARS && name !== RECORDS).map((name) => `metric-${place}-${name}`);
    const absent = own.find((name) => !this.#blocks.has(name));
    if (absent) throw new Refusal(`This page holds no ${absent}.`);
    const scalars = names.includes(SCALARS) ? await this.#blocks.kept(`scalars-${place}`) : null;
    if (names.length === 1 && scalars) return scalars;
    const read = await Promise.all([`records-${place}`, ...own].map((name) => this.#blocks.kept(name)));
    const all = new Map(read.flatMap(({ arrays }) => [...arrays]));
    const ids = query.get("series");
    const some = ids === null ? all : someSeries(all, new Set(ids.split(",").map(Number)));
    return { text: scalars?.text ?? {}, arrays: new Map([...some, ...(scalars?.arrays ?? [])]) };
  }

  async #histograms(query: URLSearchParams): Promise<Arrays> {
    const most = Number(query.get("steps") ?? Infinity);
    const ids = (query.get("series") ?? "").split(",").map(Number).filter((id) => this.#blocks.has(`histograms-${id}`));
    const read = ids.map(async (id): Promise<[number, ReadonlyMap<string, Numbers>]> => [
      id,
      thinned((await this.#blocks.arrays(`histograms-${id}`)).arrays, most),
    ]);
    return { text: {}, arrays: together(new Map(await Promise.all(read))) };
  }

  async #comparison(query: URLSearchParams): Promise<ArrayBuffer> {
    const [run, other] = await Promise.all([this.#place(query.get("run")), this.#place(query.get("with"))]);
    const name = `compare-${run}-${other}`;
    if (!this.#blocks.has(name)) throw new Refusal("This page holds no comparison of these two runs; a page of fewer runs does.");
    return this.#blocks.bytes(name);
  }
}
