// Walks through several runs.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { coloursOfLegend, hasRunInColour, titlesOfSvg } from "../inside.mjs";
import { PATIENCE, accessible, address, choose, hashed, open, panelOf, pictures, reopened, saved, shoot, tabOf, trouble, verdict } from "../page.mjs";

/** Tick or untick runs to compare with. */
async function tick(frame, ...runs) {
  const choice = verdict(frame).locator("summary", { hasText: "Compare with" });
  await choice.click();
  for (const name of runs) await verdict(frame).getByRole("checkbox", { name }).click();
  await choice.click();
}

export async function compare() {
  const { page, frame } = await open({ hash: "&p.histdiag.run=healthy-tanh" });
  await tick(frame, "vanishing-gradients");
  await hashed(frame, /with=vanishing-gradients/);
  const table = frame.getByRole("region", { name: "Comparison of runs" });
  await table.getByText(/^vanishing-gradients differs most in .*times as wide.*findings? that healthy-tanh has not\.$/).waitFor({ timeout: PATIENCE });
  const [top] = await frame.getByRole("region", { name: "Findings" }).evaluateAll((all) => all.map((one) => one.getBoundingClientRect().top));
  assert.ok(top < 260, `the findings begin ${top} px below the top, though two runs are compared`);
  await table.getByText(/^Tensor by tensor/).click();
  await table.getByText(/Found in vanishing-gradients alone/).click();
  await table.getByText(/Vanishing gradients: dense1/).waitFor({ timeout: PATIENCE });
  const shared = table.getByRole("button", { name: "dense2/kernel", exact: true });
  await shared.focus();
  await page.keyboard.press("Enter");
  await hashed(frame, /tag=dense2%2Fkernel/);
  assert.equal(await shared.getAttribute("aria-pressed"), "true");
  const panel = panelOf(frame);
  const legend = panel.locator(".legend").first();
  for (const name of ["healthy-tanh", "vanishing-gradients"]) await legend.getByText(name).waitFor({ timeout: PATIENCE });
  await panel.scrollIntoViewIfNeeded(); // what nobody sees is not painted
  await frame.waitForFunction(coloursOfLegend, null, { timeout: PATIENCE });
  await accessible(frame, "two runs");
  await page.evaluate(() => document.body.classList.add("dark-mode"));
  await accessible(frame, "dark, two runs");
  await shoot(page, "compare-1280");
  await panel.getByRole("button", { name: "One step" }).click();
  await legend.getByText("vanishing-gradients, step 500").waitFor({ timeout: PATIENCE });
  await panel.getByRole("button", { name: "Bands" }).click();
  await panel.locator("figcaption").getByText("vanishing-gradients").waitFor({ timeout: PATIENCE });
  await panel.getByRole("button", { name: "Overlay" }).click();

  const second = panel.getByRole("button", { name: "Compare two steps" });
  await second.focus();
  await page.keyboard.press("Enter");
  await legend.getByText(/^step 0$/).waitFor({ timeout: PATIENCE });
  await panel.getByRole("button", { name: "Next second record" }).focus();
  await page.keyboard.press("Enter");
  await hashed(frame, /step2=10(&|$)/);
  await page.reload();
  const again = await tabOf(page);
  await panelOf(again).locator(".legend").getByText(/^step 10$/).waitFor({ timeout: PATIENCE });
  await shoot(page, "two-steps-1280");
  await panelOf(again).getByRole("button", { name: "Next second record" }).focus();
  await page.keyboard.press("Escape");
  await hashed(again, /^(?!.*step2=)/);
  const twin = panelOf(again).getByRole("slider").first();
  await twin.hover();
  await twin.click({ modifiers: ["Shift"] });
  await hashed(again, /step2=\d+/);
  await choose(again, "vanishing-gradients");
  await hashed(again, /run=vanishing-gradients&p\.histdiag\.with=healthy-tanh/);

  await tick(again, "healthy-tanh", "<img src=x");
  await again.getByText(/<img src=x onerror=alert\(1\)> have no tensor in common/).waitFor({ timeout: PATIENCE });
  await panelOf(again).getByText("<img src=x onerror=alert(1)> has no tensor").waitFor({ timeout: PATIENCE });
  assert.equal(await again.locator("img[src=x]").count(), 0);
  await page.setViewportSize({ width: 768, height: 1024 });
  const beyond = await again.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  assert.ok(beyond <= 0, `the page is ${beyond} px wider than the window`);
  await shoot(page, "compare-768");
  await again.getByRole("button", { name: "Stop comparing" }).click();
  await hashed(again, /^(?!.*with=)/);

  const gone = await reopened(page, "&p.histdiag.run=healthy-tanh&p.histdiag.with=gone");
  await gone.getByText("The run to compare with has no histograms in this log.").waitFor({ timeout: PATIENCE });
  await gone.getByRole("button", { name: "Dismiss" }).click();
  await hashed(gone, /^(?!.*with=)/);
  const colour = await gone.locator(".facts .swatch rect").first().getAttribute("fill");
  assert.deepEqual(trouble, []);
  await page.setViewportSize({ width: 1280, height: 800 });
  await page.goto(`${address}#timeseries`);
  await page.waitForFunction(hasRunInColour, ["healthy-tanh", colour], { timeout: PATIENCE });
  trouble.length = 0; // the stock charts complain of records that are not finite
}

/** More than two: chosen by ticks, kept in the link, over each other and side by side. */
export async function several() {
  const { page, frame } = await open({ hash: "&p.histdiag.run=healthy-tanh&p.histdiag.tag=dense2/kernel", width: 1440 });
  await tick(frame, "vanishing-gradients", "nan-midway");
  await hashed(frame, /with=nan-midway%2Cvanishing-gradients/);
  const head = await verdict(frame).locator(".facts").evaluate((facts) => facts.offsetHeight);
  assert.ok(head < 48, `the facts take one line, not ${head} px`);
  const panel = panelOf(frame);
  await panel.locator(".legend").getByText("vanishing-gradients").waitFor({ timeout: PATIENCE });
  const strip = panel.locator("histdiag-strips .strip").first();
  await strip.locator("path.value").nth(2).waitFor({ state: "attached", timeout: PATIENCE });
  const colours = await strip.locator("path.value").evaluateAll((paths) => paths.map((path) => getComputedStyle(path).stroke));
  assert.equal(new Set(colours).size, 3, "each run has a line of its colour");
  const words = frame.getByRole("region", { name: "Comparison of runs" });
  const against = words.getByRole("combobox", { name: "Compare in words with" });
  await words.getByText(/^nan-midway differs/).waitFor({ timeout: PATIENCE });
  await against.selectOption("vanishing-gradients");
  await words.getByText(/^vanishing-gradients differs/).waitFor({ timeout: PATIENCE });

  await panel.getByRole("button", { name: "Side by side" }).click();
  await hashed(frame, /apart=true/);
  await page.reload();
  const again = await tabOf(page);
  const beside = panelOf(again).locator("figure");
  await beside.nth(2).locator("text").first().waitFor({ timeout: PATIENCE });
  const ends = () => beside.evaluateAll((all) => all.map((one) => [...one.querySelector("histdiag-twin").shadowRoot.querySelectorAll("text[text-anchor=middle]")].map((text) => text.textContent).join(" ")));
  assert.equal(new Set(await ends()).size, 1, `one value axis for all: ${await ends()}`);
  await accessible(again, "three runs side by side");
  await shoot(page, "several-1440");
  await again.getByText("Export ▾").click();
  const file = (name) => saved(page, () => again.getByRole("button", { name }).click());
  const titles = await again.evaluate(titlesOfSvg, (await file("Picture as SVG")).bytes.toString());
  assert.deepEqual(titles.map((title) => title.split(" · ")[0]), ["healthy-tanh", "nan-midway", "vanishing-gradients"], "a file of all that is seen");
  const picture = (await file("Picture as PNG")).bytes;
  writeFileSync(join(pictures, "several-picture.png"), picture);
  assert.ok(picture.readUInt32BE(16) > 2 * 600, "side by side in pixels, too");
  await page.keyboard.press("Escape");
  await panelOf(again).getByRole("button", { name: "Bands" }).click();
  await beside.nth(2).getByText("p50").waitFor({ timeout: PATIENCE });
  await page.evaluate(() => document.body.classList.add("dark-mode"));
  await accessible(again, "dark, bands of three runs");
  await tick(again, "nan-midway");
  await beside.nth(2).waitFor({ state: "detached", timeout: PATIENCE });
  await page.setViewportSize({ width: 768, height: 1024 });
  const beyond = await again.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  assert.ok(beyond <= 0, `the page is ${beyond} px wider than the window`);
  await shoot(page, "several-768");
}
