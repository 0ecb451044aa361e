/** Numbers and names as people read them. */
import { abs, max } from "./draw/math";
import { percent, short, signed, whole } from "./draw/numbers";
import type { Comparison, Severity } from "./report";

export const WORD: Record<Severity, string> = { error: "Error", warning: "Warning", info: "Note" };
export const RANK: Record<Severity, number> = { error: 0, warning: 1, info: 2 };

/** The worse of two severities; the first of equals. */
export const worse = (a: Severity | null | undefined, b: Severity): Severity => (a && RANK[a] <= RANK[b] ? a : b);
export const SEVERITIES: readonly Severity[] = ["error", "warning", "info"];
export const SIGN: Record<Comparison, string> = { over: "≥", under: "≤", equal: "=" };

export const plural = (count: number, noun: string): string => `${whole(count)} ${noun}${count === 1 ? "" : "s"}`;

/** A value in its unit; shares (unit "share", or scale "fraction") as percentages. The tensor's own unit goes unsaid. */
export function amount(value: number | null, unit: string, scale = ""): string {
  if (unit === "share" || scale === "fraction") return percent(value);
  const size = abs(value ?? 0);
  const plain = value != null && size >= 1000 && size < 1e5 ? whole(value) : short(value, size >= 0.1 ? 3 : 2);
  return unit && unit !== "value" && value != null ? `${plain} ${unit}` : plain;
}

/** "deep/fc1 … fc3": first and last of many, the second without what both begin with. */
export function layersText(layers: readonly string[]): string {
  const first = layers[0] ?? "";
  const last = layers.at(-1) ?? "";
  if (layers.length < 2) return first;
  const shared = max(first.lastIndexOf("/"), first.lastIndexOf(".")) + 1;
  const tail = shared && last.startsWith(first.slice(0, shared)) ? last.slice(shared) : last;
  return layers.length === 2 ? `${first}, ${tail}` : `${first} … ${tail}`;
}

/** "Dead units" within a sentence; "NaN in …" stays as it is. */
export const lowerFirst = (text: string): string =>
  /^[A-Z][a-z]/.test(text) && !text.startsWith("NaN") ? text.charAt(0).toLowerCase() + text.slice(1) : text;

/** Paragraphs of a text of the rules' documentation; single line breaks are only wrapping. */
export const paragraphs = (text: string): string[] =>
  signed(text).split(/\n\s*\n/).map((part) => part.replace(/\s+/g, " ").trim()).filter(Boolean);
