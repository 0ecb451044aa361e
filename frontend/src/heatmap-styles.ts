import { css } from "lit";

export const heatStyles = css`
  .frame {
    position: relative;
    padding-bottom: 20px;
  }
  .scroll {
    position: relative;
    overflow: hidden auto;
  }
  .body {
    position: relative;
  }
  .body > canvas,
  .body > svg,
  .over {
    position: absolute;
    top: 0;
  }
  .over,
  .body > svg {
    pointer-events: none;
  }
  .over .axis {
    fill: none;
  }
  .grid {
    position: absolute;
    inset: 0;
    pointer-events: none;
  }
  .grid:focus-visible {
    outline: none;
  }
  .frame:has(.grid:focus-visible) {
    outline: 2px solid var(--ink);
    outline-offset: 4px;
  }
  .title,
  .lane {
    position: absolute;
    left: 0;
  }
  .title button {
    display: flex;
    align-items: center;
    gap: 4px;
    max-width: 100%;
    padding: 0 4px 0 0;
    border: 0;
    background: none;
    color: var(--ink);
    font: var(--t-small);
    cursor: pointer;
    pointer-events: auto;
  }
  .title svg {
    flex: none;
    width: 8px;
    height: 8px;
    fill: currentColor;
  }
  .title span:not(.heard),
  .name {
    overflow: hidden;
    direction: rtl;
    text-overflow: ellipsis;
    white-space: nowrap;
  }
  .name {
    color: var(--ink-2);
    line-height: 16px;
    text-align: right;
    direction: ltr;
  }
  .name.on {
    color: var(--ink);
    font-weight: 600;
  }
  .outline {
    fill: none;
  }
  .outline.halo {
    stroke: var(--surface);
    stroke-width: 3;
  }
  .outline.picked {
    stroke: var(--ink);
    stroke-width: 1.5;
  }
  .outline.beside {
    stroke: var(--ink);
    stroke-dasharray: 3 2;
  }
  .outline.active {
    stroke: var(--ink);
    stroke-width: 2;
  }
  .sign .on {
    fill: none;
    stroke: var(--surface);
    stroke-width: 2;
    stroke-linecap: round;
  }
  .legend {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 0 16px;
    min-height: 20px;
    margin-top: 8px;
    color: var(--ink-2);
    font: var(--t-small);
  }
  .legend span {
    display: inline-flex;
    align-items: center;
    gap: 6px;
    white-space: nowrap;
  }
  .legend .read {
    min-width: 0;
  }
  .legend b {
    overflow: hidden;
    color: var(--ink);
    font-weight: 600;
    text-overflow: ellipsis;
  }
  .swatch {
    display: inline-block;
    box-sizing: border-box;
    width: 12px;
    height: 10px;
    border: 1px solid var(--line);
    forced-color-adjust: none;
  }
  .swatch.ramp {
    width: 96px;
  }
  .swatch.error,
  .swatch.broken {
    background: var(--cell-error);
    border-color: var(--cell-error);
  }
  .swatch.warning {
    background: var(--cell-warning);
    border-color: var(--cell-warning);
  }
  .swatch.info {
    background: linear-gradient(var(--cell-info) 0 0) center / 100% 50% no-repeat var(--cell-clear);
  }
  .swatch.clear {
    background: var(--cell-clear);
  }
  .swatch.broken {
    --x: var(--cell-mark);
    background-image: linear-gradient(40deg, transparent 43%, var(--x) 43% 57%, transparent 57%),
      linear-gradient(-40deg, transparent 43%, var(--x) 43% 57%, transparent 57%);
    background-size: 7px 7px;
    background-position: center;
    background-repeat: no-repeat;
  }
  .swatch.hatch {
    background: repeating-linear-gradient(135deg, var(--hatch) 0 1px, transparent 1px 3px);
  }
  .swatch.dots {
    background: radial-gradient(circle at 1px 1px, var(--hatch) 0.7px, transparent 1px) 0 0 / 3px 3px;
  }
  .table {
    max-height: 320px;
    overflow: auto;
    scroll-padding-top: 32px;
  }
  table {
    width: 100%;
    border-collapse: collapse;
    font: var(--t-small);
  }
  thead th {
    position: sticky;
    top: 0;
    background: var(--surface);
    color: var(--ink-2);
    font-weight: 400;
  }
  th,
  td {
    max-width: 480px;
    padding: 4px 8px;
    text-align: left;
    vertical-align: top;
  }
  tbody th,
  tbody td {
    border-top: 1px solid var(--line);
  }
  tbody th {
    min-width: 168px;
    font-weight: 400;
    overflow-wrap: anywhere;
  }
  tbody button {
    max-height: 4lh;
    margin-bottom: -1px;
    padding: 0 0 1px; /* Firefox would cut the underline off */
    overflow: hidden auto;
    border: 0;
    background: none;
    color: inherit;
    font: inherit;
    text-align: left;
    text-decoration: underline;
    text-decoration-color: var(--line-strong);
    text-underline-offset: 3px;
    cursor: pointer;
  }
`;
