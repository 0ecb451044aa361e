import { describe, expect, it } from "vitest";
import { decode, decodeHistograms, decodeMetrics, decodeScalars, RECORDS } from "../src/wire";
import { entry } from "./fixtures";
// Bytes made by the server's own wire.encode.
import bytes from "./wire.json";

const buffer = (text: string): ArrayBuffer => Uint8Array.from(atob(text), (c) => c.charCodeAt(0)).buffer;

describe("the bytes of the routes", () => {
  it("hold a metric of each series with what the buckets prove", () => {
    const metrics = decodeMetrics(buffer(bytes.metrics), ["mean", "peaks"]);
    const first = metrics.get("mean")!.get(4)!;
    expect([...first.steps]).toEqual([0, 10]);
    expect([...first.value]).toEqual([0, Number.NaN]);
    expect([...first.nonfinite]).toEqual([0, 1]);
    expect([...metrics.get("mean")!.get(9)!.low!]).toEqual([2]);
  });

  it("hold steps that series share once, of a whole run without times and bounds", () => {
    const { mean, records } = Object.fromEntries(decodeMetrics(buffer(bytes.brief), ["mean", RECORDS]));
    expect([4, 9, 7].map((id) => [...mean!.get(id)!.steps])).toEqual([[0, 10], [0, 10], [5]]);
    expect(mean!.get(4)!.steps).toBe(mean!.get(9)!.steps);
    expect([...mean!.get(9)!.value]).toEqual([2, 3]);
    expect([mean!.get(4)!.low, ...mean!.get(4)!.wallTimes]).toEqual([null]);
    expect([[...records!.get(4)!.nonfinite], records!.get(4)!.value.length]).toEqual([[0, 1], 0]);
  });

  it("leave out the bounds of a plain estimate", () => {
    expect(decodeMetrics(buffer(bytes.metrics), ["peaks"]).get("peaks")!.get(4)!.low).toBeNull();
  });

  it("hold histograms whose buckets are counted from their own first", () => {
    const found = decodeHistograms(buffer(bytes.histograms), (id) => entry({ id, tag: `tag ${id}` }));
    expect([...found.get(4)!.start]).toEqual([0, 2, 2]);
    const second = found.get(9)!;
    expect(second.tag).toBe("tag 9");
    expect([[...second.start], [...second.left], [...second.count]]).toEqual([[0, 1], [7], [5]]);
  });

  it("hold the run's scalars with their names as they are", () => {
    const [loss] = decodeScalars(buffer(bytes.scalars));
    expect(loss).toMatchObject({ tag: "train/loss <b>", kind: "loss" });
    expect([...loss!.value]).toEqual([2.5, Number.NaN]);
  });

  it("say what is missing when they are cut short", () => {
    const whole = buffer(bytes.metrics);
    expect(() => decode(whole.slice(0, 4))).toThrow("cut short");
    expect(() => decode(whole.slice(0, 20))).toThrow("cut short");
    expect(() => decodeMetrics(whole.slice(0, whole.byteLength - 1), ["mean"])).toThrow("cut short");
    expect(() => decodeMetrics(whole, ["spread"])).toThrow('no "spread.value"');
  });
});
