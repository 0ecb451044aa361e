import { describe, expect, it } from "vitest";
import { STEP_PAD, nearest, niceStep, recordAt, rhythm, stepScale, stepTicks, unite } from "../../src/draw/steps";

describe("the step axis", () => {
  it("gives a step the same x wherever domain and width are the same, and finds it again", () => {
    const scale = stepScale([0, 5900], 406);
    expect(scale(0)).toBe(STEP_PAD);
    expect(scale(5900)).toBe(406 - STEP_PAD);
    expect(scale.invert(scale(3400))).toBeCloseTo(3400, 9);
  });

  it("puts a single step in the middle", () => {
    const scale = stepScale([7, 7], 100);
    expect(scale(7)).toBe(50);
    expect(scale.invert(3)).toBeCloseTo(7);
    expect(stepTicks(scale)).toEqual([7]);
  });

  it.each([[[0, 5900], 406], [[100, 105], 300], [[0, 2_000_000], 500], [[-1, 1], 200], [[14, 1199], 90]] as const)(
    "has ticks for %j on %d px that do not touch, with both ends where they fit",
    (domain, width) => {
      const scale = stepScale(domain, width);
      const ticks = stepTicks(scale);
      expect(ticks[0]).toBe(domain[0]);
      expect([...ticks].sort((a, b) => a - b)).toEqual(ticks);
      for (let i = 1; i < ticks.length; i++) expect(scale(ticks[i]!) - scale(ticks[i - 1]!)).toBeGreaterThan(45);
    },
  );

  it.each([[0.7, 1], [1.4, 2], [23, 50], [600, 1000], [2000, 2000]])("rounds %d up to %d", (raw, nice) => expect(niceStep(raw)).toBe(nice));
});

describe("records", () => {
  it("are found by the nearest step", () => {
    expect([-5, 0, 40, 60, 999].map((step) => nearest([0, 50, 100], step))).toEqual([0, 0, 1, 1, 2]);
    expect(nearest([], 3)).toBe(-1);
    expect(nearest([9], 3)).toBe(0);
  });

  it("do not stand for a step in a hole of the log", () => {
    const steps = [0, 100, 200, 1000, 1100];
    expect(recordAt(steps, 150)).toBeGreaterThan(0);
    expect(recordAt(steps, 600)).toBe(-1);
    expect(recordAt([500], 500)).toBe(0);
    expect(recordAt([500], 0)).toBe(-1);
  });

  it("have a rhythm that single gaps do not change", () => {
    expect(rhythm([0, 100, 200, 900, 1000])).toBe(100);
    expect(rhythm([3])).toBe(0);
  });

  it("are united in numeric order", () => {
    expect(Array.from(unite([[0, 100, 1000], Float64Array.of(9, 100)]))).toEqual([0, 9, 100, 1000]);
  });
});
