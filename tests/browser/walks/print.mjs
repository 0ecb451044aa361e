// Walks that end on paper.
import assert from "node:assert/strict";
import { onPaper } from "../inside.mjs";
import { PATIENCE, address, browser, choose, open, shoot, trouble, verdict } from "../page.mjs";

export async function ways() {
  const { page, frame } = await open({ dark: true });
  await choose(frame, "vanishing-gradients");
  await frame.evaluate(() => {
    window.prints = 0;
    window.print = () => window.prints++;
  });
  await frame.getByText("Export ▾").click();
  await frame.getByRole("button", { name: "Print" }).click();
  assert.equal(await frame.evaluate(() => window.prints), 1);
  await page.keyboard.press("Control+p");
  assert.equal(await frame.evaluate(() => window.prints), 2);
  await page.keyboard.press("p");
  assert.equal(await frame.evaluate(() => window.prints), 2);

  const theme = () => frame.evaluate(() => [document.documentElement.dataset.theme, getComputedStyle(document.body).color]);
  const before = await theme();
  assert.equal(before[0], "dark");
  await frame.evaluate(() => dispatchEvent(new Event("beforeprint")));
  assert.deepEqual(await theme(), ["light", "rgb(32, 33, 36)"]);
  await frame.evaluate(() => dispatchEvent(new Event("afterprint")));
  assert.deepEqual(await theme(), before);
}

/** The tab alone, so that the browser prints it and not what is around it. */
async function alone(run, report = (found) => found) {
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 }, colorScheme: "dark" });
  page.on("pageerror", (error) => trouble.push(String(error)));
  await page.route("**/histdiag/report", async (route) => {
    const answer = await route.fetch();
    await route.fulfill({ response: answer, json: report(await answer.json()) });
  });
  await page.goto(`${address}data/plugin_entry.html?name=histdiag#histdiag&p.histdiag.run=${run}`, { waitUntil: "networkidle" });
  await verdict(page).waitFor({ timeout: PATIENCE });
  return page;
}

/** How many pages a browser prints. */
async function pages(page, format) {
  const text = (await page.pdf({ format })).toString("latin1");
  return text.match(/\/Type\s*\/Page\b/g).length;
}

export async function paper() {
  const many = (report) => {
    const findings = report.findings.flatMap((one) => Array.from({ length: 40 }, (_, i) => ({ ...one, fingerprint: `${one.fingerprint}${i}` })));
    return { ...report, findings, groups: [] };
  };
  for (const [run, report, says] of [
    ["healthy-tanh", undefined, /Nothing found in \d+ tensors.*51 records.*\d+ of \d+ rules ran.*Checked: .*Dead units/s],
    ["nan-midway", undefined, /\d+ errors? in \d+ of \d+ tensors.*Error: Non-finite values.*steps 300 to 500.*Try /s],
    ["vanishing-gradients", many, /Error: Vanishing gradients.*dense1 . output 3\.2e−7 .*≤ 1e−5.*\d+ more findings\..*Checked: /s],
  ]) {
    const page = await alone(run, report);
    for (const format of ["A4", "Letter"]) assert.equal(await pages(page, format), 1, `${run} on ${format}`);
    await page.emulateMedia({ media: "print" });
    await page.setViewportSize({ width: 703, height: 1000 });
    const { text, beyond, pictures, others } = await page.evaluate(onPaper);
    assert.match(text, says);
    assert.doesNotMatch(text, /\de-\d/, "a hyphen for a minus sign, at which a line may break");
    assert.match(text, new RegExp(`^Run ${run}.*histdiag \\d+\\.\\d+.*\\d{4}.*${address}.*log \\w+$`, "s"));
    assert.deepEqual(beyond, [], `${run}: what reaches out of the page`);
    assert.deepEqual(others, [], "nothing else is printed");
    assert.equal(pictures, run === "healthy-tanh" ? 1 : 2, "the heatmap, and the twin of the worst finding");
    await shoot(page, `print-${run}`);
    await page.close();
  }
}
