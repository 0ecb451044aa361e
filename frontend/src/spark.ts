/** The judged metric as a small line with its threshold; the card's text says the same in figures. */
import { html, svg, type TemplateResult } from "lit";
import { log10, max, min } from "./draw/math";
import { linePath } from "./draw/band";
import type { Severity } from "./report";
import type { MetricSeries } from "./types";

const [WIDTH, HEIGHT] = [88, 32];

export interface Spark {
  readonly line: string;
  readonly thresholds: readonly number[];
  readonly nonfinite: readonly number[];
}

/** Path and places in pixels; a gap where a value is missing, or not positive on a logarithmic axis. Pure. */
export function sparkOf(series: MetricSeries, limits: readonly number[], log: boolean): Spark {
  const place = (value: number) => (log ? log10(value) : value);
  const shown = (value: number) => isFinite(place(value));
  const all = [...series.value, ...limits].filter(shown).map(place);
  const [low, high] = [min(...all), max(...all)];
  const [first, last] = [series.steps[0] ?? 0, series.steps.at(-1) ?? 0];
  const x = (step: number) => 1 + ((step - first) / (last - first || 1)) * (WIDTH - 2);
  const y = (value: number) => 3 + (HEIGHT - 6) * (high > low ? 1 - (place(value) - low) / (high - low) : 0.5);
  return {
    line: linePath(series.steps, series.value.map((value) => (shown(value) ? value : NaN)), x, y),
    thresholds: limits.filter(shown).map(y),
    nonfinite: [...series.nonfinite].flatMap((flag, index) => (flag ? [x(series.steps[index]!)] : [])),
  };
}

export function spark(series: MetricSeries, limits: readonly number[], log: boolean, severity: Severity): TemplateResult {
  const { line, thresholds, nonfinite } = sparkOf(series, limits, log);
  return html`<svg width=${WIDTH} height=${HEIGHT} aria-hidden="true">
    ${nonfinite.map((x) => svg`<rect x=${x - 1.5} width="3" height=${HEIGHT} fill="var(--cell-error)"/>`)}
    ${thresholds.map((y) => svg`<path class=${severity} d="M0 ${y}H${WIDTH}" stroke="currentColor" stroke-dasharray="4 2"/>`)}
    <path d=${line} fill="none" stroke="var(--series)" stroke-width="1.25" />
  </svg>`;
}
