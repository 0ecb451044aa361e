import { describe, expect, it } from "vitest";
import { BINS, binAll, evenEdges, extent, fittedDomain, jointDomain, rebin } from "../../src/draw/bins";
import { histograms, spread, type Bucket } from "./fixtures";
// What TensorBoard's own Time Series card draws of these buckets; made and described by tests/test_stock_bins.py.
import golden from "./golden.json";

const sum = (values: Iterable<number>): number => Array.from(values).reduce((a, b) => a + b, 0);
const all = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

/** A step's bins in the stock card: left edge, width and counts; null stands for NaN. */
type Stock = readonly [left: number | null, width: number | null, counts: readonly (number | null)[]];
const cases = golden as unknown as { name: string; steps: (Bucket[] | null)[]; bins: Stock[] }[];

/** Where the twin's numbers differ from the stock card's on purpose; its help says so of each that the eye can see. */
const DIFFERENT = new Map<string, string>([
  ["old buckets between the largest doubles", "TensorBoard's data server turns the first bucket round, and the stock card loses values"],
  ["a constant of PyTorch", "a tensor of one value is a spike"],
  ["a constant of old TensorFlow", "a tensor of one value is a spike"],
  ["a constant below -10", "the stock card turns the axis round and draws nothing"],
  ["a step with an infinite edge", "a step that is not finite blanks the whole stock card"],
  ["the largest doubles", "the axis is wider than any double"],
]);

function twin(name: string) {
  const { steps, bins: stock } = cases.find((one) => one.name === name)!;
  const data = histograms(steps);
  const bins = binAll(data, all(steps.length), jointDomain(data, all(steps.length))!);
  return { steps, stock, width: (bins.domain[1] - bins.domain[0]) / BINS, ...bins };
}

describe("the bins of the twin", () => {
  it.each(cases.map(({ name }) => name).filter((name) => !DIFFERENT.has(name)))("equal the stock Time Series card's for %s", (name) => {
    const { steps, stock, domain, width, rows } = twin(name);
    stock.forEach(([left, wide, counts], i) => {
      expect(Math.abs(domain[0] - left!) / (domain[1] - domain[0])).toBeLessThan(1e-9);
      expect(Math.abs(width - wide!) / width).toBeLessThan(1e-9);
      // A step that is not finite has bins of NaN in the stock card, which draws nothing there; the twin marks it.
      if (steps[i] === null) expect([sum(rows[i]!), counts.every((count) => count === null || count === 0)]).toEqual([0, true]);
      else counts.forEach((count, k) => expect(Math.abs(rows[i]![k]! - count!)).toBeLessThanOrEqual(1e-9 * Math.max(1, sum(rows[i]!))));
    });
  });

  it("differ only where that is written", () => {
    expect([...DIFFERENT.keys()].filter((name) => !cases.some((one) => one.name === name))).toEqual([]);
  });

  it("hold every value of buckets whose first edge the data server turns round, where the stock card loses some", () => {
    const { steps, stock, rows } = twin("old buckets between the largest doubles");
    const total = sum(steps[0]!.map(([, , count]) => count));
    expect(sum(rows[0]!)).toBeCloseTo(total, 9);
    expect(sum(stock[0]![2] as number[])).toBeLessThan(0.7 * total);
  });

  it.each(["a constant of PyTorch", "a constant of old TensorFlow"])("make a spike of %s, where the stock card spreads it", (name) => {
    const { steps, stock, rows } = twin(name);
    expect(Array.from(rows[0]!).filter((count) => count > 0)).toEqual([steps[0]![0]![2]]);
    expect(stock[0]![2].filter((count) => count! > 0).length).toBeGreaterThan(1);
  });

  it("show a constant below -10, where the stock card has bins of negative width and draws nothing", () => {
    const { stock, domain, width, rows } = twin("a constant below -10");
    expect([stock[0]![0], stock[0]![1]]).toEqual([expect.closeTo(domain[1], 9), expect.closeTo(-width, 9)]);
    expect([sum(stock[0]![2] as number[]), sum(rows[0]!)]).toEqual([0, 5]);
  });

  it("keep the finite steps of a series with an infinite edge, where the stock card has bins of NaN only", () => {
    const { steps, stock, rows } = twin("a step with an infinite edge");
    expect(stock.flatMap(([left]) => left)).toEqual([null, null, null]);
    expect(steps.map((step) => step === null)).toEqual([false, true, false]);
    expect(rows.map((row) => Math.round(sum(row)))).toEqual([400, 0, 400]);
  });

  it("draw nothing, and say so by empty rows, where the axis is wider than any double", () => {
    const { stock, rows } = twin("the largest doubles");
    expect([stock[0]![0], sum(rows[0]!)]).toEqual([null, 0]);
  });

  it("hold every value once, whatever the buckets", () => {
    const records = [spread(-1, 1, 300, 7), spread(-0.3, 2.7, 41, 550), [[0.5, 0.5, 9]] as const];
    const data = histograms(records);
    const { rows } = binAll(data, all(3), jointDomain(data, all(3))!);
    expect(rows.map((row) => sum(row))).toEqual([300, 41, 9].map((total) => expect.closeTo(total, 9)));
  });

  it("show a constant tensor as a spike in one bin", () => {
    const data = histograms([[[0.25, 0.25, 48]]]);
    const { rows, domain } = binAll(data, [0], jointDomain(data, [0])!);
    expect(domain).toEqual([0.25 / 1.1 - 1, 0.25 * 1.1 + 1]);
    expect(Array.from(rows[0]!).filter((count) => count > 0)).toEqual([48]);
  });

  it("widen the domain of a very negative constant without turning it round", () => {
    const [low, high] = jointDomain(histograms([[[-100, -100, 5]]]), [0])!;
    expect(low).toBeLessThan(-100);
    expect(high).toBeGreaterThan(-100);
  });

  it("put a bucket of no width on an inner edge into the bin to its right", () => {
    const row = rebin(histograms([[[0.5, 0.5, 7]]]), 0, evenEdges([0, 1]));
    expect(row[15]).toBe(7);
    expect(sum(row)).toBe(7);
  });

  it("keep a bucket of no width at the upper end of the domain", () => {
    expect(rebin(histograms([[[1, 1, 7]]]), 0, evenEdges([0, 1]))[BINS - 1]).toBe(7);
  });

  it("leave steps that are not finite out of the domain", () => {
    const data = histograms([null, spread(0, 1), null, spread(2, 3)]);
    expect(jointDomain(data, all(4))).toEqual([0, 3]);
    expect(extent(data, 0)).toBeNull();
  });

  it("have no domain where nothing is finite", () => {
    expect(jointDomain(histograms([null, null]), [0, 1])).toBeNull();
    expect(jointDomain(histograms([]), [])).toBeNull();
  });

  it("span the domain of the steps shown only", () => {
    const data = histograms([spread(-9, 9), spread(0, 1), spread(1, 2)]);
    expect(jointDomain(data, [1, 2])).toEqual([0, 2]);
  });

  it("count only what lies within a domain that is narrower than the data", () => {
    expect(sum(rebin(histograms([spread(-1, 1, 100, 1)]), 0, evenEdges([0, 0.5])))).toBeCloseTo(25, 9);
  });
});

describe("a fitted domain", () => {
  const records = (wide: number, at = 3): Bucket[][] => all(20).map((i) => spread(i === at ? -wide : -1, i === at ? wide : 1));
  const none = { histograms: new Set<number>(), values: [] };

  it("leaves out one record that squeezes all others, and says which and how much", () => {
    const fit = fittedDomain(histograms(records(50)), all(20), none);
    expect(fit).toEqual({ domain: [-1, 1], wide: [3], outside: expect.closeTo(0.98 / 20, 9), cut: [true, true] });
  });

  it("leaves thin tails out of every record", () => {
    const tailed: Bucket[] = [[-90, -89, 1], [-1, 0, 500], [0, 1, 498], [70, 71, 1]];
    expect(fittedDomain(histograms(all(20).map(() => tailed)), all(20), none)).toEqual({
      domain: [-1, 1], wide: [], outside: expect.closeTo(0.002, 9), cut: [true, true],
    });
  });

  it("never cuts a record or a value that a finding points at", () => {
    const data = histograms(records(50));
    expect(fittedDomain(data, all(20), { ...none, histograms: new Set([3]) })).toBeNull();
    expect(fittedDomain(data, all(20), { ...none, values: [-4, 999] })).toMatchObject({ domain: [-4, 1] });
  });

  it("does not bother with a record that is only somewhat wider", () => {
    expect(fittedDomain(histograms(records(1.6)), all(20), none)).toBeNull();
  });

  it("does not leave out what is wide in most records", () => {
    const data = histograms(all(20).map((i) => (i < 6 ? spread(-50, 50) : spread(-1, 1))));
    expect(fittedDomain(data, all(20), none)).toBeNull();
  });

  it("needs a few records to tell what is usual", () => {
    expect(fittedDomain(histograms(records(50).slice(0, 5)), all(5), none)).toBeNull();
  });

  it("leaves out at most a twentieth of the records", () => {
    const data = histograms(all(60).map((i) => (i % 20 === 0 ? spread(-50, 50) : spread(-1, 1))));
    expect(fittedDomain(data, all(60), none)).toMatchObject({ domain: [-1, 1], wide: [0, 20, 40] });
  });

  it("is the stock domain where all records are one value", () => {
    expect(fittedDomain(histograms(all(9).map(() => [[0, 0, 5]] as const)), all(9), none)).toBeNull();
  });
});
