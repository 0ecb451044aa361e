/** Controls that several elements have: buttons, lists to choose from, and what opens over the page. */
import { html, nothing, type TemplateResult } from "lit";
import { closeOnEscape, closeOnLeave } from "./pop";

export const valueOf = (event: Event): string => (event.target as HTMLInputElement | HTMLSelectElement).value;

/** A button; with `pressed` it is one that stays down. */
export const button = (name: unknown, act: () => void, title = "", pressed?: boolean, disabled = false): TemplateResult =>
  html`<button class="btn" title=${title || nothing} aria-pressed=${pressed ?? nothing} ?disabled=${disabled} @click=${act}>${name}</button>`;

/** Values, and their names where these differ. */
export type Choices<T extends string> = readonly (readonly [value: T, name?: unknown])[];

export const options = <T extends string>(choices: Choices<T>, chosen: T): TemplateResult[] =>
  choices.map(([value, name = value]) => html`<option value=${value} .selected=${value === chosen}>${name}</option>`);

/** A list that opens. */
export const select = <T extends string>(label: string, choices: Choices<T>, chosen: T, choose: (value: T) => void, style = ""): TemplateResult =>
  html`<select class="sel ${style}" aria-label=${label} @change=${(event: Event) => choose(valueOf(event) as T)}>${options(choices, chosen)}</select>`;

/** Few choices, all in sight; null where none of them holds. */
export const segments = <T extends string>(label: string, choices: Choices<T>, chosen: T | null, choose: (value: T) => void): TemplateResult =>
  html`<div class="seg" role="group" aria-label=${label}>
    ${choices.map(([value, name = value]) => html`<button aria-pressed=${value === chosen} @click=${() => choose(value)}>${name}</button>`)}
  </div>`;

/** The head of a table. */
export const heads = (names: readonly string[]): TemplateResult => html`<thead><tr>${names.map((name) => html`<th scope="col">${name}</th>`)}</tr></thead>`;

/** What opens below its summary, over the page; where nothing in it takes the focus, with `tabindex` 0 it does, to be scrolled. */
export const pop = (style: string, summary: TemplateResult, label: string, content: unknown, tabindex = -1): TemplateResult =>
  html`<details class="pop ${style}" @keydown=${closeOnEscape} @focusout=${closeOnLeave}>
    ${summary}
    <div tabindex=${tabindex} role="group" aria-label=${label}>${content}</div>
  </details>`;
