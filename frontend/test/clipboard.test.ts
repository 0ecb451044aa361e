import { afterEach, expect, it, vi } from "vitest";
import { download } from "../src/clipboard";

afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

/** The document of the link that a download presses. */
function pressedIn(): Document | null {
  const pressed = vi.spyOn(HTMLAnchorElement.prototype, "click").mockReturnValue();
  vi.useFakeTimers();
  download("a.csv", new Blob(["x"]));
  const link = pressed.mock.contexts[0] as Node;
  expect(link).toMatchObject({ download: "a.csv", href: expect.stringMatching(/^blob:/) });
  return link.ownerDocument;
}

it("leaves a file to the page around, because Firefox minds what that forbids its frames", () => {
  const around = document.implementation.createHTMLDocument();
  vi.stubGlobal("frameElement", around.createElement("iframe"));
  expect(pressedIn()).toBe(around);
});

it("saves a file by itself where the page around cannot be reached", () => {
  vi.stubGlobal("frameElement", null);
  expect(pressedIn()).toBe(document);
});
