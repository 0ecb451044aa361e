import { describe, expect, it } from "vitest";
import type { MetricDoc } from "../src/report";
import { passingMarks, stripsOf } from "../src/strip-data";
import { evidence, finding } from "./fixtures";

const steps = Float64Array.of(0, 1);
const line = { id: 0, steps, wallTimes: steps, nonfinite: new Uint8Array(2), low: null, value: steps, high: null };
const metric = () => line;
const doc = (name: string): MetricDoc => ({
  name, title: `${name} of all`, unit: name === "mean" ? "value" : "", scale: "linear", map: "magnitude", bounded: true, text: "",
});
const tag = "wide/fc2/bias.grad";
const loss = (kind: string, values: number[]) => ({
  tag: `run/${kind}`, kind, steps, wallTimes: steps, value: Float64Array.from(values),
});

describe("the strips under the twin", () => {
  it("begin with the judged metric and its threshold, and show nothing twice", () => {
    const strips = stripsOf(tag, finding(), metric, doc, []);
    expect(strips.map(({ title }) => title)).toEqual(["zeros", "mean", "spread", "drift"]);
    expect(strips[0]!.thresholds).toEqual([{ value: 0.5, label: "zeros in the bias gradient", severity: "warning" }]);
    expect(strips[1]!.thresholds).toEqual([]);
  });

  it("draw no threshold that the line cannot be compared with", () => {
    const ratio = finding({ evidence: [evidence({ value: 60 })] });
    expect(stripsOf(tag, ratio, metric, doc, [])[0]!.thresholds).toEqual([]);
  });

  it("end with the losses on one axis, logarithmic only where all are positive", () => {
    const both = [loss("validation-loss", [2, 1]), loss("loss", [1, 0.5])];
    const last = stripsOf(tag, null, metric, doc, both).at(-1)!;
    expect(last).toMatchObject({ title: "loss", scale: "log", lines: [{ label: "train" }, { label: "val" }] });
    const negative = stripsOf(tag, null, metric, doc, [loss("loss", [1, -1])]).at(-1)!;
    expect(negative.scale).toBe("linear");
  });

  it("have a line for each of several runs, the shown one's first, and of losses each run's first", () => {
    const runs = ["a", "b", "c"].map((run) => ({
      run, colour: `#${run}`, metric: (name: string) => (run === "c" && name === "drift" ? null : line), scalars: [loss("validation-loss", [3, 2]), loss("loss", [2, 1])],
    }));
    const strips = stripsOf(tag, finding(), metric, doc, runs[0]!.scalars, runs);
    expect(strips.map(({ lines }) => lines.map(({ label, colour }) => `${label}${colour}`).join(" "))).toEqual([
      "a#a b#b c#c", "a#a b#b c#c", "a#a b#b c#c", "a#a b#b", "a#a b#b c#c",
    ]);
    expect([...strips.at(-1)!.lines[1]!.series.value]).toEqual([2, 1]);
    expect(strips[0]!.thresholds).toHaveLength(1);
  });

  it("draw a loss's threshold under any tensor, on the curve of its kind where two share a tag", () => {
    const both = [loss("loss", [2, 1]), loss("validation-loss", [2, 1])].map((scalar) => ({ ...scalar, tag: "epoch_loss" }));
    const row = evidence({ tag: "epoch_loss", metric: "validation-loss", value: 1.5, threshold: 1.2, label: "last" });
    const own = finding({ tags: ["epoch_loss"], layers: [], evidence: [row] });
    const last = stripsOf(tag, own, metric, doc, both).at(-1)!;
    expect(last.thresholds).toEqual([{ value: 1.2, label: "last", severity: "warning" }]);
    const none = finding({ tags: ["epoch_loss"], layers: [], evidence: [{ ...row, metric: "accuracy" }] });
    expect(stripsOf(tag, none, metric, doc, both).at(-1)!.thresholds).toEqual([]);
  });
});

describe("what an evidence row points at", () => {
  it("is its step, and its value where that lies on the histogram's axis", () => {
    expect(passingMarks(evidence()).map(({ kind }) => kind)).toEqual(["step"]);
    expect(passingMarks(evidence({ metric: "mean", step: null, value: 0.1 }))).toMatchObject([{ kind: "value", low: 0.1 }]);
  });
});
