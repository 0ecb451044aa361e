import { describe, expect, it } from "vitest";
import { viewRun } from "../src/model";
import type { Report } from "../src/report";
import { coverageText, judgedText, stepsText, verdict, verdictText, whereAndSince } from "../src/sentence";
import { coverage, entry, finding, report } from "./fixtures";

const say = (patch: Partial<Report>): string => {
  const whole = report(patch);
  return verdictText(verdict(viewRun(whole, whole.runs[0]!), whole.progress));
};

describe("the verdict", () => {
  it("counts by severity and names the two worst things and since when", () => {
    const nan = finding({ severity: "error", title: "NaN in the loss", layers: ["probe"], tags: ["p"], fingerprint: "f2", first_step: 0 });
    const series = [entry(), entry({ tag: "p" }), entry({ tag: "q" }), entry({ tag: "r" })];
    expect(say({ series, findings: [nan, finding(), finding({ fingerprint: "f3", tags: ["q"] })] })).toBe(
      "1 error, 2 warnings in 3 of 4 tensors: NaN in the loss in probe, and dead units in wide/fc2 from step 3,400.",
    );
  });

  it("counts no tensor where the loss alone is struck", () => {
    const flat = finding({ title: "The loss diverges", tags: ["train/loss"], layers: [], first_step: 100 });
    expect(say({ findings: [flat] })).toBe("1 warning beside 2 tensors: the loss diverges in train/loss from step 100.");
    const loss = finding({ title: "The loss does not fall", tags: ["loss"], layers: [], first_step: 0 });
    expect(say({ findings: [loss] })).toBe("1 warning beside 2 tensors: the loss does not fall.");
  });

  it("says what was checked when nothing is wrong", () => {
    expect(say({})).toBe("Nothing found in 2 tensors: 1 of 1 rule looked at every record of this run.");
  });

  it("says how far it is while measuring goes on", () => {
    expect(say({ progress: { judged: 312, total: 5000 } })).toBe("Nothing found so far: judged 312 of 5,000 tensors.");
    expect(say({ progress: { judged: 1, total: 2 }, findings: [finding()] })).toBe(
      "1 warning so far, in 1 of 2 tensors: dead units in wide/fc2 from step 3,400.",
    );
  });
});

describe("a finding's place", () => {
  it("shortens many layers and says all steps for what was always so", () => {
    const wide = finding({ layers: ["deep/fc1", "deep/fc2", "deep/fc3"], first_step: 100 });
    expect(whereAndSince(wide, 100)).toBe("deep/fc1 … fc3 · all steps");
    expect(whereAndSince(finding({ layers: ["a/x", "b/y"] }), 0)).toBe("a/x, b/y · from step 3,400");
  });
});

describe("a cause with many findings", () => {
  it("names the first layer and counts the others", () => {
    const findings = ["a", "b", "c"].map((layer, i) => finding({ layers: [layer], tags: [layer], fingerprint: `f${i}` }));
    const group = { ...report({ findings }).groups[0]!, title: "Gradient starvation", fingerprints: ["f0", "f1", "f2"] };
    expect(say({ findings, groups: [group] })).toContain(
      ": dead units in a and 2 more layers from step 3,400 (gradient starvation).",
    );
  });
});

describe("the facts of a run", () => {
  const whole = report({
    series: [entry(), entry({ tag: "p", judged: false })],
    coverage: [coverage(), coverage({ rule: "b", clear: 0 }), coverage({ rule: "c", clear: 0, error: 1 })],
  });
  const view = viewRun(whole, whole.runs[0]!);

  it("are its steps, which rules ran and which tensors are judged", () => {
    expect(stepsText(view)).toBe("steps 0–5,900, 60 records");
    expect(coverageText(view)).toBe("1 of 3 rules ran, 1 failed");
    expect(judgedText(view, { judged: 2, total: 2 })).toBe("1 of 2 tensors judged");
    expect(judgedText(view, { judged: 1, total: 2 })).toBe("");
    expect(stepsText({ ...view, run: { ...view.run, records: 1, last_step: 0, steps_are_epochs: true } })).toBe("step 0 (epochs), 1 record");
  });

  it("go unsaid where there is nothing to say", () => {
    const empty = { ...view, coverage: [], run: { ...view.run, first_step: null, last_step: null } };
    expect([stepsText(empty), coverageText(empty)]).toEqual(["", ""]);
  });
});
