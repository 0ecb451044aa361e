import { afterEach, describe, expect, it, vi } from "vitest";
import type { Report } from "../src/report";
import { App } from "../src/app";
import { render } from "../src/index";
import { entry, evidence, finding, report } from "./fixtures";

afterEach(() => vi.unstubAllGlobals());

const serve = (answer: Report | string) =>
  vi.stubGlobal("fetch", async (route: string) => {
    if (route === "static/snippets.json") return new Response(JSON.stringify({ pytorch: "writer.add_histogram()" }));
    if (route === "rules") return new Response(JSON.stringify({ rules: [], metrics: [] }));
    return typeof answer === "string" ? new Response(answer, { status: 500 }) : new Response(JSON.stringify(answer));
  });

/** All nodes of the page, shadow trees included. */
const all = (node: Node): Node[] => [
  node,
  ...[...((node as Element).shadowRoot?.childNodes ?? []), ...node.childNodes].flatMap(all),
];

/** The text of the page, shadow trees included. */
function text(node: Node): string {
  const own = node.nodeType === Node.TEXT_NODE ? (node.textContent ?? "") : "";
  const below = [...((node as Element).shadowRoot?.childNodes ?? []), ...node.childNodes];
  return own + below.filter((child) => child.nodeName !== "STYLE").map(text).join("");
}

describe("the tab", () => {
  it("shows how to log histograms where there are none", async () => {
    serve(report({ runs: [], series: [], coverage: [], progress: { judged: 0, total: 0 } }));
    render();
    await vi.waitFor(() => expect(text(document.body)).toMatch(/no histograms in this log[\s\S]*add_histogram/));
  });

  it("says why it cannot show how to log histograms", async () => {
    const nothing = report({ runs: [], series: [], coverage: [], progress: { judged: 0, total: 0 } });
    vi.stubGlobal("fetch", async (route: string) =>
      route === "static/snippets.json"
        ? new Response("no such file", { status: 404 })
        : new Response(JSON.stringify(route === "rules" ? { rules: [], metrics: [] } : nothing)),
    );
    render();
    await vi.waitFor(() => expect(text(document.body)).toMatch(/no histograms in this log[\s\S]*no such file/));
  });

  it("shows the server's message when there is nothing else to show", async () => {
    serve("The data server is gone.");
    render();
    await vi.waitFor(() => expect(text(document.body)).toMatch(/The data server is gone\.[\s\S]*Try again/));
  });

  it("asks for all at once, but draws nothing without its style", async () => {
    serve(report({ series: [entry()] }));
    const asked = vi.spyOn(globalThis, "fetch");
    let dress!: () => void;
    document.body.replaceChildren(Object.assign(new App(), { dressed: new Promise<void>((done) => (dress = done)) }));
    await vi.waitFor(() => expect(asked.mock.calls.map(([route]) => route)).toEqual(["report", "rules"]));
    await Promise.all(asked.mock.results.map(({ value }) => value as Promise<Response>));
    await new Promise((done) => setTimeout(done));
    expect(text(document.body)).toBe("");
    dress();
    await vi.waitFor(() => expect(text(document.body)).toContain("Nothing found"));
  });

  it("draws the verdict at once, and each part below when the browser has shown those above", async () => {
    const parts = ["verdict", "findings", "health", "pictures", "words", "tensors"];
    const drawn = () => parts.filter((name) => document.querySelector("histdiag-app")?.shadowRoot?.querySelector(`histdiag-${name}`)?.shadowRoot?.childElementCount);
    const seen = new Set<string>();
    vi.stubGlobal("requestAnimationFrame", (show: () => void) => {
      seen.add(drawn().join());
      setTimeout(show);
    });
    serve(report({ findings: [finding()], series: [entry()] }));
    render();
    await vi.waitFor(() => expect(drawn()).toEqual(parts), 5000);
    expect([...seen].filter(Boolean)).toEqual(parts.slice(0, -1).map((_, last) => parts.slice(0, last + 1).join()));
  });

  it("shows findings, and names as text whatever they hold", async () => {
    const name = "<img src=x onerror=alert(1)>";
    const tag = `${name}/bias.grad`;
    const sick = finding({ tags: [tag], layers: [name], title: "Dead units", evidence: [evidence({ tag, label: name })], run: name });
    serve({
      ...report({ findings: [sick], series: [entry({ tag, layer: name, run: name })] }),
      runs: [{ ...report().runs[0]!, run: name }],
    });
    render();
    await vi.waitFor(() => expect(text(document.body)).toMatch(/1 warning[\s\S]*dead units in <img src=x[\s\S]*77 % threshold ≥ 50 %/));
    expect(all(document.body).filter((node) => node.nodeName === "IMG")).toEqual([]);
  });

  it("shows a finding about the loss, which no tensor has", async () => {
    const row = evidence({ tag: "train/loss", metric: "loss", label: "loss, last", value: 19, threshold: 2.9, unit: "" });
    serve(report({ findings: [finding({ tags: ["train/loss"], layers: [], title: "The loss diverges", evidence: [row] })] }));
    render();
    await vi.waitFor(() => expect(text(document.body)).toMatch(/1 warning\s+beside 2 tensors: the loss diverges in train\/loss/));
    await vi.waitFor(() => expect(text(document.body)).toMatch(/What to try[\s\S]*loss, last[\s\S]*19[\s\S]*≥ 2.9/), 5000);
    expect(text(document.body)).not.toContain("Open in Histograms");
  });

  it("says which configuration was used and what it muted, where that is not the defaults", async () => {
    serve(report({ series: [entry()] }));
    render();
    await vi.waitFor(() => expect(text(document.body)).toContain("Copy link"));
    expect(text(document.body)).not.toContain("Configuration");
    const configuration = { source: "<b>.toml", profile: "strict", muted: 2, text: "2 findings muted: small-updates." };
    serve(report({ series: [entry()], configuration }));
    render();
    await vi.waitFor(() => expect(text(document.body)).toContain("Configuration: <b>.toml. 2 findings muted: small-updates."));
  });

  it("leaves out what is muted, says how much, and takes it back", async () => {
    localStorage.clear();
    const sick = [finding({ title: "Dead units" }), finding({ title: "Vanishing", rule: "vanishing", fingerprint: "f2" })];
    serve(report({ findings: sick, log: "log" }));
    render();
    await vi.waitFor(() => expect(text(document.body)).toContain("2 warnings"));
    const button = (name: string) => all(document.body).find((node) => node.nodeName === "BUTTON" && text(node).trim() === name) as HTMLElement;
    await vi.waitFor(() => expect(button("Mute")).toBeDefined(), 5000);
    button("Mute").click();
    await vi.waitFor(() => expect(text(document.body)).toMatch(/1 warning\s[\s\S]*1 muted/));
    await vi.waitFor(() => expect(text(document.querySelector("histdiag-app")!.shadowRoot!.querySelector("histdiag-words")!)).toContain("Vanishing"), 5000);
    button("Mute this rule").click();
    await vi.waitFor(() => expect(text(document.body)).toMatch(/Nothing found[\s\S]*2 muted[\s\S]*But for 2 muted findings/));
    expect(JSON.parse(localStorage.getItem("histdiag.mute.log")!)).toEqual({ findings: ["f1"], rules: ["vanishing"] });
    button("Unmute").click();
    await vi.waitFor(() => expect(text(document.body)).toMatch(/1 warning\s[\s\S]*1 muted/));
    localStorage.clear();
  });

  it("folds the layers that measuring brings as it folded the first", async () => {
    const layers = (...names: string[]) => names.map((layer, id) => entry({ id, layer, tag: `${layer}/kernel` }));
    const folds = () =>
      all(document.body).flatMap((node) => (node instanceof HTMLButtonElement && node.title === node.textContent!.trim() ? [`${node.title} ${node.ariaExpanded ?? node.getAttribute("aria-expanded")}`] : []));
    serve({ ...report({ series: layers("a"), progress: { judged: 1, total: 2 } }) });
    render();
    await vi.waitFor(() => expect(folds()).toEqual(["a false"]));
    serve({ ...report({ series: layers("a", "b"), progress: { judged: 2, total: 2 } }), revision: "later" });
    await vi.waitFor(() => expect(folds()).toEqual(["a false", "b false"]), 8000);
  }, 10_000);

  it("says so when it cannot start", () => {
    const broken = vi.spyOn(document, "adoptedStyleSheets", "set").mockImplementation(() => {
      throw new Error("no sheets");
    });
    render();
    expect(document.body.textContent).toContain("The Diagnostics tab failed: no sheets");
    broken.mockRestore();
  });
});
