// A page with the tab before recorded answers, in any of the states that the development page has.
import { placeOf, route } from "../../frontend/dev/routed.mjs";
import { PATIENCE, browser, trouble } from "./page.mjs";

/** A page whose `at(state)` shows a state and waits until nothing more comes. */
export async function stage({ width = 1280, height = 800, ...more } = {}) {
  const page = await browser.newPage({ viewport: { width, height }, ...more });
  const pending = new Set();
  page.on("pageerror", (error) => trouble.push(String(error)));
  page.on("request", (request) => pending.add(request));
  for (const end of ["requestfinished", "requestfailed"]) page.on(end, (request) => pending.delete(request));
  await route(page, trouble);
  page.rest = async () => {
    for (let before = -1, now; ; before = now) {
      now = await page.evaluate(drawn);
      if (!pending.size && now === before) return;
    }
  };
  page.at = async (state, place) => {
    await page.goto("about:blank"); // a hash alone would load nothing
    await page.goto(placeOf(state, place));
    await page.waitForFunction(() => document.querySelector("histdiag-app")?.shadowRoot?.querySelector("main > :not(.sr)"), null, { timeout: PATIENCE });
    await page.rest();
  };
  return page;
}

/** How many elements there are a frame later: the parts of the page are drawn one after the other, a frame each. Runs in the page. */
function drawn() {
  const open = (root) => [...root.querySelectorAll("*")].flatMap((one) => [one, ...(one.shadowRoot ? open(one.shadowRoot) : [])]);
  return new Promise((done) => requestAnimationFrame(() => setTimeout(() => done(open(document).length), 20)));
}

const named = (name) => (page) => page.getByRole("button", { name, exact: true }).first().click();
const pressed = (key) => async (page) => {
  await page.locator("main").focus();
  await page.keyboard.press(key);
};
const opened = (text) => (page) => page.locator("summary:visible", { hasText: text }).first().click();

/** What is open only while somebody uses it: the state it is in, and how it is opened. */
export const OPENED = {
  "a finding chosen": ["error", (page) => page.locator("histdiag-findings button[aria-expanded]").last().click()],
  "a tensor chosen": ["warning", (page) => page.getByRole("combobox", { name: "Tensor" }).selectOption({ index: 8 })],
  "a step pinned": ["warning", pressed("[")],
  "a cell of the heatmap": ["warning", (page) => page.getByRole("grid").focus()],
  "full size": ["warning", named("Full size")],
  "the Export menu": ["warning", opened("Export")],
  "runs to compare with": ["two-runs", opened("Compare with")],
  "runs compared tensor by tensor": ["two-runs", opened("Tensor by tensor")],
  "side by side": ["two-runs", named("Side by side")],
  "what was checked": ["clear", opened(/rules? ran/)],
  "rules that found nothing": ["clear", opened("found nothing")],
  "how to log": ["weights-only", opened("How to log them")],
  "muted": ["error", async (page) => {
    await named("Mute")(page);
    await opened(/^\d+ muted/)(page);
  }],
  "help": ["clear", pressed("?")],
};
