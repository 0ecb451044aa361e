// A walk from tensors whose names look like markup and like regular expressions to the stock tabs.
import assert from "node:assert/strict";
import { PATIENCE, open, panelOf } from "../page.mjs";

const tags = JSON.parse(process.env.HISTDIAG_TAGS);

/** The tags that the filter of the Histograms tab finds, in its first category; the others hold all there are. Runs in the page. */
function filtered(wanted) {
  const within = (root) => [...root.querySelectorAll("*")].flatMap((one) => [one, ...(one.shadowRoot ? within(one.shadowRoot) : [])]);
  const found = within(document).find(({ localName, category }) => localName === "tf-category-paginated-view" && category);
  const all = found ? [...within(found), ...(found.shadowRoot ? within(found.shadowRoot) : [])] : [];
  const cards = all.filter(({ localName }) => localName === "tf-histogram-loader");
  return found?.category.name.startsWith("^") && cards[0]?.tag === wanted ? { cards: cards.map(({ tag }) => tag), count: found.category.items.length } : null;
}

/** The tags of the cards that the Time Series tab shows. Runs in the page. */
function carded(wanted) {
  const cards = [...document.querySelectorAll("histogram-card .tag, histogram-card-component .tag")].map((one) => one.textContent.trim());
  return cards[0] === wanted ? { cards: [...new Set(cards)], count: 1 } : null;
}

export async function filters() {
  for (const tag of tags) {
    for (const [tab, place, look] of [["Histograms", /#histograms&tagFilter=/, filtered], ["Time Series", /tagFilter=.*#timeseries/, carded]]) {
      const { page, frame } = await open({ hash: `&p.histdiag.tag=${encodeURIComponent(tag)}` });
      await panelOf(frame).getByRole("slider", { name: tag }).first().waitFor({ timeout: PATIENCE });
      await frame.getByRole("button", { name: `Open in ${tab}` }).click();
      await page.waitForURL(place);
      const shown = await page.waitForFunction(look, tag, { timeout: PATIENCE });
      assert.deepEqual(await shown.jsonValue(), { cards: [tag], count: 1 }, `${tab}: ${tag}`);
      await page.close();
    }
  }
}
