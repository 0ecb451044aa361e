import { afterEach, describe, expect, it } from "vitest";
import { heirOf } from "../src/focus";

afterEach(() => document.body.replaceChildren());

/** An element with a tree of its own, in which a section holds a button. */
function made(section = "<section tabindex='-1'><p><button></button></p></section>"): { root: ShadowRoot; path: EventTarget[] } {
  document.body.innerHTML = "<main tabindex='-1'><div></div></main>";
  const root = document.querySelector("div")!.attachShadow({ mode: "open" });
  root.innerHTML = section;
  let path: EventTarget[] = [];
  document.body.addEventListener("click", (event) => (path = event.composedPath()), { once: true });
  root.querySelector("button")!.click();
  return { root, path };
}

describe("the heir of the focus", () => {
  it("is what had it where it is still there", () => {
    const { root, path } = made();
    expect(heirOf(path)).toBe(root.querySelector("button"));
  });

  it("is the section around it where it is gone", () => {
    const { root, path } = made();
    root.querySelector("p")!.remove();
    expect(heirOf(path)).toBe(root.querySelector("section"));
  });

  it("is the section that took the place of the one around it", () => {
    const { root, path } = made();
    root.innerHTML = "<section tabindex='-1' id='next'></section>";
    expect(heirOf(path)).toBe(root.querySelector("#next"));
  });

  it("is nothing where all is gone", () => {
    const { path } = made();
    document.body.replaceChildren();
    expect(heirOf(path)).toBeNull();
  });
});
