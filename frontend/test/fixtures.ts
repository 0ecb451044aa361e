/** A small report to start from; each test changes what it is about. */
import type { Coverage, Evidence, Finding, Report, RuleDoc, SeriesEntry } from "../src/report";

export const evidence = (patch: Partial<Evidence> = {}): Evidence => ({
  tag: "wide/fc2/bias.grad", metric: "zeros", label: "zeros in the bias gradient", step: 3400, low: 0, value: 0.77, high: 0.78,
  word: "", threshold: 0.5, comparison: "over", unit: "share", ...patch,
});

export const finding = (patch: Partial<Finding> = {}): Finding => ({
  rule: "dead-units", severity: "warning", strength: "likely", run: "a", tags: ["wide/fc2/bias.grad"], role: "bias-gradient",
  layers: ["wide/fc2"], first_step: 3400, last_step: 5900, evidence: [evidence()], marks: [], spans: [], title: "Dead units",
  summary: "77 % of the bias gradient is exactly 0", explanation: "About 37 of the 48 units get no gradient.",
  advice: ["Lower the learning rate."], references: ["Lu et al. 2019"], fingerprint: "f1", explained_by: [], ...patch,
});

export const entry = (patch: Partial<SeriesEntry> = {}): SeriesEntry => ({
  id: 0, run: "a", tag: "wide/fc2/bias.grad", role: "bias-gradient", layer: "wide/fc2", network: "wide", order: 1, records: 60,
  first_step: 0, last_step: 5900, size: 48, sampled: false, judged: true, why_not: "", ...patch,
});

export const coverage = (patch: Partial<Coverage> = {}): Coverage => ({
  run: "a", rule: "dead-units", found: 0, clear: 1, not_applicable: 0, error: 0, reasons: [], ...patch,
});

export const rule: RuleDoc = {
  rule: "dead-units", title: "Dead units", severity: "warning", scope: "series", roles: ["activation"], default: true,
  summary: "", what: "", why: "A unit without a gradient cannot recover.", how: "", advice: [], harmless: "Sparse by design.",
  references: [],
};

export function report(patch: Partial<Report> = {}): Report {
  const findings = patch.findings ?? [];
  return {
    schema_version: 1, version: "1", revision: "r", log: "l", progress: { judged: 2, total: 2 },
    runs: [
      {
        run: "a", series: 2, records: 60, first_step: 0, last_step: 5900, steps_are_epochs: false, order_known: true,
        missing: [], scalars: [],
      },
    ],
    series: [entry(), entry({ id: 1, tag: "wide/fc1/weight", role: "weight", layer: "wide/fc1", order: 0 })],
    findings,
    groups: findings.map(({ run, rule: kind, title, severity, fingerprint }) => ({
      run, kind, title, severity, fingerprints: [fingerprint],
    })),
    readings: [], coverage: [coverage()], configuration: { source: "defaults", profile: "default", muted: 0, text: "" }, messages: [], ...patch,
  };
}
