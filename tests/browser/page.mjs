// What every walk needs: a page with the tab, the ways to its parts, and a list of all it complained about.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { spot } from "./inside.mjs";

const require = createRequire(new URL("../../frontend/package.json", import.meta.url));
const { chromium } = require("playwright-core");
const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

export const [address, pictures] = process.argv.slice(3);
export const PATIENCE = 30_000;
export const trouble = [];

export const browser = await chromium.connect(process.env.HISTDIAG_BROWSER);

/** Open the tab; everything the page complains about is kept. */
export async function open({ hash = "", width = 1280, height = 800, dark = false, prefix = "" } = {}) {
  const page = await browser.newPage({ viewport: { width, height } });
  page.on("console", (message) => {
    if (message.location().url.includes("/font-roboto/")) return; // TensorBoard seeks its own beside its path prefix
    if (message.type() === "error" || /Content Security Policy/i.test(message.text())) trouble.push(message.text());
  });
  page.on("pageerror", (error) => trouble.push(String(error)));
  page.on("dialog", (dialog) => trouble.push(`dialog: ${dialog.message()}`));
  page.on("request", (request) => {
    const to = new URL(request.url());
    if (/^https?:$/.test(to.protocol) && to.host !== new URL(address).host && !isHosts(to)) trouble.push(`request to ${to.host}`);
  });
  await page.goto(`${address}${prefix}${dark ? "?darkMode=true" : ""}#histdiag${hash}`);
  const frame = await tabOf(page);
  return { page, frame };
}

/** TensorBoard itself asks for a font and a feature of its maker; the tab's frame may ask for nothing of the kind. */
function isHosts(to) {
  return /(^|\.)(gstatic|googleapis|google)\.com$/.test(to.hostname);
}

export async function tabOf(page) {
  const element = await page.waitForSelector("iframe[src*='plugin_entry'], .plugins iframe", { timeout: PATIENCE });
  const frame = await element.contentFrame();
  await frame.waitForLoadState();
  return frame;
}

export const verdict = (frame) => frame.getByRole("region", { name: "Verdict" });
export const explanation = (frame) => frame.getByRole("region", { name: "Explanation" });
export const findings = (frame) => frame.getByRole("region", { name: "Findings" });
export const panelOf = (frame) => frame.getByRole("region", { name: "Pictures of the selected tensor" });

/** Wait until the address says so. */
export async function hashed(frame, pattern) {
  const says = ([source]) => new RegExp(source).test(parent.location.hash);
  await frame.waitForFunction(says, [pattern.source], { timeout: PATIENCE }).catch(async () => {
    assert.match(await frame.evaluate(() => parent.location.hash), pattern);
  });
}

/** The report, once the server has read what was written, measured all of it, and found what is waited for. */
export async function served(condition = () => true) {
  for (const end = Date.now() + PATIENCE; ; await pause(100)) {
    const report = await (await fetch(new URL("data/plugin/histdiag/report", address))).json();
    const { judged, total } = report.progress;
    if (total && judged === total && condition(report)) return report;
    assert.ok(Date.now() < end, "the server has not read what was written");
  }
}

export async function choose(frame, run) {
  const select = verdict(frame).getByRole("combobox").first();
  await select.waitFor({ timeout: PATIENCE });
  const valueOf = ([select, name]) => [...select.options].find((option) => option.textContent.trim().startsWith(name))?.value;
  // Just started, the server does not know all runs yet.
  const found = await frame.waitForFunction(valueOf, [await select.elementHandle(), run], { timeout: PATIENCE });
  await select.selectOption(await found.jsonValue());
}

/** Visit the tab anew in the same browser. */
export async function reopened(page, hash) {
  await page.goto("about:blank");
  await page.goto(`${address}#histdiag${hash}`);
  const frame = await tabOf(page);
  await verdict(frame).waitFor({ timeout: PATIENCE });
  return frame;
}

/** The file that an action saves. */
export async function saved(page, action) {
  const [download] = await Promise.all([page.waitForEvent("download", { timeout: PATIENCE }), action()]);
  const parts = [];
  for await (const part of await download.createReadStream()) parts.push(part);
  return { name: download.suggestedFilename(), bytes: Buffer.concat(parts) };
}

/** Go on by Tab until the focus is on what has this name, seen wherever it rests. */
export async function tabTo(page, frame, name, { key = "Tab", most = 40 } = {}) {
  const passed = [];
  for (let i = 0; i < most; i++) {
    await page.keyboard.press(key);
    const at = await frame.evaluate(spot);
    assert.ok(at, `the focus is lost after ${passed.at(-1)}`);
    assert.deepEqual(at.faults, [], `what has the focus is seen: ${at.name}`);
    if (typeof name === "string" ? at.name === name : name.test(at.name)) return at;
    passed.push(at.name);
  }
  assert.fail(`${name} is not reached by ${key}: ${passed.join(", ")}`);
}

/** Keep a screenshot for whoever wants to look. */
export async function shoot(page, name) {
  await page.screenshot({ path: join(pictures, `${name}.png`) });
}

const LEVELS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

/** That axe finds nothing wrong at levels A and AA, nor against good practice. */
export async function accessible(frame, what, { rules = LEVELS, without = [] } = {}) {
  await frame.evaluate(axe);
  const found = await frame.evaluate(async ([runOnly, without]) => {
    const exclude = without.map((name) => ({ fromShadowDom: ["histdiag-app", name] }));
    const result = await axe.run({ include: [["html"]], exclude }, { runOnly, resultTypes: ["violations"] });
    return result.violations.map((one) => `${one.id}: ${one.nodes.map((node) => `${node.target} ${node.failureSummary}`).slice(0, 3).join(" | ")}`);
  }, [rules, without]);
  assert.deepEqual(found, [], `axe: ${what}`);
}
