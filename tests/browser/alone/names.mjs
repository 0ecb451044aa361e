// Walks through a log whose names were chosen to break the page; they are listed in its names.json.
import assert from "node:assert/strict";
import { PATIENCE, accessible, explanation, findings, hashed, open, panelOf, saved, served, shoot, verdict } from "../page.mjs";

const { runs, tags } = JSON.parse(process.env.HISTDIAG_NAMES);

/** A name as the page shows it: signs that turn the order round by their numbers. */
export const visible = (name) => name.replace(/[\u200f\u202e]/g, (sign) => `⟨U+${sign.codePointAt(0).toString(16).toUpperCase()}⟩`);

const link = (values) => Object.entries(values).map(([key, value]) => `&p.histdiag.${key}=${encodeURIComponent(value)}`).join("");

/** Follow a link in the page that is open. */
const follow = (page, values) => page.evaluate((hash) => void (location.hash = hash), `#histdiag${link(values)}`);

const valueIs = (frame, name, value) =>
  frame.waitForFunction(([id, wanted]) => {
    const within = (root) => [...root.querySelectorAll("*")].flatMap((one) => [one, ...(one.shadowRoot ? within(one.shadowRoot) : [])]);
    return within(document).some((one) => (one.id === id || one.ariaLabel === id) && one.value === wanted);
  }, [name, value], { timeout: PATIENCE });

/** What a name has done to the page: elements of its own, width it has not, or a text that takes all the room. Runs in the page. */
function damage() {
  const above = (one) => one.assignedSlot ?? one.parentElement ?? one.getRootNode().host ?? null;
  const within = (root) => [...root.querySelectorAll("*")].flatMap((one) => [one, ...(one.shadowRoot ? within(one.shadowRoot) : [])]);
  const all = [...document.body.children].flatMap((one) => (one.shadowRoot ? within(one.shadowRoot) : []));
  const clipped = (one) => one && (getComputedStyle(one).overflowX !== "visible" || clipped(above(one)));
  const tell = (what) => (one) => `${what}: ${one.localName}.${one.className} ${one.textContent.trim().slice(0, 40)}`;
  const seen = all.filter((one) => one.checkVisibility({ visibilityProperty: true }) && one.getBoundingClientRect().width > 1);
  const wide = seen.filter((one) => one.getBoundingClientRect().right > innerWidth + 1 && !clipped(one));
  const tall = seen.filter((one) => !one.childElementCount && one.textContent.trim() && one.getBoundingClientRect().height > 400);
  return [
    ...all.filter((one) => one.matches("img, script, iframe, object, embed, base, link, [onerror], [href^=javascript]")).map(tell("element")),
    ...wide.map(tell("beyond the window")),
    ...tall.map(tell("taller than 400 px")),
    ...(document.documentElement.scrollWidth > innerWidth ? ["the page scrolls sideways"] : []),
  ].slice(0, 9);
}

export const whole = async (frame, what) => assert.deepEqual(await frame.evaluate(damage), [], what);

export async function names() {
  const { page, frame } = await open({ hash: link({ run: runs.image, tag: tags.image }) });
  await verdict(frame).waitFor({ timeout: PATIENCE });
  for (const [kind, run] of Object.entries(runs)) {
    await follow(page, { run });
    await valueIs(frame, "run", visible(run));
    await findings(frame).getByRole("button", { name: /Weights frozen/ }).first().waitFor({ timeout: PATIENCE });
    await whole(frame, `run: ${kind}`);
  }
  for (const [kind, tag] of Object.entries(tags)) {
    await follow(page, { run: runs.image, tag });
    await valueIs(frame, "Tensor", visible(tag));
    // In the words beside the pictures, which may come after them.
    await frame.getByRole("region", { name: /^(Explanation|Reading)$/ }).filter({ hasText: visible(tag) }).waitFor({ timeout: PATIENCE });
    await whole(frame, `tag: ${kind}`);
  }
  await accessible(frame, "hostile names");
  await shoot(page, "names-1280");

  const longest = { run: runs.long, with: runs.image, tag: tags.longest, table: true };
  await follow(page, longest);
  await frame.getByRole("region", { name: "Comparison of runs" }).getByText(/^Tensor by tensor/).click({ timeout: PATIENCE });
  await frame.getByRole("columnheader", { name: "What differs" }).waitFor({ timeout: PATIENCE });
  await frame.getByRole("region", { name: "Health as a table" }).getByText(visible(tags["right-to-left"])).waitFor({ timeout: PATIENCE });
  for (const [width, height] of [[768, 1024], [1920, 1080]]) {
    await page.setViewportSize({ width, height });
    await whole(frame, `the longest names, ${width} px wide`);
    await shoot(page, `names-${width}`);
  }
  await panelOf(frame).getByRole("button", { name: "Full size" }).click();
  await whole(frame, "full size");
  await page.keyboard.press("Escape");
  const report = await served();
  const read = report.findings.find((one) => one.run === runs.long && one.tags[0] === tags["longest read"]);
  await follow(page, { finding: read.fingerprint });
  await explanation(frame).getByText(/The histogram of y{490}\/kernel is/).waitFor({ timeout: PATIENCE });
  await explanation(frame).getByRole("button", { name: "Mute", exact: true }).click();
  await frame.getByText("1 muted").click();
  await whole(frame, "what is muted");
  await shoot(page, "names-1920-muted");
}

export async function files() {
  const { page, frame } = await open({ hash: link({ run: runs.formula, tag: tags.formula }) });
  await valueIs(frame, "Tensor", tags.formula);
  const file = async (name) => {
    const { name: called, bytes } = await saved(page, () => frame.getByRole("button", { name }).click());
    assert.match(called, /^histdiag[\p{L}\p{M}\p{N}._-]*\.\w+$/u, `${name}: a name that every system takes`);
    assert.ok(called.length < 80);
    return bytes.toString();
  };
  await frame.getByText("Export ▾").click();
  await frame.getByRole("button", { name: "Picture as SVG" }).waitFor({ timeout: PATIENCE });
  assert.match(await file("Metrics as CSV"), /^.*\n'=cmd\(\)\|' C'!A0,'=cmd\(\)\|' C'!A0\/kernel,0,/, "no spreadsheet takes it for a formula");
  for (const kind of ["quotes", "lines", "right-to-left", "longest", "control"]) {
    const [run, tag] = [runs[kind] ?? runs.long, tags[kind]];
    await follow(page, { run, tag });
    await valueIs(frame, "Tensor", visible(tag));
    await frame.getByRole("button", { name: "Histograms as JSON" }).waitFor({ timeout: PATIENCE });
    const { run: ofRun, tag: ofTag } = JSON.parse(await file("Histograms as JSON"));
    assert.deepEqual([ofRun, ofTag], [run, tag], "programs get the names as they are");
    const picture = await file("Picture as SVG");
    assert.equal(await frame.evaluate((text) => new DOMParser().parseFromString(text, "image/svg+xml").querySelector("parsererror")?.textContent ?? "", picture), "");
  }
  await follow(page, { run: runs.markdown });
  await valueIs(frame, "run", runs.markdown);
  const words = await file("Findings as Markdown");
  const outside = words.replace(/(`+)(?!`).*?(?<!`)\1(?!`)/g, "").replace(/\\./g, "");
  assert.doesNotMatch(outside, /<img|<script|\]\(|\*\*b\*\*/, "names are code or escaped");
}

export async function stock() {
  const { page, frame } = await open({ hash: link({ run: runs.markdown, tag: tags.markdown }) });
  await valueIs(frame, "Tensor", tags.markdown);
  await frame.getByRole("button", { name: "Open in Time Series" }).click();
  await page.waitForURL(/tagFilter=.*#timeseries/);
  const shown = page.locator("histogram-card .tag, histogram-card-component .tag");
  await shown.first().waitFor({ timeout: PATIENCE });
  assert.deepEqual([...new Set(await shown.evaluateAll((all) => all.map((one) => one.textContent.trim())))], [tags.markdown], "of this tag alone");
  await page.goBack();
  await hashed(frame, /^#histdiag.*tag=/);
}
