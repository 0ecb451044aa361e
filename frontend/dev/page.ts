/**
 * The development page: every state of the tab before recorded answers, in either theme and three widths, beside or
 * under the picture that was kept of it, or as it is printed. The hash is the tab's own, as in TensorBoard.
 */
interface State {
  readonly place?: string;
}

const WIDTHS = ["768", "1280", "1920"];
const VIEWS = ["now", "kept and now", "difference", "paper"];
const HEIGHT = 1000;

const { states, pictures } = (await (await fetch("/states")).json()) as { states: Record<string, State>; pictures: string[] };
const [header, main] = [document.querySelector("header")!, document.querySelector("main")!];

const asked = new URLSearchParams(location.search);
const chosen = {
  state: asked.get("state") ?? Object.keys(states)[0]!,
  width: asked.get("width") ?? "1280",
  theme: asked.get("theme") ?? "light",
  view: asked.get("view") ?? "now",
};

function group(key: keyof typeof chosen, values: readonly string[]): HTMLElement {
  const nav = document.createElement("nav");
  nav.ariaLabel = key;
  for (const value of values) {
    const button = document.createElement("button");
    button.textContent = value;
    button.ariaPressed = String(chosen[key] === value);
    button.onclick = () => choose({ [key]: value });
    nav.append(button);
  }
  return nav;
}

function figure(caption: string, shown: HTMLElement, scale: number): HTMLElement {
  const box = document.createElement("figure");
  const words = document.createElement("figcaption");
  words.textContent = caption;
  shown.style.cssText = `width:${chosen.width}px;height:${HEIGHT}px;transform:scale(${scale})`;
  box.style.cssText = `width:${Number(chosen.width) * scale}px;height:${HEIGHT * scale + 20}px`;
  box.append(words, shown);
  return box;
}

function kept(): HTMLImageElement | null {
  const name = `${chosen.state}-${chosen.width}-${chosen.theme}.webp`;
  return pictures.includes(name) ? Object.assign(new Image(), { src: `/pictures/${name}`, alt: `The kept picture of ${chosen.state}` }) : null;
}

/** Lay the printed page out again and again, as it loads, and put it in the place of the others. */
function paper(frame: HTMLIFrameElement): void {
  const timer = setInterval(() => {
    if (!frame.isConnected) clearInterval(timer);
    const sheet = frame.contentDocument?.querySelector("histdiag-app")?.shadowRoot?.querySelector<HTMLElement>("histdiag-print");
    if (!sheet) return;
    frame.contentWindow!.dispatchEvent(new Event("beforeprint"));
    sheet.style.cssText = "position: static; margin: 12mm auto; padding: 0";
    for (const other of sheet.parentElement!.querySelectorAll<HTMLElement>(":scope > :not(histdiag-print)")) other.style.display = "none";
  }, 500);
}

function show(fresh: boolean): void {
  document.body.classList.toggle("dark-mode", chosen.theme === "dark");
  const { state, width, view } = chosen;
  if (fresh) history.replaceState(null, "", `?${new URLSearchParams(chosen)}#histdiag${states[state]?.place ?? ""}`);
  header.replaceChildren(group("state", Object.keys(states)), group("width", WIDTHS), group("theme", ["light", "dark"]), group("view", VIEWS));
  const both = view === "kept and now";
  const scale = Math.min(1, ((innerWidth - 40) / Number(width)) * (both ? 0.5 : 1));
  const frame = Object.assign(document.createElement("iframe"), { src: `/tab/${state}/data/plugin_entry.html`, title: state });
  const now = figure("now", frame, scale);
  if (view === "paper") paper(frame);
  const picture = view === "now" || view === "paper" ? null : kept();
  main.classList.toggle("over", view === "difference");
  if (picture && both) main.replaceChildren(figure("kept", picture, scale), now);
  else main.replaceChildren(now);
  if (picture && !both) {
    picture.style.cssText = frame.style.cssText;
    frame.before(picture);
  }
  if (!picture && (both || view === "difference")) now.querySelector("figcaption")!.textContent = "now; no picture of this is kept";
}

function choose(patch: Partial<typeof chosen>): void {
  Object.assign(chosen, patch);
  show(true);
}

/** Arrows flip through the states. */
addEventListener("keydown", ({ key }) => {
  const names = Object.keys(states);
  const by = { ArrowRight: 1, ArrowLeft: -1 }[key];
  if (by) choose({ state: names.at((names.indexOf(chosen.state) + by) % names.length)! });
});

show(!location.hash);

export {};
