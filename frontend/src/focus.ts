/** Keeps the focus in the page: where what has it is taken away, the nearest thing around it gets it. */

/** Of what was around, innermost first, the first that is still there and takes the focus; a tree's own section does. */
export function heirOf(path: readonly EventTarget[]): HTMLElement | null {
  for (const one of path as readonly Partial<HTMLElement & ShadowRoot>[]) {
    if (!one.isConnected) continue;
    if (one.tabIndex! >= 0) return one as HTMLElement;
    const heir = one.host && one.querySelector!<HTMLElement>("section[tabindex],main");
    if (heir) return heir;
  }
  return null;
}

/** Watch what has the focus; the answer is what to call when something may have been taken away. */
export function keepFocus(root: HTMLElement): () => void {
  let path: readonly EventTarget[] = [];
  const mend = () => {
    if (document.activeElement === document.body && document.hasFocus()) heirOf(path)?.focus();
  };
  const later = () => void requestAnimationFrame(mend);
  root.addEventListener("focusin", (event) => (path = event.composedPath()));
  for (const type of ["click", "keydown"]) root.addEventListener(type, later);
  return later;
}
