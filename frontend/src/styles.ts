/** Tokens for the whole page, and what all elements share. Text colours pass WCAG AA on every ground they stand on. */
import { css } from "lit";

export const tokens = css`
  :root {
    --s1: 4px; --s2: 8px; --s3: 12px; --s4: 16px; --s6: 24px; --s8: 32px;
    --radius: 4px; --control: 28px;
    --font: system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
    --mono: SFMono-Regular, Menlo, Consolas, "Liberation Mono", "DejaVu Sans Mono", monospace;
    --t-axis: 11px/16px var(--font); --t-small: 12px/16px var(--font); --t-body: 13px/20px var(--font);
    --t-title: 14px/20px var(--font); --t-verdict: 16px/24px var(--font);
    --page-pad: 16px; --gap: 16px; --rail: 280px; --words: 328px;
    --gutter-left: 128px; --gutter-right: 48px;
    --strip: 48px; --ridge: 256px;
  }
  @media (min-width: 1600px) {
    :root {
      --page-pad: 24px; --gap: 24px; --rail: 352px; --words: 440px;
      --gutter-left: 160px; --gutter-right: 56px; --strip: 56px; --ridge: 344px;
    }
  }
  :root, [data-theme="light"] {
    color-scheme: light;
    --page: #f5f5f5; --surface: #ffffff; --sunken: #fafafa; --line: #e0e0e0; --line-strong: #878c92;
    --ink: #202124; --ink-2: #5f6368; --wash: rgba(32, 33, 36, 0.06);
    --error: #b34700; --warning: #8a5a00; --info: #0072b2; --clear-text: #2e6b3f;
    --error-tint: #fdf1ea;
    --cell-error: #b34700; --cell-warning: #be7c0c; --cell-info: #3f87b8; --cell-clear: #f0f2f4;
    --cell-mark: #ffffff; --hatch: #8d9298;
    --ridge-old: #8094b3; --ridge-new: #1d3a66; --ridge-edge: #ffffff;
    --series: #1d3a66; --series-2: #7d8896; --band: rgba(29, 58, 102, 0.13);
  }
  [data-theme="dark"] {
    color-scheme: dark; scrollbar-color: #80868b #2b2b2b;
    --page: #2b2b2b; --surface: #1e1e1e; --sunken: #242424; --line: #3c3f43; --line-strong: #80868b;
    --ink: #e8eaed; --ink-2: #a9aeb4; --wash: rgba(232, 234, 237, 0.08);
    --error: #ff8a4c; --warning: #e69f00; --info: #56b4e9; --clear-text: #7cc48f;
    --error-tint: #33251d;
    --cell-error: #ff8a4c; --cell-warning: #b8860b; --cell-info: #559bc8; --cell-clear: #34383c;
    --cell-mark: #1e1e1e; --hatch: #6b7177;
    --ridge-old: #dce5f0; --ridge-new: #4b6c99; --ridge-edge: #1e1e1e;
    --series: #a9c4ea; --series-2: #8b929a; --band: rgba(169, 196, 234, 0.2);
  }
  @page { size: portrait; margin: 12mm; }
  @media print { body { background: none !important; } }
  html { scroll-padding: 8px; overflow-y: scroll; }
  body { margin: 0; background: var(--page); color: var(--ink); font: var(--t-body); }
`;

export const shared = css`
  *, *::before, *::after { box-sizing: border-box; }
  :host { display: block; font: var(--t-body); color: var(--ink); font-variant-numeric: tabular-nums; }
  :host([hidden]), [hidden] { display: none !important; }
  h1, h2, h3, p, ul, ol, dl, dd, figure { margin: 0; padding: 0; }
  ul, ol { list-style: none; }
  h2 { font: var(--t-title); font-weight: 600; }
  h3 { font: var(--t-body); font-weight: 600; }
  button, select, input { font: inherit; color: inherit; }
  button { cursor: pointer; }
  svg, canvas { display: block; }
  a { color: var(--info); }
  :focus-visible { outline: 2px solid var(--ink); outline-offset: 2px; }
  .sr { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
  .muted { color: var(--ink-2); }
  .error { color: var(--error); }
  .warning { color: var(--warning); }
  .info { color: var(--info); }
  .clear { color: var(--clear-text); }
  .ico { width: 16px; height: 16px; flex: none; }
  .swatch { width: 10px; height: 10px; flex: none; }
  .ico .on { stroke: var(--surface); fill: none; stroke-width: 2; stroke-linecap: round; }
  .btn, .sel, .field {
    height: var(--control); padding: 0 var(--s2); border: 1px solid var(--line); border-radius: var(--radius);
    background: var(--surface); font: var(--t-small); white-space: nowrap;
  }
  .btn:hover, .sel:hover { border-color: var(--line-strong); }
  .btn { display: inline-flex; align-items: center; gap: var(--s1); }
  .btn[aria-pressed="true"] { background: var(--wash); font-weight: 600; }
  .btn:disabled { color: var(--ink-2); cursor: default; }
  .sel { max-width: 100%; padding-right: var(--s1); text-overflow: ellipsis; }
  .field { min-width: 0; width: 112px; border-color: var(--line-strong); }
  .field::placeholder { color: var(--ink-2); opacity: 1; }
  .seg { display: inline-flex; border: 1px solid var(--line); border-radius: var(--radius); overflow: hidden; }
  .seg button {
    height: 26px; padding: 0 var(--s2); border: 0; background: var(--surface); color: var(--ink-2);
    font: var(--t-small); white-space: nowrap;
  }
  .seg button::first-letter { text-transform: uppercase; }
  .seg button + button { border-left: 1px solid var(--line); }
  .seg button[aria-pressed="true"] { background: var(--wash); color: var(--ink); font-weight: 600; }
  .seg :focus-visible { outline-offset: -2px; }
  .tag {
    flex: none; padding: 0 6px; border: 1px solid var(--line-strong); border-radius: 8px; font: var(--t-axis);
    line-height: 14px; color: var(--ink-2);
  }
  .tag.likely { border-style: dashed; }
  .tag.new { border-color: var(--ink); color: var(--ink); font-weight: 600; }
  .panel { background: var(--surface); border: 1px solid var(--line); border-radius: var(--radius); }
  .panel > header {
    display: flex; align-items: center; flex-wrap: wrap; gap: var(--s2); min-height: 44px; padding: var(--s2) var(--s3);
  }
  .panel > header h2 { white-space: nowrap; }
  .end { display: flex; flex-wrap: wrap; align-items: center; gap: var(--s2); margin-left: auto; min-width: 0; }
  .body { padding: 0 var(--s3) var(--s3); }
  progress { flex: 0 1 240px; height: 4px; border: 0; border-radius: 2px; appearance: none; background: var(--line); }
  progress::-webkit-progress-bar { background: var(--line); border-radius: 2px; }
  progress::-webkit-progress-value { background: var(--series); border-radius: 2px; }
  progress::-moz-progress-bar { background: var(--series); }
  kbd { padding: 0 5px; border: 1px solid var(--line-strong); border-radius: 3px; font: var(--t-axis); }
  @media (forced-colors: active) {
    [aria-pressed="true"] { border: 2px solid Highlight !important; }
    [aria-expanded="true"][data-finding] { border-left: 4px solid Highlight !important; }
    tbody.on { outline: 2px solid Highlight; outline-offset: -2px; }
    .ico .on { stroke: Canvas; }
    progress, .swatch { forced-color-adjust: none; }
    .bullet, .meas svg { background: var(--surface); }
  }
`;
