import { describe, expect, it } from "vitest";
import { bulletOf, reached } from "../src/bullet";
import { chooseRun, leadEvidence, outcomes, spanOn, viewRun, worstByTag } from "../src/model";
import { compare } from "../src/session";
import { sparkOf } from "../src/spark";
import { coverage, entry, evidence, finding, report } from "./fixtures";

describe("a run of the report", () => {
  it("stands in forward order, roles within a layer as they are computed", () => {
    const series = [
      entry({ id: 0, layer: "b", order: null, tag: "b10", role: "weight" }),
      entry({ id: 1, layer: "b", order: null, tag: "b9", role: "weight" }),
      entry({ id: 2, layer: "a", order: 1, role: "bias" }),
      entry({ id: 3, layer: "a", order: 1, role: "weight" }),
      entry({ id: 4, layer: "z", order: 0, role: "activation" }),
    ];
    const whole = report({ series });
    expect(viewRun(whole, whole.runs[0]!).series.map(({ id }) => id)).toEqual([4, 3, 2, 1, 0]);
  });

  it("gives a finding that no group claims a card of its own", () => {
    const whole = report({ findings: [finding()], groups: [] });
    expect(viewRun(whole, whole.runs[0]!).cards).toMatchObject([{ group: { title: "Dead units" }, findings: [{ fingerprint: "f1" }] }]);
  });

  it("is the linked one, else that of the linked finding, else the one with the worst finding", () => {
    const runs = ["a", "b", "c"].map((run) => ({ ...report().runs[0]!, run }));
    const findings = [finding({ run: "b" }), finding({ run: "c", severity: "error", fingerprint: "f2" })];
    const whole = report({ runs, findings });
    expect(chooseRun(whole, "a", "f1")?.run).toBe("a");
    expect(chooseRun(whole, "gone", "f1")?.run).toBe("b");
    expect(chooseRun(whole, "", "")?.run).toBe("c");
    expect(chooseRun(report({ runs: [] }), "", "")).toBeNull();
  });

  it("tells rules that ran from those that wait and those that failed", () => {
    const rows = [coverage(), coverage({ clear: 0, not_applicable: 3 }), coverage({ clear: 0, error: 1 })];
    const { ran, waiting, failed } = outcomes(rows);
    expect([ran, waiting, failed]).toEqual([[rows[0]], [rows[1]], [rows[2]]]);
  });
});

describe("a finding", () => {
  const spans = [
    { tag: "x", first_step: 10, last_step: 20, severity: "info" as const },
    { tag: "x", first_step: 40, last_step: 50, severity: "warning" as const },
  ];

  it("is active on a tag over all its spans there", () => {
    expect(spanOn(finding({ tags: ["x", "y"], spans }), "x")).toEqual([10, 50]);
    expect(spanOn(finding({ tags: ["x", "y"], spans }), "y")).toEqual([3400, 5900]);
    expect(spanOn(finding(), "elsewhere")).toBeNull();
  });

  it("gives each tag the worst of its severities", () => {
    const worst = worstByTag([finding({ tags: ["x", "y"], spans }), finding({ tags: ["y"], severity: "error" })]);
    expect([...worst]).toEqual([["x", "warning"], ["y", "error"]]);
  });

  it("is led by the evidence that reached its threshold, where one of several is enough", () => {
    const [short, over] = [evidence({ value: 0.2, threshold: 0.5 }), evidence({ value: 0.96, threshold: 0.95 })];
    expect(leadEvidence(finding({ evidence: [short, over] }))).toBe(over);
    expect(leadEvidence(finding({ evidence: [evidence({ threshold: null }), short] }))).toBe(short);
    expect(leadEvidence(finding({ evidence: [] }))).toBeNull();
  });

  it("is new or gone by its fingerprint", () => {
    const [before, after] = [["f1", "f2"], ["f2", "f3"]].map((prints) =>
      report({ findings: prints.map((fingerprint) => finding({ fingerprint })) }),
    );
    expect(compare(before!, after!)).toEqual({ added: ["f3"], gone: ["f1"] });
  });
});

describe("evidence as a dot on a line", () => {
  it("puts the value on its side of the threshold, with what is proved around it", () => {
    const over = bulletOf(evidence(), "fraction")!;
    expect(over.value).toBeGreaterThan(over.threshold);
    expect(over.proved![0]).toBeLessThan(over.threshold);
    const tiny = bulletOf(evidence({ unit: "", value: 1e-9, low: null, threshold: 1e-5 }), "")!;
    expect(tiny.value).toBeLessThan(tiny.threshold);
    expect(tiny.proved).toBeNull();
    expect(bulletOf(evidence({ threshold: null }), "")).toBeNull();
  });

  it("knows whether the threshold was reached", () => {
    expect(reached(evidence())).toBe(true);
    expect(reached(evidence({ value: 0.1 }))).toBe(false);
    expect(reached(evidence({ value: 0.1, comparison: "under" }))).toBe(true);
  });
});

describe("the line on a card", () => {
  const series = (value: number[], nonfinite = value.map(() => 0)) => ({
    id: 0, steps: Float64Array.from(value, (_, i) => i), wallTimes: new Float64Array(value.length), low: null, high: null,
    nonfinite: Uint8Array.from(nonfinite), value: Float64Array.from(value),
  });

  it("breaks where a value is missing or has no logarithm", () => {
    expect(sparkOf(series([1, Number.NaN, 2, 3]), [], false).line.match(/M/g)).toHaveLength(2);
    expect(sparkOf(series([1, 10, 0, 3]), [], true).line).not.toContain("NaN");
  });

  it("has room for its threshold and marks what is not finite", () => {
    const { thresholds, nonfinite } = sparkOf(series([1, Number.NaN], [0, 1]), [100], true);
    expect(thresholds[0]).toBeGreaterThanOrEqual(3);
    expect(nonfinite).toHaveLength(1);
  });
});
