import { afterEach, describe, expect, it, vi } from "vitest";
import { fetchRules } from "../src/api";
import type { Report } from "../src/report";
import { Session } from "../src/session";
import { finding, report } from "./fixtures";

const json = (body: unknown, etag: string) => new Response(JSON.stringify(body), { headers: { etag } });

/** A server whose reports come one after the other; null is "not modified". */
function serve(reports: (Report | null | string)[]) {
  const asked: RequestInit[] = [];
  vi.stubGlobal("fetch", async (route: string, request: RequestInit) => {
    if (route === "rules") return json({ rules: [], metrics: [] }, "");
    asked.push(request);
    const next = reports.shift();
    if (typeof next === "string") return new Response(next, { status: 500 });
    return next ? json(next, `"${next.revision}"`) : new Response(null, { status: 304 });
  });
  return asked;
}

afterEach(() => vi.unstubAllGlobals());

describe("the session", () => {
  it("asks for the report only if it has changed, and keeps the old one if not", async () => {
    const asked = serve([report({ revision: "one" }), null]);
    const session = new Session(() => true, () => {});
    await session.load();
    await session.load();
    expect(asked[1]!.headers).toEqual({ "If-None-Match": '"one"' });
    expect(session.report?.revision).toBe("one");
  });

  it("flags what a reload brought, but not what measuring brings", async () => {
    const [first, second] = [finding(), finding({ fingerprint: "f2" })];
    const busy = { judged: 1, total: 2 };
    const both = [first, second];
    serve([report({ progress: busy }), report({ findings: [first] }), report({ findings: both, progress: busy }), report({ findings: both })]);
    const session = new Session(() => true, () => {});
    await session.load();
    await session.load();
    expect([...session.fresh]).toEqual([]);
    await session.load();
    expect([[...session.fresh], session.told]).toEqual([["f2"], ""]);
    await session.load();
    expect([[...session.fresh], session.told]).toEqual([["f2"], "Reloaded: 1 new finding, 0 gone."]);
  });

  it("calls a finding new until it is opened, and counts none that is muted", async () => {
    const named = (...prints: string[]) => report({ findings: prints.map((fingerprint) => finding({ fingerprint })) });
    serve([named("a"), named("a", "b", "muted"), named("a", "b", "c"), named("a", "b", "c", "d")]);
    const heard = (whole: Report) => ({ ...whole, findings: whole.findings.filter(({ fingerprint }) => fingerprint !== "muted") });
    const session = new Session(() => true, () => {}, heard);
    await session.load();
    await session.load();
    expect(session.told).toBe("Reloaded: 1 new finding, 0 gone.");
    session.opened("b");
    await session.load();
    expect([[...session.fresh], session.told]).toEqual([["c"], "Reloaded: 1 new finding, 0 gone."]);
    await session.load();
    expect([...session.fresh]).toEqual(["c", "d"]);
  });

  it("shows the server's own words when it fails, and keeps what it had", async () => {
    serve([report({ revision: "kept" }), "The data server is gone."]);
    const session = new Session(() => true, () => {});
    await session.load();
    await session.load();
    expect(session.failure).toBe("The data server is gone.");
    expect(session.report?.revision).toBe("kept");
  });

  it("does nothing while nobody sees the tab, and catches up when somebody does", async () => {
    const asked = serve([report()]);
    let visible = false;
    const session = new Session(() => visible, () => {});
    await session.load();
    expect(asked).toHaveLength(0);
    visible = true;
    await session.wake();
    expect(asked).toHaveLength(1);
    await session.wake();
    expect(asked).toHaveLength(1);
  });
});

describe("a route that fails", () => {
  it("is told in one sentence, never as a page of HTML", async () => {
    vi.stubGlobal("fetch", async () => new Response("<h1>Oops</h1>", { status: 500, statusText: "Internal", headers: { "content-type": "text/html" } }));
    await expect(fetchRules()).rejects.toThrow("The server answered 500 Internal");
    vi.stubGlobal("fetch", () => Promise.reject(new TypeError("Failed to fetch")));
    await expect(fetchRules()).rejects.toThrow("TensorBoard does not answer");
  });

  it("knows the runs in TensorBoard's order, and goes by its own where that is not told", async () => {
    const [run] = report().runs;
    const runs = ["b", "a"].map((name) => ({ ...run!, run: name }));
    for (const [answer, order] of [[["x", "a", "b"], ["x", "a", "b"]], [null, ["b", "a"]]] as const) {
      serve([report({ runs })]);
      const served = globalThis.fetch;
      vi.stubGlobal("fetch", (route: string, request: RequestInit) =>
        route === "../../runs" ? Promise.resolve(json(answer, "")) : served(route, request));
      const session = new Session(() => true, () => {});
      await session.load();
      await vi.waitFor(() => expect(session.order).toEqual(order));
    }
  });
});
