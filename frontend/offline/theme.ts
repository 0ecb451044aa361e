/** Within a notebook: whether it is dark is told by what stands around the page, which it cannot look at itself. */
const QUERY = "(prefers-color-scheme: dark)";

/** Said to the page around us when we are there, and what it answers: `{ histdiag: "dark" }` or `{ histdiag: "light" }`. */
const READY = { histdiag: "ready" };

class Told extends EventTarget {
  readonly media = QUERY;
  constructor(public matches: boolean) {
    super();
  }
  tell(matches: boolean): void {
    if (matches === this.matches) return;
    this.matches = matches;
    this.dispatchEvent(new Event("change"));
  }
}

/** Take the theme of the page around us in place of the system's, as soon as it says one. */
export function follow(frame: Window): void {
  if (frame.parent === frame) return;
  const ask = frame.matchMedia.bind(frame);
  const told = new Told(ask(QUERY).matches);
  frame.matchMedia = (query) => (query === QUERY ? (told as unknown as MediaQueryList) : ask(query));
  frame.addEventListener("message", ({ source, data }: MessageEvent<{ histdiag?: unknown } | null>) => {
    const theme = source === frame.parent && data?.histdiag;
    if (theme === "dark" || theme === "light") told.tell(theme === "dark");
  });
  frame.parent.postMessage(READY, "*");
}
