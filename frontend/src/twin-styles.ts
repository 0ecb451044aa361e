import { css } from "lit";

export const twinStyles = css`
  :host {
    height: var(--ridge, 256px);
    overflow: clip; /* out of sight a picture keeps the width it had in a wider window */
    overflow-clip-margin: 8px;
  }
  :host([compact]) {
    height: var(--ridge-compact, 104px);
  }
  .plot {
    position: absolute;
    inset: 0;
  }
  .plot > * {
    position: absolute;
    top: 0;
    left: 0;
  }
  .note {
    position: absolute;
    top: 0;
    left: 8px;
    z-index: 1;
    margin: 0;
    color: var(--ink-2);
  }
  .note.end {
    right: 8px;
    left: auto;
  }
  .note button {
    padding: 0 2px;
    border: 0;
    background: none;
    color: var(--ink);
    font: inherit;
    text-decoration: underline;
    text-underline-offset: 2px;
    cursor: pointer;
  }
  .upright {
    stroke: var(--ink);
    stroke-dasharray: 2 3;
    fill: none;
  }
  .line {
    stroke: var(--ink);
    fill: none;
  }
  .bracket {
    stroke: var(--ink);
    stroke-width: 1.5;
    fill: none;
  }
  .passing {
    stroke-dasharray: 5 3;
  }
  svg tspan.ink {
    fill: var(--ink);
    font-weight: 600;
  }
  svg text.broken {
    fill: var(--error);
  }
  .outline {
    stroke: var(--ink);
    stroke-width: 1.75;
    fill: none;
    stroke-linejoin: round;
  }
  .dot {
    fill: var(--ink);
  }
  .level {
    fill: none;
    stroke: var(--series);
    stroke-width: 0.5;
  }
  .median {
    stroke-width: 1.75;
  }
`;
