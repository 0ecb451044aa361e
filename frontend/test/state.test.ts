import { describe, expect, it } from "vitest";
import { readHash, START, writeHash } from "../src/state";

describe("the state in the address", () => {
  it("comes back as it was written, whatever the names hold", () => {
    const link = { ...START, run: "a/b&c=d", tag: "100 %/ü#<b>", step: 3400, mode: "overlay" as const, table: true };
    expect(readHash(writeHash("#histdiag", link))).toEqual(link);
  });

  it("stands beside what the host keeps there", () => {
    const hash = writeHash("#histdiag&p.other.x=1&p.histdiag.tag=old", { ...START, tag: "new" });
    expect(hash).toBe("#histdiag&p.other.x=1&p.histdiag.tag=new");
  });

  it("leaves the address alone while nothing was chosen", () => {
    expect(writeHash("#histdiag", START)).toBe("#histdiag");
    expect(writeHash("", START)).toBe("");
    expect(readHash("#histdiag&p.other.x=1")).toBeNull();
  });

  it("ignores keys and choices that do not exist", () => {
    const link = readHash("#histdiag&p.histdiag.mode=3d&p.histdiag.constructor=x&p.histdiag.step=NaN&p.histdiag.run=a");
    expect(link).toEqual({ ...START, run: "a" });
  });

  it("carries the steps shown and the axes, and no steps that are none", () => {
    const link = { ...START, from: 0, to: 250.5, values: "symlog" as const, counts: "log" as const, mode: "bands" as const };
    const hash = writeHash("#histdiag", link);
    expect(hash).toBe("#histdiag&p.histdiag.mode=bands&p.histdiag.from=0&p.histdiag.to=250.5&p.histdiag.values=symlog&p.histdiag.counts=log");
    expect(readHash(hash)).toEqual(link);
    expect(readHash("#histdiag&p.histdiag.from=&p.histdiag.to=1e999&p.histdiag.values=cubic")).toEqual(START);
  });

  it("carries several runs, whatever their names hold, and no more than can be told apart", () => {
    const link = { ...START, with: ["lr=0.1", "a,b", "100%2C", "c d/ü"], apart: true };
    const hash = writeHash("#histdiag", link);
    expect(readHash(hash)).toEqual(link);
    expect(hash).toContain("p.histdiag.with=lr%3D0.1%2Ca%252Cb%2C");
    expect(writeHash("", { ...START, with: ["one"] })).toBe("#p.histdiag.with=one");
    expect(readHash("#p.histdiag.with=a,b,,a,\u202ec,d,e,f,g,h,i")!.with).toEqual(["a", "b", "⟨U+202E⟩c", "d", "e", "f", "g"]);
    expect(readHash("#p.histdiag.with=")!.with).toEqual([]);
  });

  it("survives an address that is not well encoded", () => {
    expect(readHash("#histdiag&p.histdiag.tag=100%")).toMatchObject({ tag: "100%" });
  });
});
