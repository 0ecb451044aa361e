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
  page.at = async (state, place) => {
    await page.goto("about:blank"); // a hash alone would load nothing
    await page.goto(placeOf(state, place));
    await page.waitForFunction(() => document.querySelector("histdiag-app")?.shadowRoot?.querySelector("main > :not(.sr)"), null, { timeout: PATIENCE });
    do await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => setTimeout(done, 20))));
    while (pending.size);
  };
  return page;
}
