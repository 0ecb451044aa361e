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
/** So high that every tensor is in view, however wide the letters are; pictures show the first screen. */
const HEIGHT = 9000;
const SCREEN = 1000;
const PATIENCE = 30_000;

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

/** Wait until nothing is asked for any more and two looks are the same; what the tab then looks like. */
async function settled(page, pending) {
  const end = Date.now() + PATIENCE;
  const shown = () => document.querySelector("histdiag-app")?.shadowRoot?.querySelector("main > :not(.sr)");
  await page.waitForFunction(shown, null, { timeout: PATIENCE });
  for (let before = ""; Date.now() < end; ) {
    await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => setTimeout(done, 50))));
    if (pending.size) continue;
    const seen = await look(page);
    const now = JSON.stringify(seen);
    if (now === before) return seen;
    before = now;
  }
  throw new Error("The tab does not come to rest.");
}

async function view(state, width, theme) {
  const context = await browser.newContext({ viewport: { width, height: HEIGHT }, colorScheme: theme, locale: "en-GB", timezoneId: "UTC" });
  try {
    const page = await context.newPage();
    const [trouble, pending] = [[], new Set()];
    page.on("pageerror", (error) => trouble.push(String(error)));
    page.on("request", (request) => pending.add(request));
    for (const end of ["requestfinished", "requestfailed"]) page.on(end, (request) => pending.delete(request));
    await page.clock.setFixedTime(1.7e12);
    await route(page, trouble);
    await page.goto(placeOf(state));
    const seen = await settled(page, pending);
    if (trouble.length) throw new Error(trouble.join("\n"));
    const session = check ? null : await context.newCDPSession(page);
    const picture = session && (await session.send("Page.captureScreenshot", { format: "webp", quality: 30, clip: { x: 0, y: 0, width, height: SCREEN, scale: 1 } })).data;
    return { seen, picture };
  } finally {
    await context.close();
  }
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
  for (const [state, width, theme] of views) {
    const name = `${state}-${width}-${theme}`;
    const { seen, picture } = await view(state, width, theme);
    if (!check) {
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
  await Promise.all(Array.from({ length: check ? 3 : 1 }, work));
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
