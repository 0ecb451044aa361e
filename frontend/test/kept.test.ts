import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Kept } from "../src/kept";
import { UNSAID } from "../src/settings";
import { readHash, START, writeHash } from "../src/state";

beforeEach(() => localStorage.clear());
afterEach(() => vi.unstubAllGlobals());

describe("what lasts", () => {
  it("is how things are shown, not what", () => {
    new Kept().choose({ mode: "overlay", axis: "wall", tag: "x", step: 3, filter: "w" });
    new Kept().choose({ table: true });
    expect(new Kept().usual).toEqual({ ...START, mode: "overlay", axis: "wall", table: true });
    new Kept().choose({ tag: "y" });
    expect(new Kept().usual).toMatchObject({ mode: "overlay", tag: "" });
  });

  it("gives way to what an address says", () => {
    const usual = { ...START, mode: "overlay" as const, metric: "mean" };
    expect(readHash("#histdiag&p.histdiag.mode=step", usual)).toEqual({ ...usual, mode: "step" });
    const link = { ...START, run: "a" };
    expect(readHash(writeHash("#histdiag", link, usual), usual)).toEqual(link);
    expect(readHash(writeHash("#histdiag", link, UNSAID), { ...usual, order: "name" })).toEqual(link);
    expect(writeHash("#histdiag", START, START)).toBe("#histdiag");
  });

  it("is read with care", () => {
    for (const kept of ["{", "3", '"#p.histdiag.mode=3d&p.histdiag.run=x"', "null", '{"mode":1}']) {
      localStorage.setItem("histdiag.settings", kept);
      expect(new Kept().usual).toMatchObject({ mode: "offset", metric: "health" });
    }
    for (const kept of ['{"turned":3}', '{"open":1,"turned":[1,"a"]}', "[]"]) {
      localStorage.setItem("histdiag.folds", kept);
      expect([...new Kept().folded(["b"])]).toEqual(["b"]);
    }
  });

  it("includes the layers that were opened, or shut when all were opened", () => {
    new Kept().fold("a", false);
    expect([...new Kept().folded(["a", "b"])]).toEqual(["b"]);
    new Kept().fold("a", true);
    expect([...new Kept().folded(["a", "b"])]).toEqual(["a", "b"]);
    new Kept().foldAll(false);
    new Kept().fold("b", true);
    expect([...new Kept().folded(["a", "b", "c"])]).toEqual(["b"]);
    new Kept().foldAll(true);
    expect(localStorage).toHaveLength(0);
  });

  it("is forgotten on demand, but for what is muted", () => {
    const kept = new Kept();
    kept.choose({ mode: "overlay" });
    kept.fold("a", false);
    kept.use("log");
    kept.mute({ kind: "rules", name: "dead-units", on: true });
    kept.reset();
    expect(kept.usual).toEqual(START);
    expect(Object.keys(localStorage)).toEqual(["histdiag.mute.log"]);
  });

  it.each(["missing", "full", "forbidden"])("fails in silence where storage is %s", (state) => {
    const full = { getItem: () => null, removeItem: () => {}, setItem: () => { throw new DOMException("", "QuotaExceededError"); } };
    const forbidden = new Proxy({}, { get: () => { throw new DOMException("", "SecurityError"); } });
    vi.stubGlobal("localStorage", { missing: undefined, full, forbidden }[state]);
    const kept = new Kept();
    kept.choose({ mode: "overlay" });
    kept.fold("a", false);
    kept.use("log");
    expect(kept.mute({ kind: "findings", name: "f1", on: true })).toBe(false);
    expect(kept.usual.mode).toBe("overlay");
    expect(kept.mutes.findings).toEqual(["f1"]);
    kept.reset();
  });
});

describe("what is muted", () => {
  const on = (name: string) => ({ kind: "findings" as const, name, on: true });

  it("belongs to a log, whatever its address", () => {
    const kept = new Kept();
    kept.use("one");
    expect(kept.mute(on("f1"))).toBe(true);
    kept.mute(on("f1"));
    const again = new Kept();
    again.use("one");
    expect(again.mutes).toEqual({ findings: ["f1"], rules: [] });
    const other = new Kept();
    other.use("two");
    expect(other.mutes.findings).toEqual([]);
    again.mute({ ...on("f1"), on: false });
    expect(localStorage).toHaveLength(0);
  });

  it("stays while the log gets its name, or another one", () => {
    const kept = new Kept();
    kept.use("");
    kept.mute(on("f1"));
    localStorage.setItem("histdiag.mute.log", '{"findings":["f2"]}');
    kept.use("log");
    expect(kept.mutes.findings).toEqual(["f2", "f1"]);
    const again = new Kept();
    again.use("log");
    expect(again.mutes.findings).toEqual(["f2", "f1"]);
  });
});
