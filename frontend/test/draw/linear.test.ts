import { describe, expect, it } from "vitest";
import { linearScale, niceDomain, roundTicks } from "../../src/draw/linear";
// Rows [domain, wanted, nice domain, ticks], made by scaleLinear of d3-scale 4.0.2, which stood in the bundle before.
import golden from "./ticks.json";

type Ends = [number, number];
const cases = golden as [Ends, number, Ends, number[]][];

describe("a linear axis", () => {
  it.each(cases)("has d3's round values for %j, about %d", (domain, wanted, nice, ticks) => {
    expect(roundTicks(domain, wanted)).toEqual(ticks);
    expect(niceDomain(domain, wanted)).toEqual(nice);
  });

  it("maps its domain to its range and back", () => {
    const scale = linearScale([-2, 6], [10, 90]);
    expect([-2, 0, 6, 8].map(scale)).toEqual([10, 30, 90, 110]);
    expect([10, 30, 90, 110].map(scale.invert)).toEqual([-2, 0, 6, 8]);
    expect(linearScale([0, 1], [50, 0])(0.25)).toBe(37.5);
  });

  it("puts a domain of no width into the middle", () => {
    const scale = linearScale([3, 3], [0, 10]);
    expect(scale(3)).toBe(5);
    expect(scale.ticks(5)).toEqual([3]);
  });
});
