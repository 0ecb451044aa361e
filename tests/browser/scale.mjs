// What a large log costs in a tab: node scale.mjs ADDRESS histdiag|histograms TENSORS prints the figures as JSON.
// TENSORS is how many to scroll through, each drawn before the next come into view.
import { createRequire } from "node:module";

const require = createRequire(new URL("../../frontend/package.json", import.meta.url));
const { chromium } = require("playwright-core");

const [address, tab, most] = process.argv.slice(2);
const OURS = tab === "histdiag";
const PATIENCE = 300_000;
const SETTLED = 1500;
const SELECTIONS = 12;
const PRESSES = 40;

/** What is looked for in each of the tabs; runs in every frame before its page's own code. */
function watch(ours) {
  const seen = { long: [], marks: {} };
  window.seen = seen;
  const within = (root, ...names) => names.reduce((node, name) => node?.shadowRoot?.querySelector(name), root);
  const inView = (element) => {
    const { top, bottom, height } = element.getBoundingClientRect();
    return height > 0 && bottom > 0 && top < innerHeight;
  };
  const tensors = (selector) => [...(within(document.querySelector("histdiag-app"), "histdiag-tensors")?.shadowRoot.querySelectorAll(selector) ?? [])];
  const stock = (selector) => [...(document.querySelector("tf-histogram-dashboard")?.shadowRoot.querySelectorAll(selector) ?? [])];
  const painted = (canvas) => Boolean(canvas?.style.width && canvas.width);
  const look = ours
    ? {
        groups: () => tensors(".layer"),
        heading: (group) => group.querySelector(".fold"),
        open: (group) => group.querySelector(".fold").ariaExpanded === "true",
        next: () => null,
        cards: (group) => [...group.querySelectorAll("histdiag-cards")].filter(inView).flatMap((piece) => [...piece.shadowRoot.querySelectorAll(".mini")]),
        drawn: (card) => {
          const twin = card.querySelector("histdiag-twin");
          return Boolean(twin) && (!inView(twin) || (Boolean(twin.histograms) && painted(within(twin, "canvas"))));
        },
        name: (card) => card.querySelector(".h")?.title,
      }
    : {
        groups: () => stock("tf-category-paginated-view").filter((one) => one.category?.items.length && one.category.name),
        heading: (group) => group.shadowRoot.querySelector(".heading"),
        open: (group) => group.opened,
        next: (group) => [...group.shadowRoot.querySelectorAll(".big-page-buttons paper-button")].find((one) => /next/i.test(one.textContent) && !one.disabled),
        cards: (group) => [...group.querySelectorAll("tf-histogram-loader")],
        drawn: (card) => Boolean(within(card, "#chart", ".histogram .outline, .histogram path")?.getAttribute("d")),
        name: (card) => card.tag,
      };
  window.look = look;
  look.inView = inView;
  look.twin = () => within(document.querySelector("histdiag-app"), "histdiag-pictures", "histdiag-twin");
  const told = {
    verdict: () => /tensors/.test(within(document.querySelector("histdiag-app"), "histdiag-verdict")?.shadowRoot.textContent),
    // It is painted at first without its cells.
    heatmap: () => {
      const heatmap = within(document.querySelector("histdiag-app"), "histdiag-health", "histdiag-heatmap");
      return Boolean(heatmap?.rows.some((row) => row.steps.length)) && painted(within(heatmap, "canvas"));
    },
    complete: () => told.verdict() && !document.querySelector("histdiag-app").shadowRoot.querySelector(".notices progress"),
  };
  const page = {
    page: () => {
      const cards = look.groups().filter(look.open).flatMap(look.cards).filter(inView);
      return cards.length > 0 && cards.every(look.drawn);
    },
  };
  const left = new Map(Object.entries(ours ? told : page));
  const timer = setInterval(() => {
    for (const [name, check] of left) {
      if (!check()) continue;
      seen.marks[name] = performance.timeOrigin + performance.now();
      left.delete(name);
    }
    if (!left.size) clearInterval(timer);
  }, 25);
  if (window.parent === window)
    new PerformanceObserver((list) => {
      for (const { startTime, duration } of list.getEntries()) seen.long.push([performance.timeOrigin + startTime, duration]);
    }).observe({ type: "longtask", buffered: true });
}

const frames = (frame, n = 2) =>
  frame.evaluate((n) => new Promise((done) => { const step = (left) => (left ? requestAnimationFrame(() => step(left - 1)) : done()); step(n); }), n);

const browser = await chromium.launch({
  executablePath: process.env.HISTDIAG_CHROMIUM,
  args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
});
const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
const cdp = await page.context().newCDPSession(page);
const requests = new Map();
await cdp.send("Network.enable");
await cdp.send("Performance.enable");
cdp.on("Network.requestWillBeSent", ({ requestId, request }) => requests.set(requestId, { url: new URL(request.url), wire: 0, unpacked: 0 }));
cdp.on("Network.dataReceived", ({ requestId, dataLength }) => void (requests.has(requestId) && (requests.get(requestId).unpacked += dataLength)));
cdp.on("Network.loadingFinished", ({ requestId, encodedDataLength }) => void (requests.has(requestId) && (requests.get(requestId).wire = encodedDataLength)));

async function memory() {
  await cdp.send("HeapProfiler.collectGarbage");
  const { metrics } = await cdp.send("Performance.getMetrics");
  const { backingStorageSize = 0 } = await cdp.send("Runtime.getHeapUsage");
  const of = (name) => metrics.find((metric) => metric.name === name).value;
  return { heap: of("JSHeapUsedSize"), buffers: backingStorageSize, nodes: of("Nodes") };
}

const phases = [];
const begin = (name) => phases.push([name, Date.now()]);

begin("load");
const opened = Date.now();
await page.addInitScript(watch, OURS);
await page.goto(`${address}#${tab}`);
const frame = OURS ? await (await page.waitForSelector("iframe[src*='plugin_entry'], .plugins iframe", { timeout: PATIENCE })).contentFrame() : page.mainFrame();
const marked = (name) => frame.waitForFunction((name) => window.seen?.marks[name], name, { timeout: PATIENCE, polling: 50 }).then((found) => found.jsonValue());
const first = {};
for (const name of OURS ? ["verdict", "heatmap"] : ["page"]) first[name] = (await marked(name)) - opened;
await page.waitForTimeout(SETTLED);
if (OURS) {
  begin("measuring");
  first.complete = (await marked("complete")) - opened;
  await page.waitForTimeout(SETTLED);
}
const traffic = () => {
  const routes = {};
  for (const { url, wire, unpacked } of requests.values()) {
    const route = url.pathname.match(/\/plugin\/(?:histdiag|histograms)\/(\w+)/)?.[1];
    if (!route) continue;
    const own = (routes[route] ??= { requests: 0, wire: 0, unpacked: 0, largest: 0 });
    own.requests += 1;
    own.wire += wire;
    own.unpacked += unpacked;
    own.largest = Math.max(own.largest, unpacked);
  }
  return routes;
};
const loaded = { memory: await memory(), traffic: traffic() };

/** Choose findings, tensors and cells; how long until each is drawn. */
async function selecting() {
  const times = [];
  const drawn = async (act) => {
    const before = await frame.evaluateHandle(() => look.twin().histograms);
    const started = Date.now();
    await act();
    await frame.waitForFunction((before) => look.twin().histograms && look.twin().histograms !== before, before, { timeout: PATIENCE, polling: "raf" });
    await frames(frame);
    times.push(Date.now() - started);
  };
  begin("selecting");
  const select = frame.getByRole("combobox", { name: "Tensor" });
  await select.focus(); // then all are listed
  const tags = await select.locator("option").evaluateAll((options) => options.map((option) => option.value));
  for (let i = 1; i <= SELECTIONS; i++) await drawn(() => select.selectOption(tags[Math.floor((i * tags.length) / (SELECTIONS + 1))]));
  begin("keys");
  await frame.getByRole("grid").focus();
  const started = Date.now();
  for (let i = 0; i < PRESSES; i++) {
    await page.keyboard.press(i % 4 ? "ArrowDown" : "ArrowRight");
    await frames(frame, 1);
  }
  const press = (Date.now() - started) / PRESSES;
  await page.keyboard.press("Escape");
  times.sort((a, b) => a - b);
  return { typical: times[times.length >> 1], worst: times.at(-1), press };
}

/** Open group after group, page after page, and scroll on when all that is in view is drawn. */
async function scrolling() {
  begin("scrolling");
  const names = new Set();
  const started = Date.now();
  const halfway = {};
  for (let index = 0; names.size < most; index++) {
    const group = await frame.evaluateHandle((index) => look.groups()[index], index);
    if (!(await group.evaluate((one) => Boolean(one)))) break;
    await group.evaluate((one) => {
      if (!look.open(one)) look.heading(one).click();
      look.heading(one).scrollIntoView({ block: "start" });
    });
    for (;;) {
      await frame.waitForFunction((one) => { const shown = look.cards(one).filter(look.inView); return shown.length > 0 && shown.every(look.drawn); }, group, { timeout: PATIENCE, polling: "raf" });
      for (const name of await group.evaluate((one) => look.cards(one).filter(look.inView).map(look.name))) names.add(name);
      const rest = await group.evaluate((one) => one.getBoundingClientRect().bottom - innerHeight);
      if (names.size >= most / 2) halfway.memory ??= await memory();
      if (names.size >= most) break;
      if (rest <= 0) {
        if (!(await group.evaluate((one) => { const next = look.next(one); next?.click(); look.heading(one).scrollIntoView({ block: "start" }); return Boolean(next); }))) break;
        await frames(frame);
        continue;
      }
      await page.mouse.move(700, 400);
      await page.mouse.wheel(0, Math.min(rest + 40, 600));
      await frames(frame);
    }
  }
  const seconds = (Date.now() - started) / 1000;
  return { tensors: names.size, each: (1000 * seconds) / names.size, halfway: halfway.memory };
}

const selected = OURS ? await selecting() : null;
const scrolled = await scrolling();
const after = { memory: await memory(), traffic: traffic() };
begin("end");
const long = await page.evaluate(() => window.seen.long);
const blocks = {};
phases.slice(0, -1).forEach(([name, from], i) => {
  const own = long.filter(([at]) => at >= from && at < phases[i + 1][1]).map(([, duration]) => duration);
  blocks[name] = { longest: Math.max(0, ...own), over100: own.filter((duration) => duration > 100).length };
});
console.log(JSON.stringify({ first, loaded, selected, scrolled, after, blocks }));
await browser.close();
