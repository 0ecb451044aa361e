// Walks through a log that grows while the tab is open: what is new lies ready in folders beside the log.
import assert from "node:assert/strict";
import { cpSync, rmSync } from "node:fs";
import { join } from "node:path";
import { PATIENCE, accessible, findings, hashed, open, panelOf, served, shoot, verdict } from "../page.mjs";

const folder = process.env.HISTDIAG_GROWING;
const log = join(folder, "log");

const reaches = (run, step) => ({ runs }) => runs.find((one) => one.run === run)?.last_step === step;

/** Write what lies ready, and wait for the server. */
async function write(what, condition) {
  cpSync(join(folder, what), log, { recursive: true });
  return served(condition);
}

/** As TensorBoard does by itself: nothing is pressed, and the focus stays where it is. */
const reload = (page) => page.locator("app-header-reload button").dispatchEvent("click");

/** Where the reader's eye is: places, what has the focus, how much is scrolled, what is folded. Runs in the page. */
function eye() {
  const within = (root) => [...root.querySelectorAll("*")].flatMap((one) => [one, ...(one.shadowRoot ? within(one.shadowRoot) : [])]);
  const all = within(document);
  let focus = document.activeElement;
  while (focus.shadowRoot?.activeElement) focus = focus.shadowRoot.activeElement;
  return {
    focus: focus.textContent.trim().slice(0, 20),
    top: Math.round(focus.getBoundingClientRect().top),
    heat: all.find((one) => one.matches("histdiag-heatmap")).shadowRoot.querySelector(".scroll").scrollTop,
    open: all.filter((one) => one.matches(".title button[aria-expanded=true]")).map((one) => one.title),
    pressed: all.filter((one) => one.matches(".seg [aria-pressed=true]")).map((one) => one.textContent.trim()),
    hash: parent.location.hash,
  };
}

const tab = (page, plugin) => page.locator(`[data-plugin-id=${plugin}]`);

/** Which histograms a request is for, and how many of each. */
function seriesOf(request) {
  const { pathname, searchParams } = new URL(request);
  const ids = pathname.endsWith("/histdiag/histograms") ? searchParams.get("series").split(",") : [];
  return ids.map((id) => `${id} ${searchParams.get("steps")}`);
}

export async function grows() {
  const { page, frame } = await open({ hash: "&p.histdiag.run=train&p.histdiag.tag=layer07%2Fkernel&p.histdiag.mode=overlay&p.histdiag.step=10" });
  const asked = [];
  page.on("request", (request) => asked.push(request.url()));
  await verdict(frame).getByText("0–19").waitFor({ timeout: PATIENCE });
  await frame.getByRole("button", { name: "layer05", exact: true }).first().click();
  const layer = frame.getByRole("region", { name: "All tensors" }).getByRole("button", { name: /^layer09/ });
  await layer.evaluate((one) => one.scrollIntoView());
  await layer.focus();
  await frame.waitForFunction(() => scrollY > 0, null, { timeout: PATIENCE });
  await page.waitForLoadState("networkidle");
  const before = await frame.evaluate(eye);
  assert.deepEqual(before.open, ["layer05"]);

  const { series } = await write("one grows", reaches("train", 24));
  const known = asked.splice(0).flatMap(seriesOf);
  await reload(page);
  await verdict(frame).getByText("0–24").waitFor({ timeout: PATIENCE });
  await page.waitForLoadState("networkidle");
  assert.deepEqual(await frame.evaluate(eye), before, "nothing moves under the reader's eye");
  const same = series.filter(({ last_step: last }) => last === 19).flatMap(({ id }) => [`${id} 24`, `${id} null`]);
  assert.equal(same.length, 22);
  assert.deepEqual(asked.flatMap(seriesOf).filter((one) => known.includes(one) && same.includes(one)), [], "what has not grown is not read again");

  const { findings: found } = await write("one breaks", reaches("train", 29));
  assert.ok(found.some(({ rule }) => rule === "non-finite-values"));
  await reload(page);
  await verdict(frame).getByText("0–29").waitFor({ timeout: PATIENCE });
  const { hash, focus, pressed } = await frame.evaluate(eye);
  assert.deepEqual([hash, focus, pressed], [before.hash, before.focus, before.pressed]);
  const fresh = findings(frame).getByRole("button", { name: /Non-finite values.*new/s });
  await fresh.waitFor({ timeout: PATIENCE });
  await frame.getByText(/^Reloaded: \d+ new findings?, \d+ gone\.$/).waitFor({ state: "attached", timeout: PATIENCE });
  await accessible(frame, "a new finding");
  await shoot(page, "live-1280");
  await fresh.click();
  await fresh.waitFor({ state: "detached", timeout: PATIENCE });
  await hashed(frame, /finding=\w+/);
}

export async function unseen() {
  const { page, frame } = await open({ hash: "&p.histdiag.run=train&p.histdiag.mode=overlay" });
  await verdict(frame).getByText("0–29").waitFor({ timeout: PATIENCE });
  await panelOf(frame).scrollIntoViewIfNeeded();
  await page.waitForLoadState("networkidle");
  await frame.evaluate(() => {
    window.heard = window.drawn = 0;
    const post = MessagePort.prototype.postMessage;
    MessagePort.prototype.postMessage = function (text) {
      if (/DataReloaded/.test(text)) queueMicrotask(() => window.heard++);
      return post.apply(this, arguments);
    };
    const context = HTMLCanvasElement.prototype.getContext;
    HTMLCanvasElement.prototype.getContext = function () {
      window.drawn++;
      return context.apply(this, arguments);
    };
  });
  const asked = [];
  page.on("request", (request) => request.url().includes("/histdiag/") && asked.push(request.url()));
  const heard = (count) => frame.waitForFunction((wanted) => window.heard >= wanted, count, { timeout: PATIENCE });
  /** Reload while nobody sees the tab, and hear nothing from it. */
  const quiet = async (count, what) => {
    await reload(page);
    await heard(count);
    assert.deepEqual(asked, [], what);
  };

  await tab(page, "histograms").click();
  await page.waitForURL(/#histograms/);
  await frame.waitForFunction(() => innerHeight === 0, null, { timeout: PATIENCE });
  await quiet(1, "nothing is new");
  await frame.evaluate(() => void (window.drawn = 0)); // what was under way when the tab was left is drawn by now
  await write("unseen", reaches("train", 32));
  await quiet(2, "under another tab");
  assert.equal(await frame.evaluate(() => window.drawn), 0, "nothing is drawn");
  const show = (hidden) => frame.evaluate((value) => {
    Object.defineProperty(document, "hidden", { value, configurable: true });
    document.dispatchEvent(new Event("visibilitychange"));
  }, hidden);
  await show(true);
  await tab(page, "histdiag").click();
  await frame.waitForFunction(() => innerHeight > 0, null, { timeout: PATIENCE });
  await quiet(3, "in a window behind others");
  await show(false);
  await verdict(frame).getByText("0–32").waitFor({ timeout: PATIENCE });
  await hashed(frame, /^#histdiag&.*mode=overlay/);
  assert.equal(asked.filter((url) => url.endsWith("/report")).length, 1, "it catches up once");
}

export async function vanishes() {
  const { page, frame } = await open({ hash: "&p.histdiag.run=train" });
  await verdict(frame).getByText("0–32").waitFor({ timeout: PATIENCE });
  await write("another run", reaches("later", 19));
  await reload(page);
  await verdict(frame).locator("#run option[value=later]").waitFor({ state: "attached", timeout: PATIENCE });
  assert.equal(await verdict(frame).locator("#run").inputValue(), "train", "the run stays that is read");
  await hashed(frame, /run=train/);

  rmSync(join(log, "train"), { recursive: true });
  await served(({ runs }) => runs.length === 1);
  await reload(page);
  await frame.getByText("The run of this link has no histograms in this log.").waitFor({ timeout: PATIENCE });
  assert.equal(await verdict(frame).locator("#run").inputValue(), "later");
  await accessible(frame, "a run that is gone");
  await shoot(page, "live-gone-1280");
  await frame.getByRole("button", { name: "Dismiss" }).click();
  await hashed(frame, /run=later/);
}

/** All that was logged is thrown away, and something else is logged in its place. */
export async function replaced() {
  const { page, frame } = await open({ hash: "&p.histdiag.run=later&p.histdiag.tag=layer07%2Fkernel&p.histdiag.step=10" });
  const twin = (tag) => panelOf(frame).getByRole("slider", { name: new RegExp(`^${tag}`) }).first();
  await twin("layer07/kernel").waitFor({ timeout: PATIENCE });
  rmSync(join(log, "later"), { recursive: true });
  const { series } = await write("another log", ({ runs }) => runs.map(({ run }) => run).join() === "fresh");
  await reload(page);
  await frame.getByText("The run of this link has no histograms in this log.").waitFor({ timeout: PATIENCE });
  assert.deepEqual(await verdict(frame).locator("#run option").allTextContents().then((all) => all.map((text) => text.trim().split(" ")[0])), ["fresh"]);
  await findings(frame).getByRole("button", { name: /Non-finite values.*layer25/s }).waitFor({ timeout: PATIENCE });
  await frame.getByRole("button", { name: "Dismiss" }).click();
  await hashed(frame, /run=fresh/);
  for (const { tag } of series.slice(0, 3)) {
    await panelOf(frame).getByRole("combobox", { name: "Tensor" }).selectOption(tag);
    await twin(tag).waitFor({ timeout: PATIENCE });
  }
  assert.equal(await frame.getByRole("button", { name: "Try again" }).count(), 0);
  assert.doesNotMatch(await frame.locator("main").textContent(), /layer0/, "nothing of the old log is left");
  await accessible(frame, "another log");
  await shoot(page, "live-replaced-1280");
}
