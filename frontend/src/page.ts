/** The layout of the page: three columns, the words below the pictures on narrow ones, one column on the smallest. */
import { css } from "lit";

export const page = css`
  main { display: flow-root; min-height: 100vh; background: var(--page); }
  main:focus { outline: none; } /* it takes the focus of a click, so that keys reach the tab */
  .cols {
    display: grid; grid-template-columns: var(--rail) minmax(0, 1fr) var(--words); gap: var(--gap); align-items: start;
    padding: var(--gap) var(--page-pad);
  }
  .cols > * { min-width: 0; }
  .centre { display: grid; grid-template-columns: minmax(0, 1fr); gap: var(--gap); }
  .side { position: sticky; top: var(--gap); }
  .notices { display: grid; grid-template-columns: minmax(0, 1fr); gap: var(--s2); padding: var(--s2) var(--page-pad) 0; }
  .notice {
    display: flex; flex-wrap: wrap; align-items: center; gap: var(--s2); padding: var(--s2) var(--s3);
    border: 1px solid var(--line);
    border-radius: var(--radius); background: var(--surface); font: var(--t-small); overflow-wrap: anywhere;
  }
  .notice p { flex: 1 1 200px; max-height: 6lh; overflow: hidden auto; }
  .notice summary { display: flex; align-items: center; gap: var(--s2); cursor: pointer; }
  details.notice { display: block; }
  details.notice[open] summary { margin-bottom: var(--s3); }
  .empty { display: grid; grid-template-columns: minmax(0, 1fr); gap: var(--s4); max-width: 880px; margin: var(--s8) auto; padding: var(--s6); }
  .empty > .btn { justify-self: start; }
  .empty h2 { font: var(--t-verdict); font-weight: 600; }
  .empty p { overflow-wrap: anywhere; white-space: pre-line; }
  dialog {
    width: min(680px, 90vw); padding: var(--s6); border: 1px solid var(--line-strong); border-radius: var(--radius);
    background: var(--surface); color: var(--ink);
  }
  dialog::backdrop { background: rgba(0, 0, 0, 0.4); }
  dialog dl { display: grid; grid-template-columns: 136px 1fr; gap: var(--s1) var(--s4); margin: var(--s2) 64px var(--s4) 0; }
  dialog form { position: sticky; top: 0; float: right; } /* it stays while what is left of it scrolls */
  dialog dt { font-weight: 600; }
  dialog dd { color: var(--ink-2); }
  dialog ul {
    display: grid; gap: var(--s1); margin: var(--s1) 64px var(--s4) 0; padding-left: var(--s4); list-style: disc;
    color: var(--ink-2);
  }
  @media print {
    main { min-height: 0; background: none; }
    main:has(histdiag-print[on]) > :not(histdiag-print) { display: none; }
  }
  @media (max-width: 1199px) {
    .cols { grid-template-columns: var(--rail) minmax(0, 1fr); }
    .cols > histdiag-words { grid-column: 2; position: static; }
  }
  @media (max-width: 859px) {
    .cols { grid-template-columns: minmax(0, 1fr); }
    .cols > histdiag-words { grid-column: 1; }
    .side { position: static; }
  }
`;
