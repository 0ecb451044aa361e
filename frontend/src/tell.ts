/** Elements ask by events that rise to the app, which alone holds the state. */
export const tell = (element: EventTarget, type: string, detail: unknown): boolean =>
  element.dispatchEvent(new CustomEvent(type, { detail, bubbles: true, composed: true }));
