// Opens TensorBoard's own Time Series tab and prints the bins its histogram cards compute: node stock_bins.mjs ADDRESS CARDS
import assert from "node:assert/strict";
import { createRequire } from "node:module";

const require = createRequire(new URL("../../frontend/package.json", import.meta.url));
const { chromium } = require("playwright-core");

const [address, cards] = process.argv.slice(2);
const PATIENCE = 60_000;

// The card normalises [{step, wallTime, bins}] to 30 bins in this expression; nothing else of the app is touched.
const NORMALISED =
  /(\w+)\.map\((\w+)=>\(\{step:\2\.step,wallTime:\2\.wallTime,bins:(\w+)\?\w+\(\2\.bins,\3,\w+\):\[\]\}\)\)/g;

const browser = await chromium.launch({
  executablePath: process.env.HISTDIAG_CHROMIUM,
  args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
});
try {
  const page = await browser.newPage({ viewport: { width: 1600, height: 4000 } });
  await page.addInitScript(() => {
    const seen = (globalThis.stockBins = new Map());
    globalThis.takeDown = (steps) => {
      if (steps.length > 0) seen.set(steps[0].step, steps);
      return steps;
    };
  });
  await page.route(/\/index\.js(\?|$)/, async (route) => {
    const response = await route.fetch();
    let found = 0;
    const body = (await response.text()).replace(NORMALISED, (whole) => (found++, `globalThis.takeDown(${whole})`));
    assert.equal(found, 1, "TensorBoard's bundle has the card's normalisation once");
    await route.fulfill({ response, body });
  });
  await page.goto(`${address}#timeseries`);
  const next = page.getByRole("button", { name: "Next" }).first();
  for (;;) {
    await page.waitForFunction(() => {
      const shown = [...document.querySelectorAll("histogram-card")];
      return shown.length > 0 && shown.every((card) => card.querySelector("tb-histogram svg"));
    }, null, { timeout: PATIENCE });
    if (!(await next.isVisible()) || (await next.isDisabled())) break;
    await next.click();
  }
  await page.waitForFunction((count) => globalThis.stockBins.size === count, Number(cards), { timeout: PATIENCE });
  const drawn = await page.evaluate(() => [...globalThis.stockBins.values()]);
  process.stdout.write(JSON.stringify(drawn));
} finally {
  await browser.close();
}
