import { describe, expect, it } from "vitest";
import { field, fileName, findingsJson, histogramsCsv, histogramsJson, metricsCsv, metricsJson } from "../src/files";
import { metric } from "./draw/fixtures";
import { finding } from "./fixtures";

const data = {
  id: 0, run: "r", tag: "⟨U+202E⟩t", steps: Float64Array.of(0, 10), wallTimes: Float64Array.of(1.5, 2.5), nonfinite: Uint8Array.of(0, 1),
  start: Int32Array.of(0, 2, 2), left: Float64Array.of(-1, 0), right: Float64Array.of(0, 1e-9), count: Float64Array.of(3, 4),
};
const measures = new Map([["mean", metric([1, Number.NaN], { low: Float64Array.of(-Infinity, Number.NaN), high: Float64Array.of(2, 3) })]]);

describe("a file's name", () => {
  it("is made of run and tag", () => {
    expect(fileName(["train/v1", "dense 1/kernel:0", "histograms"], "csv")).toBe("histdiag-train-v1-dense-1-kernel-0-histograms.csv");
    expect(fileName([".", "重み", "metrics"], "json")).toBe("histdiag-重み-metrics.json");
  });

  it.each(["../../etc/passwd", "CON", "a\u202egpj.exe", "x\0y", "<img src=x onerror=alert(1)>", "a\\b|c?d*e\"f", "𝒳".repeat(5000), "\ud800x", " . "])(
    "is safe for %j",
    (name) => {
      const made = fileName([name, name], "svg");
      expect(made).toMatch(/^histdiag[\p{L}\p{M}\p{N}._-]*\.svg$/u);
      expect(new TextEncoder().encode(made).length).toBeLessThanOrEqual(255);
    },
  );
});

describe("data as files", () => {
  it("has a row a bucket, and one for a record that was not finite", () => {
    expect(histogramsCsv(data)).toBe("step,wall_time,left,right,count\n0,1.5,-1,0,3\n0,1.5,0,1e-9,4\n10,2.5,nan,nan,\n");
    expect(JSON.parse(histogramsJson(data))).toEqual({
      run: "r", tag: "\u202et",
      records: [
        { step: 0, wall_time: 1.5, finite: true, left: [-1, 0], right: [0, 1e-9], count: [3, 4] },
        { step: 10, wall_time: 2.5, finite: false, left: [], right: [], count: [] },
      ],
    });
  });

  it("has metrics with their bounds, and says what is infinite or not known", () => {
    expect(metricsCsv("a,b", '=1+"x"', measures)).toBe(
      'run,tag,step,metric,low,value,high\n"a,b","\'=1+""x""",0,mean,-inf,1,2\n"a,b","\'=1+""x""",100,mean,,,3\n',
    );
    expect(JSON.parse(metricsJson("r", "t", measures, new Map()))).toEqual({
      run: "r", tag: "t", metrics: [{ metric: "mean", step: [0, 100], low: ["-inf", null], value: [1, null], high: [2, 3] }],
    });
  });

  it("keeps names from being taken for more fields or formulas", () => {
    expect(["a\nb", "@x", "-1", "plain", null, -1, Infinity].map(field)).toEqual(['"a\nb"', "'@x", "'-1", "plain", "", "-1", "inf"]);
  });

  it("names the findings that are muted, and leaves them out", () => {
    const told = JSON.parse(findingsJson("a", [finding()], [finding({ fingerprint: "f2" })])) as Record<string, unknown>;
    expect(told).toMatchObject({ run: "a", findings: [{ fingerprint: "f1" }], muted: [{ fingerprint: "f2", rule: "dead-units" }] });
  });
});
