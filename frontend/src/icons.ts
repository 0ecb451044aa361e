/** Signs: a shape for each severity, so that colour never stands alone. */
import { html, svg, type TemplateResult } from "lit";
import type { Severity } from "./report";

const SHAPES = {
  error: svg`<rect x="1" y="1" width="14" height="14" rx="3"/><path class="on" d="m5 5 6 6m0-6-6 6"/>`,
  warning: svg`<path d="M8 .8 15.8 15H.2z"/><path class="on" d="M8 6v4M8 12.6v.1"/>`,
  info: svg`<circle cx="8" cy="8" r="7.2"/><path class="on" d="M8 7.4V11.4M8 4.6v.1"/>`,
  clear: svg`<circle cx="8" cy="8" r="7.2"/><path class="on" d="m4.8 8.2 2.2 2.3 4.2-4.6"/>`,
} as const;

/** A sign; with a title it is a picture of that name, without one it is decoration. */
export function icon(kind: Severity | "clear", title = ""): TemplateResult {
  return title
    ? html`<svg class="ico ${kind}" viewBox="0 0 16 16" fill="currentColor" role="img" aria-label=${title}>${SHAPES[kind]}</svg>`
    : html`<svg class="ico ${kind}" viewBox="0 0 16 16" fill="currentColor" aria-hidden="true">${SHAPES[kind]}</svg>`;
}

export const chevron = (open: boolean): TemplateResult =>
  html`<svg viewBox="0 0 8 8" width="8" height="8" fill="currentColor" aria-hidden="true">
    <path d=${open ? "M0 2h8L4 7z" : "M2 0v8l5-4z"} />
  </svg>`;
