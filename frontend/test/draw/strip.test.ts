import { describe, expect, it } from "vitest";
import { bandPath, linePath } from "../../src/draw/band";
import { brokenSpans, pushApart, readAt, stripDomain, stripScale } from "../../src/draw/strip";
import type { Strip } from "../../src/types";
import { metric } from "./fixtures";

const same = (value: number): number => value;
const strip = (values: number[], scale: Strip["scale"], more: Partial<Strip> = {}): Strip => ({
  title: "spread", unit: "", scale, lines: [{ label: "spread", series: metric(values) }], thresholds: [], ...more,
});

describe("a line", () => {
  it("breaks where a value is missing, and keeps a value between two gaps as a dash", () => {
    const steps = Float64Array.of(0, 1, 2, 3, 4, 5);
    const value = Float64Array.of(1, 2, Number.NaN, 4, Number.NaN, 6);
    expect(linePath(steps, value, same, same)).toBe("M0.0 1.0L1.0 2.0M1.0 4.0h4M3.0 6.0h4");
  });

  it("is nothing where nothing is", () => expect(linePath(Float64Array.of(0), Float64Array.of(Number.NaN), same, same)).toBe(""));
});

describe("a band", () => {
  it("is one closed shape for each stretch in which both bounds are known", () => {
    const steps = Float64Array.of(0, 1, 2, 3);
    const low = Float64Array.of(1, 1, Number.NaN, 3);
    const high = Float64Array.of(2, 3, 4, 5);
    expect(bandPath(steps, low, high, same, same)).toBe("M0.0 2.0L1.0 3.0L1.0 1.0L0.0 1.0ZM1.0 5.0h4V3.0h-4Z");
  });
});

describe("a strip's axis", () => {
  it("holds values, bounds and thresholds on a linear scale", () => {
    const [low, high] = stripDomain({
      scale: "linear",
      lines: [{ label: "", series: metric([1, 2], { low: Float64Array.of(-3, 0), high: Float64Array.of(2, 4) }) }],
      thresholds: [{ value: 10, label: "", severity: "error" }],
    });
    expect(low).toBeLessThan(-3);
    expect(high).toBeGreaterThan(10);
  });

  it("runs from nothing to all for shares", () => expect(stripDomain(strip([0.3, 0.4], "fraction"))).toEqual([0, 1]));

  it("ignores what a logarithm has no place for", () => {
    const [low, high] = stripDomain(strip([0, -4, 1e-3, 1, Number.NaN, Infinity], "log"));
    expect(low).toBeGreaterThan(1e-5);
    expect(high).toBeLessThan(10);
  });

  it("has room for a constant and for nothing at all", () => {
    for (const scale of ["linear", "log", "fraction"] as const) {
      for (const values of [[3, 3], [0, 0], [Number.NaN], []]) {
        const { y, ticks } = stripScale(strip(values, scale), 48);
        expect(y(values[0] ?? 1)).not.toBeUndefined();
        expect(ticks.length).toBeGreaterThan(0);
        const [low, high] = stripDomain(strip(values, scale));
        expect(low).toBeLessThan(high);
      }
    }
  });

  it("counts decades where there are several, with few labels", () => {
    const { ticks } = stripScale(strip([1e-9, 1], "log"), 48);
    expect(ticks.every((value) => Number.isInteger(Math.round(Math.log10(value) * 1e9) / 1e9))).toBe(true);
    expect(ticks.length).toBeLessThanOrEqual(3);
  });

  it.each([[1e-9, 3e-8], [2e-9, 5e-9], [0.4, 0.9], [1, 1], [1e-12, 1e12]])("names values of its own between %d and %d", (low, high) => {
    const own = strip([low, high], "log");
    const [from, to] = stripDomain(own);
    const { ticks } = stripScale(own, 48);
    expect(ticks.length).toBeGreaterThan(0);
    for (const value of ticks) expect(value >= from * 0.999 && value <= to * 1.001).toBe(true);
  });

  it("does not write labels over one another", () => {
    for (const [low, high] of [[0.3, 0.9], [0.25, 0.55], [1e-3, 0.02]] as const) {
      const { ticks, y } = stripScale(strip([low, high], "log"), 48);
      const places = ticks.map(y).sort((a, b) => a - b);
      for (let i = 1; i < places.length; i++) expect(places[i]! - places[i - 1]!).toBeGreaterThanOrEqual(12);
    }
  });

  it("keeps far values just outside of the strip", () => {
    const { y } = stripScale(strip([1, 10], "log"), 48);
    expect(y(0)).toBe(49);
    expect(y(1e30)).toBe(-1);
  });
});

describe("labels at the line ends", () => {
  it("are pushed apart and kept within the strip", () => {
    expect(pushApart([10, 11, 40], 12, 48)).toEqual([10, 22, 40]);
    const crowded = pushApart([46, 47, 48], 12, 48);
    expect(Math.max(...crowded)).toBeLessThanOrEqual(48);
    const sorted = [...crowded].sort((a, b) => a - b);
    expect(sorted[1]! - sorted[0]!).toBeGreaterThanOrEqual(12);
    expect(sorted[2]! - sorted[1]!).toBeGreaterThanOrEqual(12);
    expect(pushApart([], 12, 48)).toEqual([]);
  });
});

describe("what is read", () => {
  const series = metric([1, 2, Number.NaN, Number.NaN], { nonfinite: Uint8Array.of(0, 0, 1, 1) });

  it("is the record at the cursor, else the newest that has a value", () => {
    expect(readAt(series, null)).toBe(1);
    expect(readAt(series, 210)).toBe(2);
    expect(readAt(series, 5000)).toBe(-1);
    expect(readAt(metric([Number.NaN]), null)).toBe(-1);
  });

  it("marks stretches that were not finite", () => {
    expect(brokenSpans(series)).toEqual([[200, 300]]);
    expect(brokenSpans(metric([1, 2, 3], { nonfinite: Uint8Array.of(1, 0, 1) }))).toEqual([[0, 0], [200, 200]]);
  });
});
