/** A measured value as a dot on a line, with the threshold upright and what the buckets prove in grey. */
import { html, svg, type TemplateResult } from "lit";
import { abs, clamp, log10, max, min } from "./draw/math";
import type { Evidence, Severity } from "./report";

const WIDTH = 120;

export interface Bullet {
  readonly value: number;
  readonly threshold: number;
  readonly proved: readonly [number, number] | null;
}

/** Places on the line in pixels, or null where there is nothing to compare. Pure. */
export function bulletOf(row: Evidence, scale: string): Bullet | null {
  const { value, threshold, low, high, unit } = row;
  if (value == null || threshold == null) return null;
  const share = unit === "share" || scale === "fraction";
  const positive = [value, threshold].every((number) => number > 0);
  const far = positive && max(value / threshold, threshold / value) > 20;
  const log = !share && positive && (scale === "log" || far);
  const place = (number: number) => (log ? log10(max(number, Number.MIN_VALUE)) : number);
  const [from, to] = [place(min(value, threshold)), place(max(value, threshold))];
  const pad = log ? 1 : (to - from || abs(to) || 1) * 0.5;
  const [left, right] = share ? [0, 1] : [from - pad, to + pad];
  const x = (number: number) => clamp(4 + ((WIDTH - 8) * (place(number) - left)) / (right - left), 4, WIDTH - 4);
  return { value: x(value), threshold: x(threshold), proved: low == null || high == null ? null : [x(low), x(high)] };
}

export function bullet(row: Evidence, scale: string, severity: Severity | "muted"): TemplateResult | null {
  const places = bulletOf(row, scale);
  if (!places) return null;
  const proved = places.proved;
  return html`<svg class="bullet" width=${WIDTH} height="10" aria-hidden="true">
    <path d="M0 5H${WIDTH}" stroke="var(--line)" stroke-width="2" />
    ${proved && svg`<path d="M${proved[0]} 5H${proved[1]}" stroke="var(--line-strong)" stroke-width="4"/>`}
    <path d="M${places.threshold} 0V10" stroke="var(--ink)" stroke-width="1.5" />
    <circle cx=${places.value} cy="5" r="3.5" class=${severity} fill="currentColor" />
  </svg>`;
}

/** Whether the measured value is on the bad side of its threshold. */
export function reached(row: Evidence): boolean {
  if (row.threshold == null) return false;
  if (row.value == null) return row.word !== "";
  if (row.comparison === "over") return row.value >= row.threshold;
  return row.comparison === "under" ? row.value <= row.threshold : row.value === row.threshold;
}
