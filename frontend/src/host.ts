/**
 * The page around us. TensorBoard publishes no package for its plugins, so its protocol is spoken here and nowhere
 * else; every reach into the parent is guarded, because the tab also works alone and inside foreign frames.
 */
import type { Place } from "./stock";
import { passWheel } from "./wheel";

export type Theme = "light" | "dark";

export interface Host {
  readonly theme: Theme;
  /** Whether somebody can see the tab: the host hides it by making the frame flat, the browser as a whole. */
  readonly visible: boolean;
  readonly hash: string;
  /** The address that leads here. */
  readonly link: string;
  replaceHash(hash: string): void;
  /** Show another tab of TensorBoard. */
  open(place: Place): void;
}

export interface Listener {
  reloaded(): void;
  themed(theme: Theme): void;
  shown(): void;
  moved(hash: string): void;
}

const PLUGIN = "histdiag";

function attempt<T>(action: () => T): T | undefined;
function attempt<T>(action: () => T, otherwise: T): T;
function attempt<T>(action: () => T, otherwise?: T): T | undefined {
  try {
    return action();
  } catch {
    return otherwise;
  }
}

/** Answer the host's messages; the only one of use says that it has reloaded its data. */
function listen(frame: Window, reloaded: () => void): void {
  const channel = new MessageChannel();
  channel.port1.onmessage = (event: MessageEvent<string>) => {
    const message = JSON.parse(event.data) as { type: string; id: number; isReply: boolean };
    if (message.isReply) return;
    channel.port1.postMessage(
      JSON.stringify({ type: message.type, id: message.id, payload: null, error: null, isReply: true }),
    );
    if (message.type === "experimental.DataReloaded") reloaded();
  };
  attempt(() => frame.parent.postMessage("experimental.bootstrap", "*", [channel.port2]));
}

export function connect(frame: Window, listener: Listener): Host {
  const framed = frame.parent !== frame;
  const outer = framed && attempt(() => frame.parent.location.hash !== undefined, false) ? frame.parent : frame;
  const dark = frame.matchMedia("(prefers-color-scheme: dark)");
  const host: Host = {
    get theme() {
      const told = framed && attempt(() => frame.parent.document.body.classList, null);
      return (told ? told.contains("dark-mode") : dark.matches) ? "dark" : "light";
    },
    get visible() {
      return frame.innerHeight > 0 && !frame.document.hidden;
    },
    get hash() {
      return attempt(() => outer.location.hash, "");
    },
    get link() {
      return attempt(() => outer.location.href, frame.location.href);
    },
    replaceHash(hash) {
      const ours = outer === frame || new RegExp(`^#${PLUGIN}(&|$)`).test(host.hash);
      if (ours && hash !== host.hash) attempt(() => outer.history.replaceState(outer.history.state, "", hash || "#"));
    },
    open({ hash, query }) {
      const search = new URLSearchParams(outer === frame ? "" : attempt(() => outer.location.search, ""));
      for (const [key, value] of Object.entries(query)) search.set(key, value);
      const before = String(search) && `?${search}`;
      if (outer === frame) return void frame.open(`../../../${before}#${hash}`, "_blank", "noopener");
      attempt(() => {
        // The host reads its query whenever its hash moves.
        if (Object.keys(query).length) outer.history.replaceState(outer.history.state, "", `${before}${host.hash}`);
        outer.location.hash = hash;
      });
    },
  };
  let [theme, visible] = [host.theme, host.visible];
  const themed = () => {
    if (host.theme !== theme) listener.themed((theme = host.theme));
  };
  if (framed) listen(frame, () => listener.reloaded());
  if (outer.parent !== outer) passWheel(frame, outer.parent);
  dark.addEventListener("change", themed);
  attempt(() => framed && new MutationObserver(themed).observe(frame.parent.document.body, { attributeFilter: ["class"] }));
  attempt(() => outer.addEventListener("hashchange", () => host.visible && listener.moved(host.hash)));
  const seen = () => {
    if (host.visible && !visible) listener.shown();
    visible = host.visible;
  };
  frame.addEventListener("resize", seen);
  frame.document.addEventListener("visibilitychange", seen);
  return host;
}
