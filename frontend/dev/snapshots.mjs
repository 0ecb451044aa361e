/**
 * Takes the visual snapshots of the tab with the bundle as it is built: `node dev/snapshots.mjs` keeps them,
 * `node dev/snapshots.mjs --check` compares and fails where the tab looks otherwise. Names of states leave out the others.
 */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { STATES } from "./answers.mjs";
import { placeOf, route } from "./routed.mjs";
import { differences, look } from "./signature.mjs";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const KEPT = here("../../tests/snapshots/tab");
const CHROMIUM = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
const HEIGHT = 1000;
const PATIENCE = 30_000;
const WORKERS = 3;

/** Every state as most people see it, and some where there is less room, or more, or no light. */
const VIEWS = Object.keys(STATES).flatMap((state) => [
  [state, 1280, "light"],
  ...(["many", "two-runs"].includes(state) ? [[state, 768, "light"], [state, 1920, "light"]] : []),
  ...(["error", "clear", "two-runs", "metric"].includes(state) ? [[state, 1280, "dark"]] : []),
]);

const check = process.argv.includes("--check");
const only = process.argv.slice(2).filter((word) => word !== "--check");

const browser = await chromium.launch({
  executablePath: process.env.HISTDIAG_CHROMIUM ?? CHROMIUM.find(existsSync),
  args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--force-color-profile=srgb"],
});

/** How much is on the page: what is still on its way would change it. Runs in the page. */
function sizes() {
  const open = (root) => [...root.querySelectorAll("*")].flatMap((one) => [one, ...(one.shadowRoot ? open(one.shadowRoot) : [])]);
  const all = open(document);
  const painted = all.map((one) => (one.localName === "canvas" ? one.width * one.height : 0)).filter(Boolean);
  const there = document.querySelector("histdiag-app")?.shadowRoot?.querySelector("main > :not(.sr)");
  return new Promise((done) => requestAnimationFrame(() => setTimeout(() => done(there ? `${all.length} ${painted} ${document.body.scrollHeight}` : ""), 50)));
}

/** Wait until nothing is asked for any more and the page stays as it is three times; what the tab then looks like. */
async function settled(page, pending) {
  const end = Date.now() + PATIENCE;
  for (let before = "", same = 0; Date.now() < end; ) {
    const now = await page.evaluate(sizes);
    same = now && now === before && !pending.size ? same + 1 : 0;
    before = now;
    if (same === 2) return look(page);
  }
  throw new Error("The tab does not come to rest.");
}

/** Has every tensor drawn, wherever it stands: in another font it stands elsewhere. Runs in the page. */
function seeAll() {
  window.IntersectionObserver = class {
    constructor(tell) {
      this.observe = (target) => queueMicrotask(() => tell([{ target, isIntersecting: true, boundingClientRect: target.getBoundingClientRect() }]));
    }
    unobserve() {}
    disconnect() {}
  };
}

/** A page for one state after the other, and what it complains about. */
async function open() {
  const context = await browser.newContext({ locale: "en-GB", timezoneId: "UTC" });
  const page = await context.newPage();
  const [trouble, pending] = [[], new Set()];
  page.on("pageerror", (error) => trouble.push(String(error)));
  page.on("request", (request) => pending.add(request));
  for (const end of ["requestfinished", "requestfailed"]) page.on(end, (request) => pending.delete(request));
  await page.clock.setFixedTime(1.7e12);
  await page.addInitScript(seeAll);
  await route(page, trouble);
  return { page, trouble, pending, session: await context.newCDPSession(page) };
}

async function view({ page, trouble, pending }, state, width, theme) {
  await page.setViewportSize({ width, height: HEIGHT });
  await page.emulateMedia({ colorScheme: theme });
  await page.goto("about:blank");
  await page.goto(placeOf(state));
  const seen = await settled(page, pending);
  if (trouble.length) throw new Error(trouble.join("\n"));
  return seen;
}

const file = `${KEPT}/signatures.json`;
const kept = existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : {};
if (!check && !only.length) {
  rmSync(`${KEPT}/pictures`, { recursive: true, force: true });
  for (const name of Object.keys(kept)) delete kept[name];
}
if (!check) mkdirSync(`${KEPT}/pictures`, { recursive: true });

let different = 0;
const views = VIEWS.filter(([state]) => !only.length || only.includes(state)).values();

async function work() {
  const opened = await open();
  for (const [state, width, theme] of views) {
    const name = `${state}-${width}-${theme}`;
    const seen = await view(opened, state, width, theme);
    if (!check) {
      const picture = (await opened.session.send("Page.captureScreenshot", { format: "webp", quality: 30 })).data;
      kept[name] = seen;
      writeFileSync(`${KEPT}/pictures/${name}.webp`, picture, "base64");
      continue;
    }
    const told = kept[name] ? differences(kept[name], seen) : ["nothing was kept of it"];
    if (told.length) console.log(`${name}:\n  ${told.slice(0, 8).join("\n  ")}${told.length > 8 ? `\n  and ${told.length - 8} more` : ""}`);
    different += told.length ? 1 : 0;
  }
}

try {
  await Promise.all(Array.from({ length: WORKERS }, work));
} finally {
  await browser.close();
}
if (different) {
  console.log(`${different} views look otherwise. Where that is meant: npm run snapshots, and look at npm run dev.`);
  process.exitCode = 1;
}
const lines = (value) => Object.entries(value).map(([name, list]) => `"${name}":[\n${list.map((one) => JSON.stringify(one)).join(",\n")}]`);
const sorted = Object.entries(kept).sort(([a], [b]) => (a < b ? -1 : 1));
if (!check) writeFileSync(file, `{${sorted.map(([name, one]) => `"${name}":{${lines(one).join(",\n")}}`).join(",\n")}}\n`);
