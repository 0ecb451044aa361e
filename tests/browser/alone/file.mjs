// Walks through a page that holds its own data, opened from the disk or framed as in a notebook.
import assert from "node:assert/strict";
import { PATIENCE, accessible, address, browser, choose, explanation, findings, open, panelOf, shoot, trouble, verdict } from "../page.mjs";

const { HISTDIAG_PAGE: file, HISTDIAG_RUNS: runs } = process.env;

/** Open a file; whatever it asks for but itself is trouble, and the network is gone. */
async function opened(place, { hash = "", dark = false, script = true, width = 1280 } = {}) {
  const context = await browser.newContext({ viewport: { width, height: 800 }, colorScheme: dark ? "dark" : "light", javaScriptEnabled: script, offline: true });
  const page = await context.newPage();
  const own = `file://${place}`;
  page.on("request", (request) => {
    const to = request.url();
    if (to.split("#")[0] !== own && !/^(data|about):/.test(to)) trouble.push(`asked for ${to}`);
  });
  page.on("console", (message) => {
    if (message.type() === "error" || /Content Security Policy/i.test(message.text())) trouble.push(message.text());
  });
  page.on("pageerror", (error) => trouble.push(String(error)));
  page.on("dialog", (dialog) => trouble.push(`dialog: ${dialog.message()}`));
  await page.goto(`${own}#histdiag${hash}`);
  return page;
}

/** What somebody reads: findings, the explanation, the pictures with their marks and figures. */
async function read(page) {
  const words = async (region) => (await region.count() ? (await region.first().textContent()).replace(/\s+/g, " ").trim() : "");
  const marks = () => {
    const open = (root) => [...root.querySelectorAll("*")].flatMap((one) => [one, ...(one.shadowRoot ? open(one.shadowRoot) : [])]);
    const shown = open(document).filter((one) => one.matches("histdiag-pictures, histdiag-health"));
    return shown.flatMap((one) => open(one.shadowRoot)).filter((one) => one.matches("svg text, svg path, svg line, svg rect"))
      .map((one) => one.textContent.trim() || one.getAttribute("d") || one.getAttribute("class") || "").filter(Boolean)
      .map((one) => one.replace(/-?\d+\.\d+/g, (number) => Number(number).toFixed(0))); // seven digits are the same
  };
  return {
    findings: await words(findings(page)),
    explanation: await words(explanation(page)),
    pictures: await words(panelOf(page)),
    marks: await page.evaluate(marks),
  };
}

/** Two pages that say and draw the same, as soon as both have drawn all. */
async function same(one, other, what) {
  const end = Date.now() + PATIENCE;
  for (;;) {
    const both = [await read(one), await read(other)];
    if (JSON.stringify(both[0]) === JSON.stringify(both[1]) && both[0].marks.length > 40 && both[0].findings) return both[0];
    if (Date.now() > end) {
      const [tab, file] = both.map((read) => Object.values(read).flat());
      const at = tab.findIndex((one, i) => one !== file[i]);
      assert.deepEqual(file.slice(at - 8, at + 6), tab.slice(at - 8, at + 6), `${what}: ${tab.length} and ${file.length} parts`);
    }
    await one.waitForTimeout(100);
  }
}

/** The page says and marks what the tab does. */
export async function shown() {
  const { page: host, frame } = await open();
  await verdict(frame).waitFor({ timeout: PATIENCE });
  const { width, height } = await frame.evaluate(() => ({ width: innerWidth, height: innerHeight }));
  const page = await opened(file);
  await page.setViewportSize({ width, height });
  await verdict(page).waitFor({ timeout: PATIENCE });
  const all = JSON.parse(runs);
  await verdict(frame).getByRole("combobox").first().locator("option").nth(all.length - 1).waitFor({ state: "attached", timeout: PATIENCE });
  for (const run of all) {
    await choose(frame, run);
    await choose(page, run);
    const told = await same(frame, page, run);
    assert.equal(Boolean(told.explanation), !run.startsWith("healthy"), "of a sick run something is explained");
    for (const name of ["Open in Histograms", "Open in Time Series"]) {
      assert.ok(await frame.getByRole("button", { name }).first().isVisible());
      assert.equal(await page.getByRole("button", { name }).count(), 0, "there is no such tab");
    }
    assert.doesNotMatch(await verdict(page).innerText(), /updated/);
    await shoot(page, `file-${run}`);
  }
  await host.close();
  await accessible(page, "a page that holds its data");
}

/** Compared, narrow, dark, by a link, printed. */
export async function used() {
  const [one, other] = JSON.parse(runs);
  const page = await opened(file, { hash: `&p.histdiag.run=${one}&p.histdiag.with=${other}`, dark: true, width: 768 });
  await page.getByRole("region", { name: "Comparison of runs" }).getByText(/alike|differ/).first().waitFor({ timeout: PATIENCE });
  assert.equal(await page.locator("html").getAttribute("data-theme"), "dark");
  await shoot(page, "file-compared-768-dark");
  await verdict(page).getByRole("button", { name: /^Help/ }).click();
  await page.getByText("walk the findings").waitFor({ timeout: PATIENCE });
  await page.keyboard.press("Escape");
  await verdict(page).getByRole("button", { name: "Copy link" }).waitFor();
  assert.match(page.url(), new RegExp(`^file:.*#histdiag.*run=${one}`));
  for (const format of ["A4", "Letter"]) {
    const text = (await page.pdf({ format })).toString("latin1");
    assert.equal(text.match(/\/Type\s*\/Page\b/g).length, 1, `one page of ${format}`);
  }
}

/** As a notebook shows it: framed, as dark as what is around; where no script runs, a picture and a table. */
export async function framed() {
  const page = await opened(file);
  const frame = page.frameLocator("iframe[title=Diagnostics]");
  await verdict(frame).waitFor({ timeout: PATIENCE });
  const still = page.locator("table");
  assert.deepEqual([await page.locator("iframe").isVisible(), await still.isVisible()], [true, false]);
  assert.equal(await verdict(frame).getByRole("button", { name: "Copy link" }).count(), 0, "it has no address");
  const theme = (name) => frame.locator(`html[data-theme=${name}]`).waitFor({ state: "attached", timeout: PATIENCE });
  await theme("light");
  await page.evaluate(() => document.body.setAttribute("style", "background: #111; color: rgb(255, 255, 255)"));
  await theme("dark");
  await explanation(frame).getByRole("button", { name: "Mute", exact: true }).click();
  await frame.getByText("1 muted").waitFor({ timeout: PATIENCE });
  await shoot(page, "framed-dark");
  const unscripted = await opened(file, { script: false });
  await unscripted.locator("table").waitFor({ timeout: PATIENCE });
  assert.ok(await unscripted.locator("img").isVisible());
  assert.equal(await unscripted.locator("iframe").isVisible(), false);
  await shoot(unscripted, "framed-without-scripts");
}

/** Names that were chosen to break the page are text in it. */
export async function names() {
  const { visible, whole } = await import("./names.mjs");
  const { runs: all, tags } = JSON.parse(process.env.HISTDIAG_NAMES);
  const page = await opened(file);
  await verdict(page).waitFor({ timeout: PATIENCE });
  for (const kind of Object.keys(all)) {
    const tag = tags[kind] ?? tags.script;
    const place = new URLSearchParams({ "p.histdiag.run": all[kind], "p.histdiag.tag": tag });
    await page.evaluate((hash) => void (location.hash = hash), `histdiag&${String(place).replaceAll("+", "%20")}`);
    await page.waitForFunction((wanted) => {
      const open = (root) => [...root.querySelectorAll("*")].flatMap((one) => [one, ...(one.shadowRoot ? open(one.shadowRoot) : [])]);
      const all = open(document);
      const twin = all.find((one) => one.localName === "histdiag-twin" && !one.compact);
      return all.some((one) => one.ariaLabel === "Tensor" && one.value === wanted) && twin?.histograms?.tag === wanted;
    }, visible(tag), { timeout: PATIENCE });
    await findings(page).getByRole("button", { name: /Weights frozen/ }).first().waitFor({ timeout: PATIENCE });
    await whole(page, kind);
  }
  const still = await opened(file, { script: false });
  assert.ok((await still.locator("body").innerText()).includes("<img src=x onerror=alert(1)>"));
  assert.equal(await still.locator("img").count(), 0);
}
