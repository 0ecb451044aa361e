/** A summary that opens a box over the page: it closes by Escape, and when the focus goes elsewhere. */
import { css } from "lit";

export function closeOnEscape(event: KeyboardEvent): void {
  const box = event.currentTarget as HTMLDetailsElement;
  if (event.key !== "Escape" || !box.open) return;
  event.stopPropagation();
  box.open = false;
  box.querySelector("summary")?.focus();
}

export function closeOnLeave({ currentTarget, relatedTarget }: FocusEvent): void {
  const box = currentTarget as HTMLDetailsElement;
  if (relatedTarget && !box.contains(relatedTarget as Node)) box.open = false;
}

export const popStyles = css`
  .pop { position: relative; }
  .pop summary { cursor: pointer; list-style: none; }
  .pop summary:not(.btn) {
    line-height: var(--control); text-decoration: underline; text-decoration-color: var(--line-strong);
    text-underline-offset: 3px;
  }
  .pop > div {
    position: absolute; z-index: 5; top: 32px; left: 0; width: min(440px, 80vw); max-height: 60vh;
    overflow: auto; padding: var(--s3) var(--s4); background: var(--surface);
    border: 1px solid var(--line-strong); border-radius: var(--radius); color: var(--ink);
  }
  .pop.right > div { left: auto; right: 0; }
  @media (max-width: 1199px) {
    .pop { position: static; }
    .pop > div { top: 100%; left: var(--page-pad); right: var(--page-pad); width: auto; }
    .pop.right > div { right: var(--page-pad); }
  }
  .pop h2 { margin: var(--s3) 0 var(--s1); font: var(--t-title); font-weight: 600; }
  .pop h2:first-child { margin-top: 0; }
  .pop dt { font-weight: 600; }
  .pop dd { margin-bottom: var(--s1); color: var(--ink-2); overflow-wrap: anywhere; }
`;
