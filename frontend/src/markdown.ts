/** A finding as Markdown, for an issue or a chat. Pure; names are untrusted and stand as code. */
import { max } from "./draw/math";
import { amount, SIGN, WORD } from "./format";
import { spanWords } from "./draw/numbers";
import type { Evidence, Finding, MetricDoc, RuleDoc } from "./report";
import { where } from "./sentence";

/** Inline code that no backtick inside can end; line breaks would end it too. */
export function code(text: string): string {
  const plain = text.replace(/\s+/g, " ");
  const longest = max(0, ...(plain.match(/`+/g) ?? []).map((run) => run.length));
  const fence = "`".repeat(longest + 1);
  const pad = plain.startsWith("`") || plain.endsWith("`") ? " " : "";
  return `${fence}${pad}${plain}${pad}${fence}`;
}

/** Sentences may hold names; nothing in them is to be read as Markdown or HTML. */
export const plain = (text: string): string =>
  text.replace(/\s+/g, " ").replace(/[\\`*[\]<&|~]|(?<![^\W_])_|_(?![^\W_])|^[#>+-]/g, "\\$&");

export const measuredText = (row: Evidence, scale: string): string =>
  row.value == null && row.word ? row.word : amount(row.value, row.unit, scale);

export const boundsText = (row: Evidence, scale: string): string =>
  row.low == null || row.high == null || row.low === row.high
    ? ""
    : `${amount(row.low, row.unit, scale)} to ${amount(row.high, row.unit, scale)}`;

export const thresholdText = (row: Evidence, scale: string): string =>
  row.threshold == null ? "–" : `${SIGN[row.comparison]} ${amount(row.threshold, row.unit, scale)}`;

export function findingMarkdown(
  finding: Finding,
  doc: RuleDoc | null,
  metric: (name: string) => MetricDoc | null,
  link: string,
): string {
  const rows = finding.evidence.map((row) => {
    const scale = metric(row.metric)?.scale ?? "";
    const cells = [row.label, measuredText(row, scale), boundsText(row, scale), thresholdText(row, scale)].map(plain);
    return `| ${[...cells, row.tag ? code(row.tag).replaceAll("|", "\\|") : "", row.step ?? ""].join(" | ")} |`;
  });
  return [
    `### ${WORD[finding.severity]}: ${finding.title} (${finding.strength})`,
    `Run ${code(finding.run || ".")}, ${code(where(finding))}, ${spanWords(finding.first_step, finding.last_step)}. Rule ${code(finding.rule)}.`,
    plain(finding.summary),
    plain(finding.explanation),
    ["| evidence | measured | bounds | threshold | tensor | step |", "|---|---|---|---|---|---|", ...rows].join("\n"),
    finding.advice.length ? `**What to try**\n\n${finding.advice.map((item) => `- ${item}`).join("\n")}` : "",
    doc?.harmless ? `**When it is harmless**\n\n${doc.harmless.trim()}` : "",
    link,
  ]
    .filter(Boolean)
    .join("\n\n") + "\n";
}
