/** Signs: a shape for each severity, so that colour never stands alone. */
import { html, nothing, svg, type TemplateResult } from "lit";
import { BODY } from "./draw/signs";
import type { Severity } from "./report";

const SHAPES = {
  ...BODY,
  clear: svg`<circle cx="8" cy="8" r="7.2"/><path class="on" d="m4.8 8.2 2.2 2.3 4.2-4.6"/>`,
};

/** A sign; with a title it is a picture of that name, without one it is decoration. */
export function icon(kind: Severity | "clear", title = ""): TemplateResult {
  return html`<svg class="ico ${kind}" viewBox="0 0 16 16" fill="currentColor"
    role=${title ? "img" : nothing} aria-label=${title || nothing} aria-hidden=${title ? nothing : "true"}>${SHAPES[kind]}</svg>`;
}

export const chevron = (open: boolean): TemplateResult =>
  html`<svg viewBox="0 0 8 8" width="8" height="8" fill="currentColor" aria-hidden="true">
    <path d=${open ? "M0 2h8L4 7z" : "M2 0v8l5-4z"} />
  </svg>`;
