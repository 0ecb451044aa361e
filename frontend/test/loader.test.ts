import { afterEach, expect, it, vi } from "vitest";
import type { Report } from "../src/report";
import { Session } from "../src/session";
import { entry, report } from "./fixtures";
import bytes from "./wire.json";

/** The server's own bytes: histograms of the series 4 and 9. */
const HISTOGRAMS = Uint8Array.from(atob(bytes.histograms), (c) => c.charCodeAt(0));
const LOG = report({ series: [entry({ id: 4, tag: "four" }), entry({ id: 9, tag: "nine" })] });
const json = (body: unknown, headers = {}) => new Response(JSON.stringify(body), { headers });
const gone = () => new Response("There is no report of this revision any more; fetch the report again.", { status: 404 });

/** A server that knows some revisions only, with reports that come one after the other; the last stays. */
function serve(reports: Report[], known: string[]) {
  const asked: string[] = [];
  vi.stubGlobal("fetch", async (route: string) => {
    asked.push(route);
    if (route === "rules") return json({ rules: [], metrics: [] });
    if (route === "report") return json(reports.length > 1 ? reports.shift() : reports[0]);
    const revision = new URLSearchParams(route.split("?")[1]).get("revision")!;
    return known.includes(revision) ? new Response(HISTOGRAMS) : gone();
  });
  return asked;
}

/** A session whose every draw asks for the same histograms. */
function draw(ids: () => number[]) {
  const session: Session = new Session(() => true, () => void queueMicrotask(() => ids().forEach((id) => session.loader.histograms(id))));
  return session;
}

const settled = () => new Promise((resolve) => setTimeout(resolve, 20));

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

it("fetches the report anew when a server that was restarted does not know it, and says nothing", async () => {
  const asked = serve([LOG, { ...LOG, revision: "anew" }], ["anew"]);
  const session = draw(() => [4, 9]);
  await session.load();
  await vi.waitFor(() => expect(session.loader.histograms(4)?.tag).toBe("four"));
  expect(session.failure).toBe("");
  expect(asked.filter((route) => route === "report")).toHaveLength(2);
});

it("tells it when the next report is not known either", async () => {
  const asked = serve([LOG], []);
  const session = draw(() => [4, 9]);
  await session.load();
  await vi.waitFor(() => expect(session.failure).toMatch(/^There is no report/));
  await settled();
  expect(asked.filter((route) => route === "report")).toHaveLength(2);
  expect(asked.filter((route) => route.startsWith("histograms"))).toHaveLength(2);
});

it("shows what it has while a server that was restarted measures the same log again", async () => {
  vi.useFakeTimers();
  const again = { ...LOG, revision: "half", progress: { judged: 1, total: 2 }, series: [LOG.series[0]!] };
  const known: string[] = [];
  const asked = serve([LOG, again, again, LOG], known);
  const session = draw(() => [4]);
  await session.load();
  await vi.advanceTimersByTimeAsync(500);
  expect(session.report!.series).toHaveLength(2);
  known.push(LOG.revision);
  await vi.advanceTimersByTimeAsync(1500);
  expect(session.loader.histograms(4)).not.toBeNull();
  expect([session.report!.series.length, session.failure]).toEqual([2, ""]);
  expect(asked.filter((route) => route === "report").length).toBeGreaterThan(2);
});

it("asks again for what failed once the server answers", async () => {
  const known: string[] = [];
  serve([LOG], known);
  const session = draw(() => [4]);
  await session.load();
  await vi.waitFor(() => expect(session.failure).not.toBe(""));
  known.push(LOG.revision);
  await session.load();
  await vi.waitFor(() => expect(session.loader.histograms(4)).not.toBeNull());
  expect(session.failure).toBe("");
});

it("takes nothing of another log, or of numbers that have changed, for what is asked", async () => {
  for (const next of [{ ...LOG, log: "another" }, { ...LOG, series: [entry({ id: 4, tag: "nine" }), entry({ id: 9, tag: "four" })] }]) {
    const reports = [LOG, next];
    serve(reports, [LOG.revision]);
    const session = draw(() => []);
    await session.load();
    session.loader.histograms(4);
    await vi.waitFor(() => expect(session.loader.histograms(4)).not.toBeNull());
    const late = session.loader.histograms(9) ?? null;
    expect(late).toBeNull();
    await session.load();
    expect(session.loader.histograms(4)).toBeNull();
    await vi.waitFor(() => expect(session.loader.histograms(4)?.tag).toBe(next.series[0]!.tag));
  }
});

/** Bytes of a series of so many buckets in one record. */
function large(id: number, buckets: number): Uint8Array<ArrayBuffer> {
  const arrays = { left: buckets, right: buckets, count: buckets, step: 1, wall_time: 1 };
  let end = 0;
  const header: Record<string, object> = {};
  const add = (name: string, dtype: string, size: number) => (header[name] = { dtype, data_offsets: [end, (end += size)] });
  for (const [name, length] of Object.entries(arrays)) add(name, "F64", 8 * length);
  const ints = end;
  add("series", "I32", 4);
  add("series_start", "I32", 8);
  add("start", "I32", 8);
  add("nonfinite", "U8", 1);
  const words = JSON.stringify(header);
  const head = words.padEnd(Math.ceil(words.length / 8) * 8);
  const body = new Uint8Array(8 + head.length + end);
  new DataView(body.buffer).setBigUint64(0, BigInt(head.length), true);
  body.set(new TextEncoder().encode(head), 8);
  new Int32Array(body.buffer, 8 + head.length + ints, 5).set([id, 0, 1, 0, buckets]);
  return body;
}

it("keeps no more than 64 MB of histograms, but all that is on screen", async () => {
  vi.useFakeTimers();
  const series = Array.from({ length: 9 }, (_, id) => entry({ id, tag: `t${id}` }));
  const asked: number[] = [];
  vi.stubGlobal("fetch", async (route: string) => {
    if (route === "rules") return json({ rules: [], metrics: [] });
    if (route === "report") return json({ ...LOG, series });
    const id = Number(new URLSearchParams(route.split("?")[1]).get("series"));
    asked.push(id);
    return new Response(large(id, 2 ** 20)); // 24 MB
  });
  let seen: number[] = [];
  const session = draw(() => seen);
  await session.load();
  const show = async (...ids: number[]) => {
    seen = [];
    for (const id of ids) {
      seen.push(id);
      session.loader.histograms(id);
      await vi.advanceTimersByTimeAsync(1);
    }
    await vi.advanceTimersByTimeAsync(2000);
    return asked.splice(0);
  };
  expect(await show(0, 1)).toEqual([0, 1]);
  expect(await show(2)).toEqual([2]);
  expect(await show(1, 2), "what fits is still there").toEqual([]);
  expect(await show(0), "what nobody has looked at for longest is not").toEqual([0]);
  expect(await show(0, 3, 4, 5), "all on screen at once, though too much").toEqual([3, 4, 5]);
  expect(await show(0, 3, 4, 5)).toEqual([]);
});
