import { describe, expect, it } from "vitest";
import { atStep, pool, runColour } from "../src/compare";
import { binAll, extent, jointDomain } from "../src/draw/bins";
import { histograms, spread } from "./draw/fixtures";

const one = histograms([spread(0, 1, 6), null, spread(0, 1, 9)], [0, 10, 20]);
const two = histograms([spread(2, 3, 3), [], spread(-1, 4, 12)], [0, 20, 30]);

describe("a pool of two series", () => {
  const { data, of } = pool(one, two);

  it("has the records of both by their steps, the first's before the second's", () => {
    expect([...data.steps]).toEqual([0, 0, 10, 20, 20, 30]);
    expect([...of]).toEqual([0, 1, 0, 0, 1, 1]);
    expect([...data.nonfinite]).toEqual([0, 0, 1, 0, 0, 0]);
  });

  it("gives each record its own buckets", () => {
    const places = [0, 0];
    of.forEach((k, h) => {
      const source = k ? two : one;
      const at = places[k]!++;
      const own = (series: typeof data, i: number) =>
        (["left", "right", "count"] as const).map((name) => [...series[name].subarray(series.start[i], series.start[i + 1])]);
      expect(own(data, h)).toEqual(own(source, at));
    });
    expect(jointDomain(data, [0, 1, 5])).toEqual([-1, 4]);
    expect(extent(data, 2)).toBeNull();
    expect(binAll(data, [0, 1], [0, 3]).rows.map((row) => Math.round(row.reduce((a, b) => a + b, 0)))).toEqual([6, 3]);
  });

  it("begins at one time where elapsed times are compared", () => {
    const later = { ...two, wallTimes: two.wallTimes.map((time) => time + 5000) };
    expect(pool(one, later).data.wallTimes[1]).toBe(1.7e9 + 5000);
    expect(pool(one, later, true).data.wallTimes[1]).toBe(1.7e9);
  });

  it("may be empty", () => {
    const none = histograms([]);
    expect(pool(none, none, true).of).toHaveLength(0);
    expect([...pool(none, two, true).of]).toEqual([1, 1, 1]);
  });
});

describe("one record", () => {
  it("is the nearest to a step, alone, and may be cut again", () => {
    expect([...atStep(one, 17).steps]).toEqual([20]);
    expect([...atStep(one, null).steps]).toEqual([20]);
    expect([...pool(atStep(one, 0), atStep(one, 20)).data.count]).toEqual([2, 2, 2, 3, 3, 3]);
    expect(atStep(histograms([]), 3).steps).toHaveLength(0);
  });
});

describe("the colour of a run", () => {
  it("goes by its place among all of TensorBoard's runs, and begins anew after seven", () => {
    const runs = Array.from({ length: 9 }, (_, i) => `run ${i}`);
    const colours = runs.map((run) => runColour(runs, run, "light"));
    expect(new Set(colours.slice(0, 7)).size).toBe(7);
    expect(colours.slice(7)).toEqual(colours.slice(0, 2));
    expect(runColour(runs, "run 0", "dark")).not.toBe(colours[0]);
    expect(runColour(runs, "unheard of", "light", 1)).toBe(colours[1]);
  });
});
