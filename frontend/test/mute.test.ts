import { describe, expect, it } from "vitest";
import { NONE, quiet } from "../src/mute";
import { finding, report } from "./fixtures";

const one = finding({ fingerprint: "1", title: "Dead units", rule: "dead-units", severity: "warning" });
const two = finding({ fingerprint: "2", title: "No gradient", rule: "no-gradient", severity: "error" });
const three = finding({ fingerprint: "3", title: "Dead units", rule: "dead-units", severity: "info" });
const starved = { run: "a", kind: "cause", title: "Gradient starvation", severity: "error" as const, fingerprints: ["2", "1", "3"] };
const all = { ...report({ findings: [two, one, three] }), groups: [starved] };
const prints = (list: readonly { fingerprint: string }[]) => list.map(({ fingerprint }) => fingerprint).join();

describe("muting", () => {
  it("leaves a report alone where nothing of it is muted", () => {
    expect(quiet(all, NONE)).toEqual({ report: all, muted: [] });
    expect(quiet(all, { findings: ["gone"], rules: ["other"] }).report).toBe(all);
  });

  it("sets a finding or a rule aside, wherever it stands", () => {
    const { report: left, muted } = quiet(all, { findings: ["2"], rules: [] });
    expect([prints(left.findings), prints(muted)]).toEqual(["1,3", "2"]);
    expect(left.groups).toEqual([{ ...starved, title: "Dead units", severity: "warning", fingerprints: ["1", "3"] }]);
    const ruled = quiet(all, { findings: [], rules: ["dead-units"] });
    expect([prints(ruled.report.findings), prints(ruled.muted)]).toEqual(["2", "1,3"]);
    expect(quiet(all, { findings: ["2"], rules: ["dead-units"] }).report.groups).toEqual([]);
  });

  it("keeps the name of a cause while several rules show it", () => {
    expect(quiet(all, { findings: ["3"], rules: [] }).report.groups[0]).toMatchObject({ title: "Gradient starvation", severity: "error" });
    const led = { ...all, groups: [{ ...starved, title: "No gradient", fingerprints: ["2", "1", "4"] }] };
    const four = finding({ fingerprint: "4", title: "Saturated", rule: "saturated", severity: "info" });
    const left = quiet({ ...led, findings: [two, one, four] }, { findings: ["2"], rules: [] }).report.groups[0];
    expect(left).toMatchObject({ title: "Dead units", severity: "warning" });
  });
});
