/** Severity as a shape: a cross in a square, a triangle, a ring with an i, a tick. */
import { svg, type TemplateResult } from "lit";

export const BODY = {
  error: svg`<rect x="1" y="1" width="14" height="14" rx="3" /><path class="on" d="m5 5 6 6m0-6-6 6" />`,
  warning: svg`<path d="M8 .8 15.8 15H.2z" /><path class="on" d="M8 6v4M8 12.6v.1" />`,
  info: svg`<circle cx="8" cy="8" r="7.2" /><path class="on" d="M8 7.4V11.4M8 4.6v.1" />`,
} as const;

export const WORDS: Readonly<Record<string, string>> = {
  error: "error",
  warning: "warning",
  info: "note",
  clear: "clear",
  "not-applicable": "not applicable",
  "no-data": "no data",
  "not-finite": "not finite",
};

/** The sign of a severity with its upper left corner at x, y. */
export const sign = (severity: keyof typeof BODY, x: number, y: number, size: number): TemplateResult =>
  svg`<g class="sign ${severity}" transform="translate(${x} ${y}) scale(${size / 16})" fill="currentColor"><title>${WORDS[severity]}</title>${BODY[severity]}</g>`;
