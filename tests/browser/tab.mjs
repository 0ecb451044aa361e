// Walks through the Diagnostics tab in a real Chromium on a real TensorBoard: node tab.mjs WALK ADDRESS PICTURES
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { join } from "node:path";

const require = createRequire(new URL("../../frontend/package.json", import.meta.url));
const { chromium } = require("playwright-core");
const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

const [walk, address, pictures] = process.argv.slice(2);
const PATIENCE = 30_000;
const trouble = [];

const browser = await chromium.launch({
  executablePath: process.env.HISTDIAG_CHROMIUM,
  args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
});
/** Open the tab and wait for the verdict; everything the page complains about is kept. */
async function open({ hash = "", width = 1280, height = 800, dark = false, prefix = "" } = {}) {
  const page = await browser.newPage({ viewport: { width, height } });
  page.on("console", (message) => {
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

async function tabOf(page) {
  const element = await page.waitForSelector("iframe[src*='plugin_entry'], .plugins iframe", { timeout: PATIENCE });
  const frame = await element.contentFrame();
  await frame.waitForLoadState();
  return frame;
}

const verdict = (frame) => frame.getByRole("region", { name: "Verdict" });
const explanation = (frame) => frame.getByRole("region", { name: "Explanation" });
const findings = (frame) => frame.getByRole("region", { name: "Findings" });

const panelOf = (frame) => frame.getByRole("region", { name: "Pictures of the selected tensor" });

const hashed = (frame, pattern) =>
  frame.waitForFunction(([source]) => new RegExp(source).test(parent.location.hash), [pattern.source], { timeout: PATIENCE });

async function choose(frame, run) {
  const select = verdict(frame).getByRole("combobox").first();
  await select.waitFor({ timeout: PATIENCE });
  const value = await select.locator("option").evaluateAll(
    (options, name) => options.find((option) => option.textContent.trim().startsWith(name))?.value, run);
  await select.selectOption(value);
}

/** Visit the tab anew in the same browser. */
async function reopened(page, hash) {
  await page.goto("about:blank");
  await page.goto(`${address}#histdiag${hash}`);
  const frame = await tabOf(page);
  await verdict(frame).waitFor({ timeout: PATIENCE });
  return frame;
}

/** The file that an action saves. */
async function saved(page, action) {
  const [download] = await Promise.all([page.waitForEvent("download", { timeout: PATIENCE }), action()]);
  return { name: download.suggestedFilename(), bytes: readFileSync(await download.path()) };
}

/** The name of what has the focus. Runs in the page. */
function focused() {
  let one = document.activeElement;
  while (one.shadowRoot?.activeElement) one = one.shadowRoot.activeElement;
  return one.getAttribute("aria-label") ?? one.textContent.trim();
}

/** What a picture holds. Runs in the page. */
function readSvg(text) {
  const root = new DOMParser().parseFromString(text, "image/svg+xml").documentElement;
  const [bad, ground, title] = ["parsererror, script, img, foreignObject, style, [class]", "rect", "title"].map((name) => root.querySelector(name));
  if (bad || root.localName !== "svg") throw new Error(`no such thing in a picture: ${(bad ?? root).outerHTML}`);
  return { title: title.textContent, ground: ground.getAttribute("fill"), fills: root.querySelectorAll("path, rect").length };
}

async function accessible(frame, what) {
  await frame.evaluate(axe);
  const found = await frame.evaluate(async () => {
    const result = await axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"] });
    return result.violations.map((one) => `${one.id}: ${one.nodes.map((node) => `${node.target} ${node.failureSummary}`).slice(0, 3).join(" | ")}`);
  });
  assert.deepEqual(found, [], `axe: ${what}`);
}

function walks() {
  return {
    async finding() {
      const { page, frame } = await open({ width: 1920, height: 1080 });
      await choose(frame, "vanishing-gradients");
      await findings(frame).getByRole("button", { name: /Vanishing gradients/ }).first().click();
      await explanation(frame).getByRole("heading", { name: "Vanishing gradients" }).waitFor({ timeout: PATIENCE });
      assert.match(await verdict(frame).innerText(), /1 error.*in \d+ of \d+ tensors/s);
      await frame.getByText("active from").first().waitFor({ timeout: PATIENCE });
      const inked = await frame.evaluate(inkOfTwin);
      assert.ok(inked > 500, `the ridges are drawn: ${inked} pixels`);
      await page.screenshot({ path: join(pictures, "finding-1920.png") });
    },

    async deeplink() {
      const report = await (await fetch(new URL("data/plugin/histdiag/report", address))).json();
      const wanted = report.findings.find((one) => one.rule === "non-finite-values");
      const hash = `&p.histdiag.run=${encodeURIComponent(wanted.run)}&p.histdiag.finding=${wanted.fingerprint}`;
      const { page, frame } = await open({ hash });
      await explanation(frame).getByRole("heading", { name: "Non-finite values" }).waitFor({ timeout: PATIENCE });
      await page.reload();
      const again = await tabOf(page);
      await explanation(again).getByRole("heading", { name: "Non-finite values" }).waitFor({ timeout: PATIENCE });
      assert.match(page.url(), new RegExp(wanted.fingerprint));
      await page.screenshot({ path: join(pictures, "deeplink-1280.png") });
    },

    async vanished() {
      const { frame } = await open({ hash: "&p.histdiag.finding=000000000000" });
      await frame.getByText(/no longer|not .*(found|there|any more)|gone/i).first().waitFor({ timeout: PATIENCE });
    },

    async dark() {
      const { page, frame } = await open();
      await verdict(frame).waitFor({ timeout: PATIENCE });
      await choose(frame, "nan-midway");
      const ground = () => frame.evaluate(() => getComputedStyle(document.documentElement).getPropertyValue("--surface").trim());
      const light = await ground();
      await page.evaluate(() => document.body.classList.add("dark-mode"));
      await frame.waitForFunction((before) => getComputedStyle(document.documentElement).getPropertyValue("--surface").trim() !== before, light);
      await accessible(frame, "dark, a sick run");
      await page.screenshot({ path: join(pictures, "dark-1280.png") });
      await page.evaluate(() => document.body.classList.remove("dark-mode"));
      await frame.waitForFunction((before) => getComputedStyle(document.documentElement).getPropertyValue("--surface").trim() === before, light);
      await accessible(frame, "light, a sick run");
    },

    async healthy() {
      const { page, frame } = await open();
      await choose(frame, "healthy-tanh");
      await frame.waitForFunction(() => /healthy-tanh/.test(parent.location.hash), null, { timeout: PATIENCE });
      assert.doesNotMatch(await verdict(frame).innerText(), /\d+ (error|warning)/);
      await accessible(frame, "light, a healthy run");
      await page.evaluate(() => document.body.classList.add("dark-mode"));
      await accessible(frame, "dark, a healthy run");
      await page.screenshot({ path: join(pictures, "healthy-1280.png") });
    },

    async keyboard() {
      const { page, frame } = await open();
      await choose(frame, "vanishing-gradients");
      await findings(frame).getByRole("button", { name: /Vanishing gradients/ }).first().focus();
      await page.keyboard.press("Enter");
      await explanation(frame).getByRole("heading", { name: "Vanishing gradients" }).waitFor({ timeout: PATIENCE });
      await page.keyboard.press("[");
      await frame.waitForFunction(() => /p\.histdiag\.step=\d+/.test(parent.location.hash), null, { timeout: PATIENCE });
      await page.keyboard.press("Escape");
      await frame.waitForFunction(() => !/p\.histdiag\.step=/.test(parent.location.hash), null, { timeout: PATIENCE });
      await page.keyboard.press("/");
      await page.keyboard.type("dense1/");
      await frame.getByRole("region", { name: "Network health" }).getByText(/5 of 45 tensors match/).waitFor({ timeout: PATIENCE });
      const grid = frame.getByRole("grid").first();
      await grid.focus();
      await page.keyboard.press("ArrowDown");
      await page.keyboard.press("Enter");
      await frame.waitForFunction(() => /p\.histdiag\.tag=/.test(parent.location.hash), null, { timeout: PATIENCE });
    },

    async bands() {
      const { page, frame } = await open({ hash: "&p.histdiag.run=vanishing-gradients&p.histdiag.mode=bands" });
      const panel = panelOf(frame);
      await panel.locator("histdiag-twin path.median").waitFor({ state: "attached", timeout: PATIENCE });
      const twin = panel.getByRole("slider").first();
      await twin.hover();
      assert.equal(await panel.locator("histdiag-twin circle.dot").count(), 9, "a dot at each of the nine values");
      assert.match(await panel.locator("histdiag-twin svg").textContent(), /max.*93 %.*50 %.*min/s);
      assert.match(await twin.getAttribute("aria-valuetext"), /^step [\d,]+: min \S+, 7 % .*, max \S+$/);
      await page.mouse.move(0, 0);
      await twin.press("ArrowLeft");
      await hashed(frame, /p\.histdiag\.step=490/);
      const [above, below] = await Promise.all(["histdiag-twin", "histdiag-strips"].map((name) => panel.locator(`${name} path.cross`).first().boundingBox()));
      assert.ok(Math.abs(above.x - below.x) <= 1, `one crosshair for bands and strips: ${above.x}, ${below.x}`);
      await accessible(frame, "bands");
      await page.screenshot({ path: join(pictures, "bands-1280.png") });
      await panel.getByRole("button", { name: "Log values" }).click();
      await panel.getByText("logarithmic beyond ±").waitFor({ timeout: PATIENCE });
      await panel.getByRole("button", { name: "One step" }).click();
      await panel.getByRole("button", { name: "Log counts" }).click();
      await hashed(frame, /values=symlog.*counts=log/);
      await page.screenshot({ path: join(pictures, "log-axes-1280.png") });
    },

    async range() {
      const { page, frame } = await open({ hash: "&p.histdiag.run=vanishing-gradients" });
      const field = (in_, name) => panelOf(in_).getByRole("spinbutton", { name });
      const type = async (name, value) => {
        await field(frame, name).fill(value);
        await field(frame, name).press("Enter");
      };
      await field(frame, "First step shown").waitFor({ timeout: PATIENCE });
      await type("First step shown", "100");
      await type("Last step shown", "250");
      await hashed(frame, /from=100.*to=250/);
      await page.reload();
      const again = await tabOf(page);
      await field(again, "Last step shown").waitFor({ timeout: PATIENCE });
      assert.equal(await field(again, "First step shown").inputValue(), "100");
      for (const slider of await panelOf(again).getByRole("slider").all())
        assert.deepEqual([await slider.getAttribute("aria-valuemin"), await slider.getAttribute("aria-valuemax")], ["100", "250"]);
      await page.screenshot({ path: join(pictures, "range-1280.png") });
      await field(again, "First step shown").fill("9000");
      await field(again, "First step shown").press("Enter");
      await again.getByText("No record at the steps chosen").first().waitFor({ timeout: PATIENCE });
      await accessible(again, "no record at the steps chosen");
      await panelOf(again).getByRole("combobox", { name: "Steps shown" }).selectOption("all");
      await hashed(again, /^(?!.*(from|to)=)/);
    },

    async full() {
      const { page, frame } = await open({ hash: "&p.histdiag.run=vanishing-gradients&p.histdiag.step=200" });
      const button = panelOf(frame).getByRole("button", { name: "Full size" });
      await button.waitFor({ timeout: PATIENCE });
      await button.focus();
      await page.keyboard.press("Enter");
      const dialog = frame.getByRole("dialog", { name: /^Histograms of / });
      const box = await dialog.locator("histdiag-twin").boundingBox();
      const room = await frame.evaluate(() => [innerWidth, innerHeight]);
      assert.ok(box.width > 0.9 * room[0] && box.height > 0.75 * room[1], `the twin fills the window: ${box.width} x ${box.height}`);
      await dialog.getByRole("button", { name: "Bands" }).click();
      await dialog.locator("path.median").waitFor({ state: "attached", timeout: PATIENCE });
      await accessible(frame, "full size");
      await page.screenshot({ path: join(pictures, "full-1280.png") });
      await page.keyboard.press("Escape");
      await dialog.waitFor({ state: "detached", timeout: PATIENCE });
      assert.equal(await button.evaluate((one) => one.getRootNode().activeElement === one), true, "the focus returns");
      await hashed(frame, /mode=bands/);
      assert.match(page.url(), /step=200/);
    },

    async compare() {
      const { page, frame } = await open({ hash: "&p.histdiag.run=healthy-tanh" });
      const choice = verdict(frame).getByRole("combobox", { name: "Compare with" });
      await choice.waitFor({ timeout: PATIENCE });
      await choice.selectOption("vanishing-gradients");
      await hashed(frame, /with=vanishing-gradients/);
      const table = frame.getByRole("region", { name: "Comparison of runs" });
      await table.getByText(/^vanishing-gradients differs most in .*times as wide.*findings? that healthy-tanh has not\.$/).waitFor({ timeout: PATIENCE });
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
      await page.screenshot({ path: join(pictures, "compare-1280.png") });
      await panel.getByRole("button", { name: "One step" }).click();
      await legend.getByText("vanishing-gradients, step 500").waitFor({ timeout: PATIENCE });
      await panel.getByRole("button", { name: "Bands" }).click();
      await legend.getByText("Bands are of healthy-tanh alone").waitFor({ timeout: PATIENCE });
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
      await page.screenshot({ path: join(pictures, "two-steps-1280.png") });
      await panelOf(again).getByRole("button", { name: "Next second record" }).focus();
      await page.keyboard.press("Escape");
      await hashed(again, /^(?!.*step2=)/);
      const twin = panelOf(again).getByRole("slider").first();
      await twin.hover();
      await twin.click({ modifiers: ["Shift"] });
      await hashed(again, /step2=\d+/);
      await choose(again, "vanishing-gradients");
      await hashed(again, /run=vanishing-gradients&p\.histdiag\.with=healthy-tanh/);

      await verdict(again).getByRole("combobox", { name: "Compare with" }).selectOption({ index: 1 });
      await again.getByText(/<img src=x onerror=alert\(1\)> have no tensor in common/).waitFor({ timeout: PATIENCE });
      await panelOf(again).getByText("<img src=x onerror=alert(1)> has no tensor").waitFor({ timeout: PATIENCE });
      assert.equal(await again.locator("img[src=x]").count(), 0);
      await page.setViewportSize({ width: 768, height: 1024 });
      const beyond = await again.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert.ok(beyond <= 0, `the page is ${beyond} px wider than the window`);
      await page.screenshot({ path: join(pictures, "compare-768.png") });
      await again.getByRole("button", { name: "Stop comparing" }).click();
      await hashed(again, /^(?!.*with=)/);

      const gone = await reopened(page, "&p.histdiag.run=healthy-tanh&p.histdiag.with=gone");
      await gone.getByText("The run to compare with is not in this log.").waitFor({ timeout: PATIENCE });
      await gone.getByRole("button", { name: "Dismiss" }).click();
      await hashed(gone, /^(?!.*with=)/);
      const colour = await gone.locator(".facts .swatch rect").first().getAttribute("fill");
      assert.deepEqual(trouble, []);
      await page.setViewportSize({ width: 1280, height: 800 });
      await page.goto(`${address}#timeseries`);
      await page.waitForFunction(hasRunInColour, ["healthy-tanh", colour], { timeout: PATIENCE });
      trouble.length = 0; // the stock charts complain of records that are not finite
    },

    async narrow() {
      const { page, frame } = await open({ width: 768, height: 1024 });
      await verdict(frame).waitFor({ timeout: PATIENCE });
      const beyond = await frame.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert.ok(beyond <= 0, `the page is ${beyond} px wider than the window`);
      await page.screenshot({ path: join(pictures, "narrow-768.png") });
    },

    async hostile() {
      const { page, frame } = await open();
      await choose(frame, "<img");
      await frame.getByText("<img src=x onerror=alert(1)>").first().waitFor({ state: "attached", timeout: PATIENCE });
      assert.equal(await frame.locator("img[src=x]").count(), 0);
      await page.waitForTimeout(500);
      await page.screenshot({ path: join(pictures, "hostile-1280.png") });
    },

    async exports() {
      const { page, frame } = await open({ dark: true });
      await choose(frame, "vanishing-gradients");
      await frame.getByText("active from").first().waitFor({ timeout: PATIENCE });
      const menu = frame.getByText("Export ▾");
      await menu.focus();
      await page.keyboard.press("Enter");
      await page.keyboard.press("Tab");
      assert.equal(await frame.evaluate(focused), "Histograms as CSV");
      const csv = await saved(page, () => page.keyboard.press("Enter"));
      assert.match(csv.name, /^histdiag-vanishing-gradients-[\w-]+-histograms\.csv$/);
      assert.match(csv.bytes.toString(), /^step,wall_time,left,right,count\n0,/);
      const file = (name) => saved(page, () => frame.getByRole("button", { name }).click());
      const tag = JSON.parse((await file("Histograms as JSON")).bytes).tag;
      assert.match((await file("Metrics as CSV")).bytes.toString(), new RegExp(`^run,tag,step,metric,low,value,high\nvanishing-gradients,${tag},0,mean,`));
      assert.equal(JSON.parse((await file("Metrics as JSON")).bytes).metrics[0].metric, "mean");
      assert.equal(JSON.parse((await file("Findings as JSON")).bytes).findings[0].rule, "vanishing-gradients");
      assert.match((await file("Findings as Markdown")).bytes.toString(), /### Error: Vanishing gradients/);
      assert.ok(JSON.parse((await file("Report as JSON")).bytes).log);
      for (const what of ["Picture", "Heatmap"]) {
        const { title, ground, fills } = await frame.evaluate(readSvg, (await file(`${what} as SVG`)).bytes.toString());
        assert.equal(title, `vanishing-gradients · ${what === "Picture" ? tag : "network health"}`);
        assert.equal(ground, "#1e1e1e", "as dark as the page");
        assert.ok(fills > 20, `${what}: ${fills} shapes`);
        const png = (await file(`${what} as PNG`)).bytes;
        assert.equal(png.toString("latin1", 1, 4), "PNG");
        assert.ok(png.length > 10_000, `${what}: ${png.length} bytes`);
      }
      await accessible(frame, "dark, the Export menu");
      await page.screenshot({ path: join(pictures, "exports-1280.png") });
      await page.keyboard.press("Escape");
      assert.equal(await frame.evaluate(focused), "Export ▾");
      await choose(frame, "<img");
      await frame.getByRole("combobox", { name: "Tensor" }).selectOption("⟨U+202E⟩dense/kernel");
      await frame.waitForFunction(() => /202E/.test(parent.location.hash), null, { timeout: PATIENCE });
      await menu.click();
      await frame.getByRole("button", { name: "Picture as SVG" }).waitFor({ timeout: PATIENCE });
      const hostile = await file("Picture as SVG");
      assert.match(hostile.name, /^histdiag-[\w.-]+\.svg$/);
      assert.equal((await frame.evaluate(readSvg, hostile.bytes.toString())).title, "<img src=x onerror=alert(1)> · ⟨U+202E⟩dense/kernel");
    },

    async kept() {
      const { page, frame } = await open();
      await choose(frame, "vanishing-gradients");
      await frame.getByRole("button", { name: "Overlay" }).click();
      await frame.getByRole("button", { name: "Mute", exact: true }).click();
      await frame.getByText("1 muted").waitFor({ timeout: PATIENCE });
      assert.equal(await frame.evaluate(focused), "1 muted");
      assert.doesNotMatch(await verdict(frame).innerText(), /1 error/);
      await page.keyboard.press("Enter");
      await accessible(frame, "light, what is muted");
      await page.screenshot({ path: join(pictures, "muted-1280.png") });
      const mode = (tab, name) => tab.getByRole("button", { name }).getAttribute("aria-pressed");
      const again = await reopened(page, "&p.histdiag.run=vanishing-gradients");
      await again.getByText("1 muted").click();
      assert.equal(await mode(again, "Overlay"), "true");
      await again.getByRole("button", { name: "Unmute" }).click();
      await again.getByText("1 error").waitFor({ timeout: PATIENCE });
      assert.equal(await again.getByText("1 muted").count(), 0);
      const linked = await reopened(page, "&p.histdiag.run=vanishing-gradients&p.histdiag.mode=step");
      await linked.getByRole("button", { name: "One step", pressed: true }).waitFor({ timeout: PATIENCE });
      await linked.getByRole("button", { name: /^Keys/ }).click();
      await linked.getByRole("button", { name: "Reset" }).click();
      await linked.getByRole("button", { name: "Close" }).click();
      assert.equal(await mode(linked, "Offset"), "true");
      assert.deepEqual(await linked.evaluate(() => Object.keys(localStorage).filter((key) => key.startsWith("histdiag."))), []);

      assert.deepEqual(trouble, []);
      await linked.getByRole("button", { name: "Open in Time Series" }).click();
      await page.waitForURL(/tagFilter=.*#timeseries/);
      const filter = new URL(page.url()).searchParams.get("tagFilter");
      const card = page.locator("histogram-card, histogram-card-component").first();
      await card.waitFor({ timeout: PATIENCE });
      assert.match(filter, new RegExp(await card.locator(".tag").first().innerText().then((text) => text.replace(/\s/g, ""))));
      await page.screenshot({ path: join(pictures, "timeseries-1280.png") });
      await page.goBack();
      await linked.getByRole("button", { name: "Open in Histograms" }).click();
      await page.waitForURL(/#histograms&tagFilter=/);
      await page.locator("tf-histogram-dashboard vz-histogram-timeseries").first().waitFor({ timeout: PATIENCE });
      await page.screenshot({ path: join(pictures, "histograms-1280.png") });
      trouble.length = 0; // the stock charts complain of records that are not finite
    },

    async empty() {
      const { page, frame } = await open();
      await frame.getByText(/no histograms/i).first().waitFor({ timeout: PATIENCE });
      await frame.getByRole("button", { name: "PyTorch" }).click();
      await frame.getByText("add_histogram").first().waitFor({ timeout: PATIENCE });
      await accessible(frame, "no histograms");
      await page.screenshot({ path: join(pictures, "empty-1280.png") });
    },
  };
}

/** Whether the Time Series tab gives a run this colour. Runs in the page. */
function hasRunInColour([run, colour]) {
  const rgb = `rgb(${[1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16)).join(", ")})`;
  return [...document.querySelectorAll("[class*=color]")].some(
    (one) => one.style.background === rgb && one.closest("tb-data-table-content-row")?.textContent.includes(run),
  );
}

/** Whether the twin's canvas has pixels in every colour of its legend. Runs in the page. */
function coloursOfLegend() {
  const open = (root) => [...root.querySelectorAll("*")].flatMap((one) => [one, ...(one.shadowRoot ? open(one.shadowRoot) : [])]);
  const all = open(document);
  const twin = all.find((one) => one.localName === "histdiag-twin" && !one.compact);
  const canvas = open(twin.shadowRoot).find((one) => one.localName === "canvas");
  if (!canvas.width) return false;
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  const colours = all.filter((one) => one.matches(".legend path")).map((one) => one.getAttribute("stroke"));
  const has = (colour) => {
    const wanted = [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16));
    for (let at = 0; at < data.length; at += 4) if (wanted.every((part, i) => Math.abs(data[at + i] - part) < 30)) return true;
    return false;
  };
  return colours.length === 2 && colours.every(has);
}

/** Count the pixels of the twin's canvas that are not blank. Runs in the page. */
function inkOfTwin() {
  const open = (root) => [...root.querySelectorAll("*")].flatMap((one) => [one, ...(one.shadowRoot ? open(one.shadowRoot) : [])]);
  const twin = open(document).find((one) => one.localName === "histdiag-twin" && !one.compact);
  const canvas = open(twin.shadowRoot).find((one) => one.localName === "canvas");
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  let inked = 0;
  for (let at = 3; at < data.length; at += 4) if (data[at] > 0) inked += 1;
  return inked;
}

try {
  await walks()[walk]();
  assert.deepEqual(trouble, [], "console errors, CSP violations, failed or outside requests");
} finally {
  await browser.close();
}
