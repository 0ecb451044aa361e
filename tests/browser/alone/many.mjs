// Walks through a log with two thousand tensors: the page holds what is near the window, however far somebody goes.
import assert from "node:assert/strict";
import { PATIENCE, accessible, open, panelOf, shoot, verdict } from "../page.mjs";

/** What of the list of all tensors is made. Runs in the page. */
function made() {
  const within = (root) => [...root.querySelectorAll("*")].flatMap((one) => [one, ...(one.shadowRoot ? within(one.shadowRoot) : [])]);
  const all = within(document.querySelector("histdiag-app").shadowRoot.querySelector("histdiag-tensors").shadowRoot);
  const painted = all.filter((one) => one.localName === "canvas" && one.width > 0);
  return { elements: all.length, cards: all.filter((one) => one.localName === "histdiag-twin").length, painted: painted.length };
}

/** Bring a piece of a layer to the window's top. Runs in the page. */
function bring([layer, piece]) {
  const list = document.querySelector("histdiag-app").shadowRoot.querySelector("histdiag-tensors").shadowRoot;
  const fold = list.querySelectorAll(".layer .fold")[layer];
  if (fold.ariaExpanded === "false") fold.click();
  const own = fold.parentElement.querySelectorAll("histdiag-cards")[piece];
  own?.scrollIntoView({ block: "start" });
  const cards = [...(own?.shadowRoot.querySelectorAll("histdiag-twin") ?? [])];
  return cards.length > 0 && cards[0].shadowRoot.querySelector("canvas").width > 0 ? cards.length : 0;
}

export async function scrolled() {
  const { page, frame } = await open();
  await frame.getByText(/^\d[\d,]* of 2,080/).waitFor({ timeout: PATIENCE });
  const most = { elements: 0, cards: 0, painted: 0 };
  let drawn = 0;
  for (let layer = 20; layer < 23; layer++) {
    for (const piece of [0, 1, 2]) {
      drawn += await (await frame.waitForFunction(bring, [layer, piece], { timeout: PATIENCE })).jsonValue();
      const now = await frame.evaluate(made);
      for (const key of Object.keys(most)) most[key] = Math.max(most[key], now[key]);
    }
  }
  assert.equal(drawn, 3 * 52);
  assert.ok(most.cards <= 150, `${most.cards} cards at once`);
  assert.ok(most.painted <= most.cards, "and no more pictures");
  assert.ok(most.elements < 5000, `${most.elements} elements at once`);
  await frame.evaluate(() => scrollTo(0, 0));
  await frame.waitForFunction(`(${made})().painted === 0`, null, { timeout: PATIENCE });
  await page.close();
}

export async function chosen() {
  const { page, frame } = await open();
  await frame.getByText(/^\d[\d,]* of 2,080/).waitFor({ timeout: PATIENCE });
  const tensor = panelOf(frame).getByRole("combobox", { name: "Tensor" });
  const listed = () => tensor.locator("option").count();
  assert.ok((await listed()) < 500, "the tensors are listed only for who is about to choose");
  await tensor.focus();
  await frame.waitForFunction((select) => select.options.length === 2080, await tensor.elementHandle(), { timeout: PATIENCE });
  await tensor.selectOption("block7/mlp/relu/activation");
  await frame.waitForFunction(() => /block7%2Fmlp%2Frelu%2Factivation/.test(parent.location.hash), null, { timeout: PATIENCE });

  const box = frame.locator("histdiag-heatmap .scroll");
  const at = () => box.evaluate((one) => one.scrollTop);
  const before = await at();
  await box.hover();
  await page.mouse.wheel(0, 1500);
  await frame.waitForFunction(([one, from]) => one.scrollTop >= from + 1000, [await box.elementHandle(), before], { timeout: PATIENCE });
  const there = await at();
  await page.mouse.move(640, 330);
  await page.mouse.move(700, 350);
  await frame.waitForFunction(() => document.querySelector("histdiag-app").hovered !== null, null, { timeout: PATIENCE });
  await frame.evaluate(() => document.querySelector("histdiag-app").updateComplete);
  assert.equal(await at(), there, "to point at a step does not scroll back to the selection");
  assert.ok(await verdict(frame).isVisible());
  await page.close();
}

/** The table has a row for every tensor, and makes those of one page. */
export async function tabled() {
  const { page, frame } = await open({ hash: "&p.histdiag.table=true" });
  const table = frame.getByRole("region", { name: "Health as a table" });
  const rows = table.locator("tbody tr");
  await rows.first().waitFor({ timeout: PATIENCE });
  const pages = frame.getByRole("combobox", { name: "Rows of the table" });
  const ranges = (await pages.locator("option").allTextContents()).map((text) => text.trim());
  assert.equal(ranges.length, 21);
  assert.deepEqual([ranges[0], ranges.at(-1)], ["1–100 of 2,080", "2,001–2,080 of 2,080"]);
  const seen = new Set();
  for (const [at, many] of [[0, 100], [1, 100], [20, 80]]) {
    await pages.selectOption({ index: at });
    await frame.waitForFunction(([one, wanted]) => one.rows.length === wanted + 1, [await table.locator("table").elementHandle(), many], { timeout: PATIENCE });
    for (const tag of await rows.locator("th").allTextContents()) seen.add(tag);
  }
  assert.equal(seen.size, 280, "each page has rows of its own");
  await accessible(frame, "a page of the table");
  await shoot(page, "many-table-1280");
  await rows.last().getByRole("button").click();
  await frame.waitForFunction(() => /tag=/.test(parent.location.hash), null, { timeout: PATIENCE });
  await frame.getByRole("searchbox", { name: /Filter/ }).fill("block7/mlp/relu");
  await frame.waitForFunction((one) => one.rows.length > 1 && one.rows.length < 30, await table.locator("table").elementHandle(), { timeout: PATIENCE });
  assert.equal(await pages.count(), 0, "what fits one page needs no pages");
  await page.close();
}
