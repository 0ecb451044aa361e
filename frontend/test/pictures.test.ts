import { html, render } from "lit";
import { afterEach, describe, expect, it } from "vitest";
import { viewRun } from "../src/model";
import "../src/pictures";
import type { Pictures } from "../src/pictures";
import { START, type Link } from "../src/state";
import type { Twin } from "../src/twin";
import { lay } from "../src/twin-layout";
import { overlay } from "../src/twin-overlay";
import type { SeriesHistograms } from "../src/types";
import { histograms, metric, spread } from "./draw/fixtures";
import { entry, finding, report } from "./fixtures";

afterEach(() => document.body.replaceChildren());

const data = histograms(Array.from({ length: 60 }, () => spread(-1, 1)));
const one = entry();
const strips = [{ title: "mean", unit: "", scale: "linear" as const, lines: [{ label: "mean", series: metric([1, 2, 3]) }], thresholds: [] }];

async function show(link: Partial<Link>, own = false, more: Partial<Pictures> = {}) {
  const found = report({ series: [one], findings: own ? [finding()] : [] });
  const element = Object.assign(document.createElement("histdiag-pictures") as Pictures, {
    view: viewRun(found, found.runs[0]!), link: { ...START, ...link }, entry: one, finding: own ? finding() : null, histograms: data, strips,
    others: [], histogramsOf: () => undefined, readingOf: (run: string) => `As in ${run}.`, tick: 0, order: [], temporary: [], temporaryValue: null, cursor: null, theme: "light" as const, ...more,
  });
  const asked: Partial<Link>[] = [];
  element.addEventListener("change-link", (event) => asked.push((event as CustomEvent).detail));
  document.body.append(element);
  await element.updateComplete;
  const find = <T extends Element>(selector: string) => element.shadowRoot!.querySelector<T>(selector)!;
  const enter = (name: string, value: string) => {
    const field = find<HTMLInputElement>(`[aria-label="${name}"]`);
    field.value = value;
    field.dispatchEvent(new Event("change"));
  };
  return { element, find, enter, asked, steps: () => Array.from(find<HTMLElementTagNameMap["histdiag-twin"]>("histdiag-twin").histograms!.steps) };
}

it("calls steps so at their axis, as every sentence does, also where they are epochs", async () => {
  const [run] = report().runs;
  const view = viewRun(report({ runs: [{ ...run!, steps_are_epochs: true }], series: [one] }), { ...run!, steps_are_epochs: true });
  const { find } = await show({}, false, { view });
  const twin = find<HTMLElementTagNameMap["histdiag-twin"]>("histdiag-twin");
  const room = document.createElement("div");
  const titled = (axis: Twin["axis"]) => {
    twin.axis = axis;
    render(html`<svg>${overlay(twin, lay(twin, { width: 500, height: 300, gutters: () => [0, 0] }), null)}</svg>`, room);
    return [...room.querySelectorAll("text")].map((text) => text.textContent).filter((text) => /^[a-z]+$/.test(text));
  };
  expect(titled("step")).toEqual(["step"]);
  expect(titled("wall")).toEqual(["wall"]);
});

it("leave room for two lines above a picture where one would break", async () => {
  const { find } = await show({ values: "symlog" });
  const twin = find<HTMLElementTagNameMap["histdiag-twin"]>("histdiag-twin");
  const [wide, narrow] = [500, 280].map((width) => lay(twin, { width, height: 300, gutters: () => [0, 0] }).ridges!.frame.top);
  expect(narrow! - wide!).toBe(16);
});

describe("the steps shown", () => {
  it("are chosen by two fields, each for itself", async () => {
    const { enter, asked } = await show({ from: 500 });
    enter("Last step shown", "900");
    enter("First step shown", "");
    expect(asked).toEqual([{ span: "all", from: 500, to: 900 }, { span: "all", from: null, to: null }]);
  });

  it("are those of the finding at first, where these are shown", async () => {
    const { find, enter, asked, steps } = await show({ span: "finding" }, true);
    expect(steps()[0]).toBe(3400);
    expect(find<HTMLInputElement>("[aria-label='First step shown']").value).toBe("3400");
    enter("First step shown", "4000");
    expect(asked).toEqual([{ span: "all", from: 4000, to: 5900 }]);
  });

  it("are all of them again by one choice", async () => {
    const { find, asked, steps } = await show({ from: 100, to: 300 });
    expect(steps()).toEqual([100, 200, 300]);
    const select = find<HTMLSelectElement>("[aria-label='Steps shown']");
    expect(select.textContent).toContain("Steps from");
    select.value = "all";
    select.dispatchEvent(new Event("change"));
    expect(asked).toEqual([{ span: "all", from: null, to: null }]);
  });

  it("are the strips' too", async () => {
    const { find } = await show({ from: 100, to: 200 });
    const { strips, domain } = find<HTMLElementTagNameMap["histdiag-strips"]>("histdiag-strips");
    expect(domain).toEqual([100, 200]);
    expect(Array.from(strips[0]!.lines[0]!.series.value)).toEqual([2, 3]);
  });
});

describe("several runs", () => {
  const beside: Record<string, SeriesHistograms | null> = { b: histograms([spread(-3, 1), null]), later: null, empty: histograms([]) };
  const several = { others: ["b", "later", "empty", "none"], histogramsOf: (run: string) => beside[run] };
  const twins = (element: Pictures) => [...element.shadowRoot!.querySelectorAll("histdiag-twin")];
  const said = (element: Pictures) => element.shadowRoot!.querySelector(".legend p")!.textContent!.replace(/\s+/g, " ").trim();

  it("are drawn over each other, and who is not is told", async () => {
    const { element } = await show({}, false, several);
    expect(twins(element).map(({ over, scope }) => [over?.names, scope])).toEqual([[["a", "b"], null]]);
    expect(said(element)).toBe(`ab b is not finite at 1 step. empty has no record at the steps chosen. none has no tensor ${one.tag}.`);
  });

  it("stand side by side on one axis if asked to, and as bands always", async () => {
    const { element, find, asked } = await show({}, false, several);
    find<HTMLElement>(".legend button").click();
    expect(asked).toEqual([{ apart: true }]);
    for (const link of [{ apart: true }, { mode: "bands" as const }]) {
      element.link = { ...START, ...link };
      await element.updateComplete;
      const [first, second, ...more] = twins(element);
      expect([more, first!.over, first!.scope, second!.histograms!.steps.length]).toEqual([[], null, second!.scope, 2]);
      expect(second!.label).toBe(`b: ${one.tag}: As in b.`);
      expect([...element.shadowRoot!.querySelectorAll("figcaption")].map((name) => name.textContent!.trim())).toEqual(["a", "b"]);
    }
    expect(find<HTMLButtonElement>(".legend button").disabled).toBe(true);
  });

  it("are laid out anew only when one of them changes", async () => {
    const { element } = await show({}, false, several);
    const { over } = twins(element)[0]!;
    Object.assign(element, { others: [...several.others], tick: 2, cursor: 300 });
    await element.updateComplete;
    expect(twins(element)[0]!.over).toBe(over);
    beside["later"] = histograms([spread(0, 1)]);
    element.tick = 3;
    await element.updateComplete;
    expect(twins(element)[0]!.over!.names).toEqual(["a", "b", "later"]);
  });
});

describe("the pictures", () => {
  it("hand the twin what it has when only the cursor moves", async () => {
    const { element, find } = await show({ from: 100 }, true);
    const twin = find<HTMLElementTagNameMap["histdiag-twin"]>("histdiag-twin");
    const before = [twin.histograms, twin.marks, twin.span, twin.domain];
    element.cursor = 300;
    await element.updateComplete;
    expect(twin.cursor).toBe(300);
    [twin.histograms, twin.marks, twin.span, twin.domain].forEach((value, i) => expect(value).toBe(before[i]));
  });

  it("turn axes over, but no counts where there are none", async () => {
    const press = async (link: Partial<Link>) => {
      const { element, asked } = await show(link);
      for (const name of ["Log values", "Log counts"])
        [...element.shadowRoot!.querySelectorAll("button")].find((button) => button.textContent === name)!.click();
      element.remove();
      return asked;
    };
    expect(await press({})).toEqual([{ values: "symlog" }, { counts: "log" }]);
    expect(await press({ values: "symlog", mode: "bands", counts: "log" })).toEqual([{ values: "linear" }]);
  });

  it("open in full size and come back", async () => {
    const { element, find } = await show({ mode: "bands" });
    find<HTMLElement>("button[title='Full size']").click();
    await element.updateComplete;
    const dialog = find<HTMLDialogElement>("dialog");
    expect([dialog.open, dialog.getAttribute("aria-label"), dialog.querySelectorAll("histdiag-twin").length]).toEqual([true, `Histograms of ${one.tag}`, 1]);
    const left: Event[] = [];
    element.addEventListener("keydown", (event) => left.push(event));
    dialog.dispatchEvent(new KeyboardEvent("keydown", { key: "Escape", bubbles: true }));
    expect(left).toEqual([]);
    dialog.querySelector<HTMLElement>("button[title^='Back']")!.click();
    await element.updateComplete;
    await element.updateComplete;
    expect(find("dialog")).toBeNull();
  });
});
