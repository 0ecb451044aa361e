import { describe, expect, it } from "vitest";
import { atStep, pool, runColour, superimposed, type Source, type Wish } from "../src/compare";
import { bounded } from "../src/compare-panel";
import { binAll, extent, jointDomain } from "../src/draw/bins";
import { START, type Link } from "../src/state";
import { histograms, spread } from "./draw/fixtures";

const one = histograms([spread(0, 1, 6), null, spread(0, 1, 9)], [0, 10, 20]);
const two = histograms([spread(2, 3, 3), [], spread(-1, 4, 12)], [0, 20, 30]);

describe("a pool of series", () => {
  const { data, of } = pool([one, two]);

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
    expect(pool([one, later]).data.wallTimes[1]).toBe(1.7e9 + 5000);
    expect(pool([one, later], true).data.wallTimes[1]).toBe(1.7e9);
  });

  it("has as many sources as it is given", () => {
    const three = pool([one, two, atStep(one, 10)]);
    expect([...three.data.steps]).toEqual([0, 0, 10, 10, 20, 20, 30]);
    expect([...three.of]).toEqual([0, 1, 0, 2, 0, 1, 1]);
  });

  it("may be empty", () => {
    const none = histograms([]);
    expect(pool([none, none], true).of).toHaveLength(0);
    expect([...pool([none, two], true).of]).toEqual([1, 1, 1]);
  });
});

describe("one record", () => {
  it("is the nearest to a step, alone, and may be cut again", () => {
    expect([...atStep(one, 17).steps]).toEqual([20]);
    expect([...atStep(one, null).steps]).toEqual([20]);
    expect([...pool([atStep(one, 0), atStep(one, 20)]).data.count]).toEqual([2, 2, 2, 3, 3, 3]);
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

describe("what is drawn over each other", () => {
  const sources: Source[] = [{ run: "a", data: one }, { run: "b", data: two }];
  const given: Wish = { link: { ...START, mode: "overlay" }, sources, cursor: null, order: ["a", "b", "c"], theme: "light" };
  const linked = (link: Partial<Link>, more: Partial<Wish> = {}) => superimposed({ ...given, link: { ...given.link, ...link }, ...more });

  it("is both runs, each in its colour", () => {
    const over = superimposed(given)!;
    expect(over.names).toEqual(["a", "b"]);
    expect(over.of).toHaveLength(6);
    expect(over.colours).toEqual([runColour(["a", "b"], "a", "light"), runColour(["a", "b"], "b", "light")]);
  });

  it("is all runs that have something to draw", () => {
    const more = [...sources, { run: "none", data: undefined }, { run: "later", data: null }, { run: "empty", data: histograms([]) }, { run: "c", data: one }];
    const over = linked({}, { sources: more })!;
    expect([over.names, [...new Set(over.of)], over.single]).toEqual([["a", "b", "c"], [0, 1, 2], false]);
    expect(linked({ mode: "step", step: 0 }, { sources: more })!.names).toEqual(["a, step 0", "b, step 0", "c, step 0"]);
  });

  it("is one record of each where one step is shown, the other's nearest", () => {
    const step = linked({ mode: "step", step: 10 }, { cursor: 20 })!;
    expect([...step.data.steps]).toEqual([20, 20]);
    expect([step.names, step.single]).toEqual([["a, step 20", "b, step 20"], true]);
    expect(linked({ mode: "step" })!.names[1]).toBe("b, step 20");
  });

  it("is two steps of one run where a second is held, whatever else is asked for", () => {
    const held = linked({ mode: "bands", apart: true, step: 20, step2: 0 })!;
    expect(held.names).toEqual(["step 20", "step 0"]);
    expect([[...held.data.steps], [...held.of]]).toEqual([[0, 20], [1, 0]]);
    expect([new Set(held.colours).size, held.single]).toEqual([2, true]);
    expect(linked({ step2: 3 }, { sources: [sources[0]!] })!.names).toEqual(["step 20", "step 0"]);
  });

  it("is nothing without a second, without records, for bands, and where runs stand side by side", () => {
    expect(linked({}, { sources: [sources[0]!, { run: "b", data: null }] })).toBeNull();
    expect(linked({}, { sources: [sources[0]!, { run: "b", data: histograms([]) }] })).toBeNull();
    expect(linked({ step2: 3 }, { sources: [{ run: "a", data: histograms([]) }] })).toBeNull();
    expect(linked({ mode: "bands" })).toBeNull();
    expect(linked({ apart: true })).toBeNull();
  });
});

describe("a measured value in the table", () => {
  it("stands with its bounds where they say more than it", () => {
    expect(bounded({ low: 1, value: 2, high: 3 })).toBe("2 (1 to 3)");
    expect(bounded({ low: 0, value: 0, high: 0 })).toBe("0");
    expect(bounded({ low: 0.1, value: 2, high: null })).toBe("2 (0.1 to ?)");
    expect(bounded({ low: null, value: null, high: null })).toBe("–");
  });
});
