// Walks by links to a TensorBoard that has just started, under a path of its own, and is still measuring.
import assert from "node:assert/strict";
import { PATIENCE, explanation, hashed, open, panelOf, reopened, served, shoot, tabOf, trouble, verdict } from "../page.mjs";

const link = (values) => Object.entries(values).map(([key, value]) => `&p.histdiag.${key}=${encodeURIComponent(value)}`).join("");

/** All that a link can say, and that the page shows it. */
const ALL = {
  run: "train", with: "other", tag: "layer07/kernel", step: 4, step2: 2, metric: "spread", order: "name", axis: "relative",
  from: 1, to: 18, values: "symlog", counts: "log", filter: "layer0", role: "weight", mode: "overlay",
};

async function shows(frame) {
  const choice = (within, name, value) => within.locator(`select:is(#${name}, [aria-label="${name}"])`).and(frame.locator(`:has(option[value="${value}"]:checked)`));
  const health = frame.getByRole("region", { name: "Network health" });
  await verdict(frame).waitFor({ timeout: PATIENCE });
  await choice(verdict(frame), "run", "train").waitFor({ timeout: PATIENCE });
  await panelOf(frame).getByRole("combobox", { name: "Tensor" }).waitFor({ timeout: PATIENCE });
  assert.equal(await panelOf(frame).getByRole("combobox", { name: "Tensor" }).inputValue(), ALL.tag);
  assert.equal(await panelOf(frame).getByRole("combobox", { name: "Step axis" }).inputValue(), ALL.axis);
  assert.equal(await panelOf(frame).getByRole("spinbutton", { name: "First step shown" }).inputValue(), "1");
  await panelOf(frame).getByText("step 4", { exact: true }).first().waitFor({ timeout: PATIENCE });
  assert.equal(await health.locator(".metric").inputValue(), ALL.metric);
  for (const [key, value] of Object.entries(ALL)) assert.ok((await frame.evaluate(() => parent.location.hash)).includes(link({ [key]: value })), key);
  assert.equal(await frame.locator(".notices").getByText("of this link").count(), 0);
}

/** Answer as a server does that has just started: first it knows nothing, then one run of the two. */
function halfKnown(seen) {
  let times = 0;
  return async (route) => {
    const response = await route.fetch({ headers: {} });
    const report = await response.json();
    times += 1;
    if (times > 2) {
      await seen;
      return route.fulfill({ response });
    }
    const [runs, series, findings, groups, readings, coverage] = ["runs", "series", "findings", "groups", "readings", "coverage"].map((part) =>
      report[part].filter(({ run }) => times > 1 && run === "other"));
    const progress = { judged: 1, total: report.progress.total };
    return route.fulfill({ json: { ...report, progress, runs, series, findings, groups, readings, coverage }, headers: { etag: `"${times}"` } });
  };
}

export async function cold() {
  const { page, frame } = await open({ hash: link(ALL) });
  await shows(frame);
  let goOn;
  await page.route("**/histdiag/report", halfKnown(new Promise((resolve) => (goOn = resolve))));
  await page.reload();
  const again = await tabOf(page);
  await again.getByText(/Judged 1 of \d+ tensors\. What/).waitFor({ timeout: PATIENCE });
  assert.equal(await again.locator("#run").inputValue(), "other");
  assert.equal(await again.getByText(/has no histograms in this|no longer reported/).count(), 0, "what is not known yet is not called gone");
  goOn();
  await shows(again);
  await page.locator("[data-plugin-id=histograms]").click();
  await page.waitForURL(/#histograms/);
  await page.locator("[data-plugin-id=histdiag]").click();
  await hashed(again, /^#histdiag&.*tag=layer07/);
  await shows(again);
  await page.goBack();
  await page.waitForURL(/#histograms/);
  await page.goBack();
  await hashed(again, /^#histdiag&/);
  await shows(again);
  await page.goForward();
  await page.waitForURL(/#histograms/);
  await page.goForward();
  await shows(again);

  await page.locator("[data-plugin-id=histograms]").click();
  await page.waitForURL(/#histograms/);
  await page.evaluate((hash) => void (location.hash = hash), `#histdiag${link({ run: "train", tag: "layer03/kernel", mode: "bands" })}`);
  await panelOf(again).getByRole("button", { name: "Bands", pressed: true }).waitFor({ timeout: PATIENCE });
  assert.equal(await panelOf(again).getByRole("combobox", { name: "Tensor" }).inputValue(), "layer03/kernel");
  await hashed(again, /^#histdiag&.*layer03.*mode=bands/);
  const stock = /<path> attribute d: Expected number, "Mundefined/; // its charts complain of records that are not finite
  trouble.splice(0, Infinity, ...trouble.filter((line) => !stock.test(line)));
}

export async function vain() {
  const report = await served(({ findings }) => findings.some(({ rule }) => rule === "non-finite-values"));
  const { fingerprint, run } = report.findings.find(({ rule }) => rule === "non-finite-values");
  const { page, frame } = await open({ hash: link({ finding: fingerprint }) });
  await explanation(frame).getByRole("heading", { name: "Non-finite values" }).waitFor({ timeout: PATIENCE });
  assert.equal(await verdict(frame).locator("#run").inputValue(), run, "a finding's link finds its run");
  for (const [values, words] of [
    [{ run: "gone", tag: "gone", finding: "000000000000" }, "The run of this link has no histograms in this log."],
    [{ run: "train", finding: "000000000000" }, "The finding of this link is no longer reported"],
    [{ run: "train", tag: "gone" }, "The tensor of this link has no histograms in this run."],
    [{ run: "train", tag: "layer07/kernel", step: 9000 }, "no record near step 9,000"],
    [{ run: "train", with: "gone" }, "The run to compare with has no histograms in this log."],
  ]) {
    const tab = await reopened(page, link(values));
    await tab.getByText(words).waitFor({ timeout: PATIENCE });
    if (values.tag === "gone" && values.run === "train") await shoot(page, "links-vain-1280");
    await tab.getByRole("button", { name: "Dismiss" }).click();
    await tab.getByText(words).waitFor({ state: "detached", timeout: PATIENCE });
    await hashed(tab, /^(?!.*(gone|0000|9000))/);
  }
}
