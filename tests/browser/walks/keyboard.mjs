// Walks by keyboard alone: nothing is clicked, the focus is seen wherever it rests, and it is never lost.
import assert from "node:assert/strict";
import { besideClose, holds, spot } from "../inside.mjs";
import { PATIENCE, explanation, findings, hashed, open, panelOf, saved, shoot, tabTo, trouble, verdict } from "../page.mjs";

const SICK = "&p.histdiag.run=vanishing-gradients";

/** Where everything begins: the tab of a sick run with all its pictures, the focus before its first control. */
async function begin(hash = SICK, options = {}) {
  const { page, frame } = await open({ hash, ...options });
  await frame.getByText("vanishing from step").first().waitFor({ timeout: PATIENCE });
  await frame.locator("main").focus();
  const reach = (name, more) => tabTo(page, frame, name, more);
  const press = (...keys) => keys.reduce((done, key) => done.then(() => page.keyboard.press(key)), Promise.resolve());
  const stays = (name) =>
    frame.waitForFunction(holds, name, { timeout: PATIENCE }).catch(async () => assert.equal(await frame.evaluate(spot), name));
  return { page, frame, reach, press, stays };
}

/** In two walks: a browser asks back where a page saves more than ten files. */
const TENSOR_FILES = ["Histograms as CSV", "Histograms as JSON", "Metrics as CSV", "Metrics as JSON", "Picture as SVG", "Picture as PNG"];
const RUN_FILES = ["Findings as JSON", "Findings as Markdown", "Heatmap as SVG", "Heatmap as PNG", "Report as JSON"];

/** Save each of them from the menu that is open. */
async function saveEach(page, reach, names) {
  for (const name of names) {
    await reach(name);
    const file = await saved(page, () => page.keyboard.press("Enter"));
    const [what, ending] = name.toLowerCase().replace("markdown", "md").split(" as ");
    assert.match(file.name, new RegExp(`${what}\\.${ending}$`));
    assert.ok(file.bytes.length > 100, name);
  }
}

/** Go to another tab of TensorBoard. */
async function leave(page, reach, tab, pattern) {
  assert.deepEqual(trouble, []);
  await reach(`Open in ${tab}`, { most: 60 });
  await page.keyboard.press("Enter");
  await page.waitForURL(pattern);
  await page.close();
  trouble.length = 0; // the stock charts complain of records that are not finite
}

/** Through the whole page and out of it, then back. */
export async function order() {
  const { page, frame } = await begin(`${SICK}&p.histdiag.filter=dense1`);
  const path = [];
  for (;;) {
    await page.keyboard.press("Tab");
    const at = await frame.evaluate(spot);
    if (!at) break;
    assert.deepEqual(at.faults, [], `what has the focus is seen: ${at.name}`);
    path.push(at);
    assert.ok(path.length < 120, `the focus is caught: ${at.name}`);
  }
  const areas = path.map(({ area }) => area.slice(9)).filter((area, i, all) => area !== all[i - 1]);
  assert.deepEqual(areas, ["verdict", "export", "verdict", "findings", "health", "pictures", "words", "tensors"]);
  await page.keyboard.press("Shift+Tab");
  assert.equal((await frame.evaluate(spot)).name, path.at(-1).name, "the way back begins where the way out ended");
}

/** Which run, which tensors, and how the heatmap shows them. */
export async function choices() {
  const { page, frame, reach, press, stays } = await begin();
  const health = frame.getByRole("region", { name: "Network health" });
  await reach("Run");
  await press("h");
  await hashed(frame, /run=healthy-tanh/);
  await stays("Run");
  await press("End");
  await hashed(frame, /run=vanishing-gradients/);
  await frame.getByText("vanishing from step").first().waitFor({ timeout: PATIENCE });
  await reach(/rules ran/);
  await press("/");
  await stays("Filter tensors by a regular expression");
  await page.keyboard.type("dense1/");
  await health.getByText(/5 of 45 tensors match/).waitFor({ timeout: PATIENCE });
  await press("Escape");
  await hashed(frame, /^(?!.*filter=)/);
  await page.keyboard.type("nothing");
  await health.getByText("No tensor matches: 0 of 45.").waitFor({ timeout: PATIENCE });
  await press("Escape");
  await stays("Filter tensors by a regular expression");
  await reach("Unfold all", { key: "Shift+Tab" });
  await press("Space");
  await stays("Fold all");
  await press("Space");
  await reach("Metric", { key: "Shift+Tab" });
  await press("s", "p", "r");
  await hashed(frame, /metric=spread/);
  await press("Home");
  await hashed(frame, /^(?!.*metric=)/);
  await reach("Order");
  await press("End");
  await hashed(frame, /order=severity/);
  await press("Home");
  await reach("Health of 45 tensors over steps");
  const cell = () => frame.evaluate(cellText);
  const [first] = await cell();
  assert.match(first, /step 500 · /);
  await press("ArrowDown", "ArrowLeft");
  assert.match((await cell())[0], /step 490 · /);
  assert.notEqual((await cell())[1], "", "the cell is named by its row");
  await press("Home");
  assert.match((await cell())[0], /step 0 · /);
  await press("End", "PageDown", "PageUp", "ArrowUp", "ArrowRight");
  assert.equal((await cell())[0], first);
  await press("Space");
  await health.getByRole("button", { name: /^dense1/, expanded: true }).waitFor({ timeout: PATIENCE });
  await press("ArrowDown", "ArrowLeft", "Enter");
  await hashed(frame, /tag=dense1%2F.*step=490/);
  await stays("Health of 45 tensors over steps");
  await shoot(page, "keyboard-grid-1280");
  await press("Escape");
  await hashed(frame, /^(?!.*step=)/);
  await press("Escape");
  await hashed(frame, /^(?!.*tag=)/);
  await reach("Table", { key: "Shift+Tab" });
  await press("Enter");
  await stays("Table");
  await reach("Health as a table");
  await reach("dense1/bias");
  await press("Enter");
  await hashed(frame, /tag=dense1%2Fbias(&|$)/);
  await stays("dense1/bias");
}

/** Every way to draw a tensor. */
export async function picture() {
  const { page, frame, reach, press, stays } = await begin();
  const panel = panelOf(frame);
  await panel.locator("histdiag-twin").getByRole("slider").waitFor({ timeout: PATIENCE });
  await panel.getByRole("combobox", { name: "Tensor" }).focus();
  await press("ArrowDown");
  await hashed(frame, /tag=/);
  await stays("Tensor");
  await reach("Step axis");
  await press("r");
  await hashed(frame, /axis=relative/);
  await press("End");
  await hashed(frame, /axis=wall/);
  for (const [name, mode] of [["Overlay", "overlay"], ["Bands", "bands"], ["One step", "step"]]) {
    await reach(name);
    await press("Enter");
    await hashed(frame, new RegExp(`mode=${mode}`));
    await stays(name);
  }
  await reach("Offset", { key: "Shift+Tab" });
  await press("Space");
  await hashed(frame, /^(?!.*mode=)/);
  await reach("Full size");
  await press("Enter");
  const dialog = frame.getByRole("dialog");
  await dialog.waitFor({ timeout: PATIENCE });
  const inside = [];
  for (let at; (at = await frame.evaluate(spot)); await press("Tab")) {
    assert.equal(await frame.evaluate(isInDialog), true, `the page below is out of reach: ${at.name}`);
    inside.push(at.name);
  }
  assert.ok(inside.includes("Log counts"), inside.join());
  await reach("Log counts", { key: "Shift+Tab" });
  await press("Escape");
  await dialog.waitFor({ state: "detached", timeout: PATIENCE });
  await stays("Full size");
  await reach(/^dense\d\/.*gradient: /);
  await press("ArrowUp");
  await hashed(frame, /step=490/);
  await press("[");
  await hashed(frame, /step=480/);
  await press("]");
  await hashed(frame, /step=490/);
  await press("Escape");
  await hashed(frame, /^(?!.*step=)/);
  await reach("Steps shown");
  await press("End");
  await hashed(frame, /span=finding/);
  await press("Home");
  await reach("First step shown");
  await page.keyboard.type("100");
  await press("Enter");
  await hashed(frame, /from=100/);
  await stays("First step shown");
  await reach("Log values");
  await press("Space");
  await hashed(frame, /values=symlog/);
  await reach("Log counts");
  await press("Space");
  await hashed(frame, /counts=log/);
  await reach("Previous record");
  await press("Enter");
  await hashed(frame, /step=490/);
  await reach("Next record");
  await press("Enter");
  await hashed(frame, /step=500/);
  await reach("Compare two steps");
  await press("Enter");
  await hashed(frame, /step2=/);
  await reach("Next second record");
  await press("Enter");
  await hashed(frame, /step2=110/);
  await press("Escape");
  await hashed(frame, /^(?!.*step2=)/);
  await stays("Pictures of the selected tensor"); // the button is gone, the focus is not
  await reach("Step");
  await press("Home");
  await hashed(frame, /step=100/);
}

/** Findings, what is said of them, and what can be done about them. */
export async function words() {
  const { page, frame, reach, press, stays } = await begin();
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  const copied = () => frame.evaluate(() => navigator.clipboard.readText());
  await reach("Copy link");
  await press("Enter");
  await stays("Copied");
  assert.match(await copied(), /#histdiag&p\.histdiag\.run=vanishing-gradients/);
  await reach(/Vanishing gradients/);
  await press("End");
  await hashed(frame, /finding=/);
  const print = await frame.evaluate(() => new URLSearchParams(parent.location.hash).get("p.histdiag.finding"));
  await press("ArrowUp");
  await hashed(frame, new RegExp(`finding=(?!${print})`));
  await press("Home");
  await explanation(frame).getByRole("heading", { name: "Vanishing gradients" }).waitFor({ timeout: PATIENCE });
  await reach("4 more findings");
  await press("Enter");
  await findings(frame).locator("details[open]").first().waitFor({ timeout: PATIENCE });
  await reach("bias gradient, dense1 / output", { most: 60 });
  await panelOf(frame).locator("histdiag-strips .passing").waitFor({ state: "attached", timeout: PATIENCE });
  await reach("bias gradient, dense2 / output");
  await press("Enter");
  await hashed(frame, /tag=dense2/);
  await stays("bias gradient, dense2 / output");
  await reach("Copy as Markdown");
  await press("Enter");
  await stays("Copied");
  assert.match(await copied(), /Vanishing gradients/);
  await reach("Mute");
  await press("Enter");
  await stays("1 muted");
  await frame.locator("[aria-live=polite]", { hasText: "Muted." }).waitFor({ state: "attached", timeout: PATIENCE });
  await press("Enter");
  await reach("Unmute");
  await press("Enter");
  await verdict(frame).getByText("1 muted").waitFor({ state: "detached", timeout: PATIENCE });
  await reach("Run");
  await reach(/^dense1\s*5 tensors/, { most: 80 });
  await reach(/./); // its first tensor
  await press("Enter");
  await stays("Pictures of the selected tensor");
  assert.ok((await frame.evaluate(spot)).top >= 0, "the page goes up with the focus");
}

/** Two runs beside each other. */
export async function runs() {
  const { page, frame, reach, press, stays } = await begin();
  await reach(/^Compare with/);
  await press("Enter");
  await reach(/^healthy-tanh/);
  await press("Space");
  await hashed(frame, /with=healthy-tanh/);
  await stays("healthy-tanh");
  await press("Escape");
  const table = frame.getByRole("region", { name: "Comparison of runs" });
  await table.getByRole("heading", { name: /differs most/ }).waitFor({ timeout: PATIENCE });
  await reach("Stop comparing");
  await reach(/^Tensor by tensor/);
  await press("Enter");
  await reach("Tensors of both runs, what differs most first");
  const { name } = await reach(/^dense/);
  await press("Enter");
  await hashed(frame, new RegExp(`tag=${encodeURIComponent(name)}`));
  await stays(name);
  await reach("Side by side", { most: 80 });
  await press("Space");
  await hashed(frame, /apart=true/);
  await stays("Side by side");
  await reach(/^Found in vanishing-gradients alone/, { key: "Shift+Tab", most: 80 });
  await press("Enter");
  await reach(/^Vanishing gradients/);
  await press("Enter");
  await hashed(frame, /finding=/);
  await reach("Stop comparing", { key: "Shift+Tab", most: 80 });
  await press("Enter");
  await hashed(frame, /^(?!.*with=)/);
  await table.waitFor({ state: "detached", timeout: PATIENCE });
  await reach("Export ▾");
  await press("Enter");
  await saveEach(page, reach, RUN_FILES);
  await press("Escape");
  await leave(page, reach, "Time Series", /tagFilter=.*#timeseries/);
}

/** What opens over the page, and what leads out of it. */
export async function menus() {
  const { page, frame, reach, press, stays } = await begin();
  await reach(/rules ran/);
  await press("Enter");
  await reach("What was checked");
  await press("Escape");
  await stays(".*rules ran.*");
  await reach("Export ▾");
  await press("Space");
  await saveEach(page, reach, TENSOR_FILES);
  await press("Escape");
  await stays("Export ▾");
  await press("Enter");
  await reach("Histograms as CSV");
  await reach("Export ▾", { key: "Shift+Tab" });
  await reach("Copy link", { key: "Shift+Tab" });
  assert.equal(await frame.locator("histdiag-export details[open]").count(), 0, "a menu that the focus has left is shut");
  await press("?");
  await stays("Close");
  const help = frame.getByRole("dialog", { name: "Help" });
  await help.getByText("filter tensors").waitFor({ timeout: PATIENCE });
  assert.deepEqual(await help.evaluate(besideClose), [], "what the button to close it covers while it scrolls");
  await reach("Reset");
  await press("Enter");
  await press("Escape");
  await stays("Copy link");
  await reach(/^Help/);
  await press("Enter");
  await stays("Close");
  await press("Enter");
  await stays("Help.*");
  await leave(page, reach, "Histograms", /#histograms&tagFilter=/);
}

/** Whether what has the focus is in an open dialog. */
function isInDialog() {
  let one = document.activeElement;
  while (one.shadowRoot?.activeElement) one = one.shadowRoot.activeElement;
  return one.closest("dialog")?.open ?? Boolean(one.getRootNode().host?.closest("dialog")?.open);
}

/** What is heard of the active cell: its own text and its row's name. */
function cellText() {
  let one = document.activeElement;
  while (one.shadowRoot?.activeElement) one = one.shadowRoot.activeElement;
  const cell = one.getRootNode().getElementById(one.getAttribute("aria-activedescendant"));
  return [cell.textContent.trim(), cell.parentElement.querySelector("[role=rowheader]").textContent.trim()];
}
