import { Window } from "happy-dom";
import { describe, expect, it, vi } from "vitest";
import { connect, type Listener } from "../src/host";
import { placeOf } from "../src/stock";

const listener = (): Listener => ({ reloaded: vi.fn(), themed: vi.fn(), shown: vi.fn(), moved: vi.fn() });

/** A frame inside a page of the host; the port is what the host got to speak to the frame. */
function framed(hash: string) {
  const outer = new Window({ url: `http://localhost:6006/${hash}` });
  const inner = new Window({ url: "http://localhost:6006/data/plugin_entry.html?name=histdiag" });
  let port: MessagePort | undefined;
  outer.postMessage = ((message: string, _: string, ports: MessagePort[]) => {
    if (message === "experimental.bootstrap") port = ports[0];
  }) as never;
  Object.defineProperty(inner, "parent", { value: outer });
  return { outer, inner: inner as unknown as Window & globalThis.Window, port: () => port! };
}

const tick = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 20));

describe("the host", () => {
  it("is told that its message arrived, and we that its data was reloaded", async () => {
    const { inner, port } = framed("#histdiag");
    const heard = listener();
    connect(inner, heard);
    const answer = new Promise<string>((resolve) => (port().onmessage = (event) => resolve(event.data as string)));
    port().postMessage(JSON.stringify({ type: "experimental.DataReloaded", id: 7, payload: null, error: null, isReply: false }));
    expect(JSON.parse(await answer)).toMatchObject({ id: 7, isReply: true });
    expect(heard.reloaded).toHaveBeenCalledOnce();
    port().close();
  });

  it("gives its theme by a class of its body, also when it changes", async () => {
    const { outer, inner, port } = framed("#histdiag");
    // The observer of one window cannot watch another one's nodes here, as it can in a browser.
    vi.stubGlobal("MutationObserver", outer.MutationObserver);
    const heard = listener();
    const host = connect(inner, heard);
    expect(host.theme).toBe("light");
    outer.document.body.classList.add("dark-mode");
    expect(host.theme).toBe("dark");
    await tick();
    expect(heard.themed).toHaveBeenCalledWith("dark");
    port().close();
    vi.unstubAllGlobals();
  });

  it("keeps our state in its address while our tab is the one shown", () => {
    const { outer, inner, port } = framed("#histdiag");
    connect(inner, listener()).replaceHash("#histdiag&p.histdiag.tag=x");
    expect(outer.location.hash).toBe("#histdiag&p.histdiag.tag=x");
    port().close();
  });

  it("shows a stock tab filtered to a tag, with what else is in its address", () => {
    const { outer, inner, port } = framed("?darkMode=true#histdiag&p.histdiag.tag=x");
    const moved: string[] = [];
    outer.addEventListener("hashchange", () => moved.push(outer.location.search));
    const host = connect(inner, listener());
    host.open(placeOf("timeseries", "a.b/⟨U+202E⟩c"));
    expect(outer.location.hash).toBe("#timeseries");
    expect(new URLSearchParams(outer.location.search)).toEqual(new URLSearchParams([["darkMode", "true"], ["tagFilter", "^a\\.b/\u202ec$"]]));
    host.open(placeOf("histograms", "a+b"));
    expect(outer.location.hash).toBe(`#histograms&tagFilter=${encodeURIComponent("^a\\+b$")}`);
    port().close();
  });

  it("is opened beside the page that stands alone", () => {
    const alone = new Window({ url: "http://localhost:6006/x/data/plugin_entry.html?name=histdiag" });
    Object.defineProperty(alone, "parent", { value: alone });
    const open = vi.spyOn(alone, "open").mockReturnValue(null as never);
    connect(alone as never, listener()).open(placeOf("timeseries", "w"));
    expect(open).toHaveBeenCalledWith("../../../?tagFilter=%5Ew%24#timeseries", "_blank", "noopener");
  });

  it("is left alone while another tab is shown", () => {
    const { outer, inner, port } = framed("#scalars");
    connect(inner, listener()).replaceHash("#scalars&p.histdiag.tag=x");
    expect(outer.location.hash).toBe("#scalars");
    port().close();
  });

  it("shows us again by a resize, for nothing else tells", () => {
    const { inner, port } = framed("#histdiag");
    const heard = listener();
    const host = connect(inner, heard);
    for (const height of [0, 600]) {
      Object.defineProperty(inner, "innerHeight", { value: height, configurable: true });
      inner.dispatchEvent(new (inner as unknown as Window).Event("resize") as never);
      expect(host.visible).toBe(height > 0);
    }
    expect(heard.shown).toHaveBeenCalledOnce();
    port().close();
  });

  it("hides us with all of itself while the browser shows another page", () => {
    const { inner, port } = framed("#histdiag");
    const heard = listener();
    const host = connect(inner, heard);
    for (const hidden of [true, false]) {
      Object.defineProperty(inner.document, "hidden", { value: hidden, configurable: true });
      (inner.document as EventTarget).dispatchEvent(new (inner as unknown as Window).Event("visibilitychange") as never);
      expect(host.visible).toBe(!hidden);
    }
    expect(heard.shown).toHaveBeenCalledOnce();
    port().close();
  });

  it("may be missing: the page alone keeps its own address", () => {
    const alone = new Window({ url: "http://localhost:6006/data/plugin_entry.html?name=histdiag#p.histdiag.tag=x" });
    Object.defineProperty(alone, "parent", { value: alone });
    const host = connect(alone as never, listener());
    expect(host.hash).toBe("#p.histdiag.tag=x");
    host.replaceHash("#p.histdiag.tag=y");
    expect(alone.location.hash).toBe("#p.histdiag.tag=y");
  });

  it.each(["https://lab.test/", null])("hands on to a page around it where nothing scrolls on here: %s", (place) => {
    const { outer, inner, port } = framed("#histdiag");
    const around = { postMessage: vi.fn() };
    if (place) Object.defineProperty(outer, "parent", { value: around });
    connect(inner, listener());
    const turn = Object.assign(new (inner as unknown as Window).Event("wheel"), { deltaY: 90, deltaMode: 0 });
    const hostOnly = vi.spyOn(outer, "postMessage");
    inner.dispatchEvent(turn as never);
    expect(around.postMessage.mock.calls).toEqual(place ? [[{ histdiag: "wheel", deltaY: 90, deltaMode: 0 }, "*"]] : []);
    expect(hostOnly).not.toHaveBeenCalled();
    port().close();
  });

  it("may be out of reach in a foreign frame", () => {
    const { inner } = framed("#histdiag");
    const closed = new Proxy({}, { get: () => { throw new DOMException("Blocked", "SecurityError"); } });
    Object.defineProperty(inner, "parent", { value: closed });
    const host = connect(inner, listener());
    expect(host.theme).toBe("light");
    expect(host.link).toContain("plugin_entry");
  });
});
