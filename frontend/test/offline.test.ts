// @vitest-environment node
import { gzipSync } from "node:zlib";
import { describe, expect, it, vi } from "vitest";
import { Answers } from "../offline/answers";
import { decode, encode, thinned, type Arrays, type Numbers } from "../offline/arrays";
import { Blocks } from "../offline/blocks";
import { follow } from "../offline/theme";
import { decodeHistograms, decodeMetrics, decodeScalars } from "../src/wire";
import { entry, report } from "./fixtures";
// Bytes made by the server's own wire.encode.
import bytes from "./wire.json";

const buffer = (text: string): ArrayBuffer => Uint8Array.from(atob(text), (c) => c.charCodeAt(0)).buffer;
const [metrics, histograms, scalars] = [bytes.metrics, bytes.histograms, bytes.scalars].map((text) => decode(buffer(text))) as [Arrays, Arrays, Arrays];

const only = ({ text, arrays }: Arrays, names: RegExp): Arrays => ({ text, arrays: new Map([...arrays].filter(([name]) => names.test(name))) });

/** One series of an answer with two, as a page holds it. */
function alone(row: number): Arrays {
  const { arrays } = histograms;
  const [series, starts] = [arrays.get("series_start")!, arrays.get("start")!];
  const [from, to] = [series[row]!, series[row + 1]!];
  const [first, last] = [starts[from]!, starts[to]!];
  const part = (name: string) => arrays.get(name)!.subarray(...(/left|right|count/.test(name) ? [first, last] : [from, to]));
  const rest = ["step", "wall_time", "nonfinite", "left", "right", "count"].map((name): [string, Numbers] => [name, part(name)]);
  return { text: {}, arrays: new Map([["start", starts.slice(from, to + 1).map((start) => start - first)], ...rest]) };
}

const block = (content: unknown): string => gzipSync(content instanceof ArrayBuffer ? new Uint8Array(content) : JSON.stringify(content)).toString("base64");

/** Nothing of it is written in the page's own letters, so that no name can be taken for markup. */
const BLOCKS: Record<string, string> = {
  report: block(report({ runs: [{ ...report().runs[0]!, run: "a" }, { ...report().runs[0]!, run: "</script>" }] })),
  rules: block({ rules: [], metrics: [] }),
  styles: block({ words: "a{b:c}", verdict: "", other: "d{}" }),
  "records-0": block(encode(only(metrics, /^(series|start|step|wall_time|nonfinite)$/))),
  "metric-0-mean": block(encode(only(metrics, /^mean/))),
  "metric-0-peaks": block(encode(only(metrics, /^peaks/))),
  "scalars-0": block(encode(scalars)),
  "histograms-4": block(encode(alone(0))),
  "histograms-9": block(encode(alone(1))),
  "compare-0-1": block({ text: "alike" }),
};

const page = { querySelectorAll: () => Object.entries(BLOCKS).map(([name, textContent]) => ({ id: `histdiag-${name}`, textContent })) };
const answers = (framed = false): Answers => new Answers(new Blocks(page as unknown as Document), framed);
const ask = async (route: string): Promise<ArrayBuffer> => {
  const answer = await answers().answer(route);
  expect(answer.status, route).toBe(200);
  return answer.arrayBuffer();
};
const text = async (route: string): Promise<unknown> => JSON.parse(new TextDecoder().decode(await ask(route)));

describe("arrays", () => {
  it("are the same written and read again", () => {
    for (const one of [metrics, histograms, scalars]) expect(decode(encode(one))).toEqual(one);
    expect(decodeMetrics(encode(metrics), ["mean"])).toEqual(decodeMetrics(buffer(bytes.metrics), ["mean"]));
  });

  it("are put together from planes of bytes", () => {
    const values = new Float64Array([1.5, -2e300, Number.NaN]);
    const planes = new Uint8Array(24);
    new Uint8Array(values.buffer).forEach((byte, i) => (planes[(i % 8) * 3 + Math.floor(i / 8)] = byte));
    const head = JSON.stringify({ x: { dtype: "U8", shape: [8, 3], data_offsets: [0, 24] } }).padEnd(64);
    const whole = new Uint8Array(8 + 64 + 24);
    whole[0] = 64;
    whole.set(new TextEncoder().encode(head), 8);
    whole.set(planes, 72);
    expect(decode(whole.buffer).arrays.get("x")).toEqual(values);
  });

  it("of histograms are thinned evenly, and the last stays", () => {
    const start = Int32Array.from([0, 1, 3, 3, 4, 6]);
    const step = Float64Array.from([0, 1, 2, 3, 4]);
    const left = Float64Array.from([0, 10, 11, 30, 40, 41]);
    const few = thinned(new Map<string, Numbers>([["start", start], ["step", step], ["left", left]]), 3);
    expect([...few.get("step")!]).toEqual([0, 2, 4]);
    expect([...few.get("start")!]).toEqual([0, 1, 1, 3]);
    expect([...few.get("left")!]).toEqual([0, 40, 41]);
    expect([...thinned(few, 1).get("step")!]).toEqual([4]);
    expect(thinned(few, 3)).toBe(few);
  });
});

describe("a page that holds its data", () => {
  it("answers with the report, what stands beside the tab, and the runs", async () => {
    expect(await text("report")).toMatchObject({ revision: "r" });
    expect(await text("rules")).toEqual({ rules: [], metrics: [] });
    expect(await text("../../runs")).toEqual(["a", "</script>"]);
  });

  it("hides what asks for TensorBoard, and within a frame the address too", async () => {
    expect(await text("static/styles.json")).toMatchObject({ words: expect.stringMatching(/^a\{b:c\}\.stock.*\{display:none\}$/), other: "d{}" });
    const framed = await (await answers(true).answer("static/styles.json")).json();
    expect(framed.verdict).toContain("histdiag-copy");
    expect((await text("static/styles.json") as Record<string, string>)["verdict"]).not.toContain("histdiag-copy");
  });

  it("answers with metrics as the server does", async () => {
    const [own, all] = [decodeMetrics(await ask("metrics?run=a&metric=mean%2Cpeaks&brief=true"), ["mean", "peaks"]), decodeMetrics(buffer(bytes.metrics), ["mean", "peaks"])];
    expect(own).toEqual(all);
    const one = decodeMetrics(await ask("metrics?run=a&metric=mean&series=9&revision=r"), ["mean"]).get("mean")!;
    expect([...one.keys()]).toEqual([9]);
    expect(one.get(9)).toEqual(all.get("mean")!.get(9));
    const both = await ask("metrics?run=a&metric=records,loss&brief=true");
    expect(decodeScalars(both)).toEqual(decodeScalars(buffer(bytes.scalars)));
    expect([...decodeMetrics(both, ["records"]).get("records")!.keys()]).toEqual([4, 9]);
    expect(decodeScalars(await ask("metrics?run=a&metric=loss"))).toHaveLength(1);
  });

  it("answers with histograms as the server does, and leaves out what it does not hold", async () => {
    const read = (answer: ArrayBuffer) => decodeHistograms(answer, (id) => entry({ id }));
    const all = read(buffer(bytes.histograms));
    const some = read(await ask("histograms?revision=r&series=9,7,4"));
    expect([...some.keys()]).toEqual([9, 4]);
    for (const id of [4, 9]) expect(some.get(id)).toEqual(all.get(id));
    const [before, few] = [all.get(4)!, read(await ask("histograms?series=4&steps=1")).get(4)!];
    expect(before.steps.length).toBe(2);
    expect([...few.steps]).toEqual([before.steps.at(-1)]);
  });

  it("answers with the comparisons it holds, and says which it does not", async () => {
    const between = (run: string, other: string) => `compare?${new URLSearchParams({ run, with: other })}`;
    expect(await text(between("a", "</script>"))).toEqual({ text: "alike" });
    for (const [route, says] of [
      [between("</script>", "a"), "no comparison"],
      ["metrics?run=gone&metric=mean", "no run gone"],
      ["metrics?run=a&metric=made", "holds no metric-0-made"],
      ["../plugins_listing", "holds no"],
    ] as const) {
      const answer = await answers().answer(route);
      expect(answer.status).toBe(501);
      expect(await answer.text()).toContain(says);
    }
  });
});

describe("a page within another", () => {
  const system = { matches: false };
  const frameOf = (parent: object | null) => {
    const frame = Object.assign(new EventTarget(), { matchMedia: () => system, parent: {} });
    frame.parent = parent ?? frame;
    return frame as unknown as Window & { parent: { postMessage: ReturnType<typeof vi.fn> } };
  };
  const said = (source: unknown, data: unknown) => Object.assign(new Event("message"), { source, data });
  const DARK = "(prefers-color-scheme: dark)";

  it("says that it is there, and is as dark as the page around it says", () => {
    const frame = frameOf({ postMessage: vi.fn() });
    follow(frame);
    expect(frame.parent.postMessage).toHaveBeenCalledWith({ histdiag: "ready" }, "*");
    const heard = vi.fn();
    frame.matchMedia(DARK).addEventListener("change", heard);
    frame.dispatchEvent(said(frame.parent, { histdiag: "dark" }));
    expect([frame.matchMedia(DARK).matches, heard.mock.calls.length]).toEqual([true, 1]);
    for (const [source, data] of [[{}, { histdiag: "light" }], [frame.parent, null], [frame.parent, { histdiag: "red" }], [frame.parent, { histdiag: "dark" }]])
      frame.dispatchEvent(said(source, data));
    expect([frame.matchMedia(DARK).matches, heard.mock.calls.length]).toEqual([true, 1]);
    expect(frame.matchMedia("(prefers-reduced-motion)")).toBe(system);
  });

  it("that stands alone follows the system", () => {
    const frame = frameOf(null);
    follow(frame);
    expect(frame.matchMedia(DARK)).toBe(system);
  });
});
