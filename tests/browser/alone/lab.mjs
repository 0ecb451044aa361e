// Walks through a notebook in JupyterLab: its first cell shows a diagnosis, its second TensorBoard at the Diagnostics tab,
// by jupyter-server-proxy and, at last, without.
import assert from "node:assert/strict";
import { setTimeout as pause } from "node:timers/promises";
import { address, browser, findings, shoot, trouble, verdict } from "../page.mjs";

/** Until a kernel or a TensorBoard has started: both import much, on a machine that may be busy. */
const timeout = 90_000;

/** A page with the notebook; what TensorBoard answers is noted, with the address that was asked. */
async function notebook(options) {
  const page = await browser.newPage({ viewport: { width: 1280, height: 1000 }, ...options });
  page.setDefaultTimeout(timeout);
  page.on("pageerror", (error) => trouble.push(String(error)));
  page.on("console", (message) => {
    const { url } = message.location();
    const jupyters = url.startsWith(address) && !url.startsWith(`${address}proxy/`);
    if (jupyters || url.includes("/font-roboto/")) return; // TensorBoard seeks its own beside its path prefix
    if (message.type() === "error" || /Content Security Policy/i.test(message.text())) trouble.push(`${message.text()} ${url}`);
  });
  const answers = [];
  page.on("response", (response) => {
    if (/\/proxy\/\d+\/|\/data\/plugin/.test(response.url())) answers.push(response.url());
  });
  await page.goto(`${address}lab/tree/notebook.ipynb`);
  return { page, answers };
}

/** Run a cell to its end, and again where nothing comes: JupyterLab drops keys and what it runs until all of it is there. */
async function run(cell) {
  const page = cell.page();
  const prompt = cell.locator(".jp-InputPrompt");
  await page.locator(".jp-Notebook-ExecutionIndicator[data-status=idle]").waitFor();
  const before = await prompt.innerText();
  for (const end = Date.now() + timeout; Date.now() < end; ) {
    await cell.locator(".jp-InputArea-editor").click();
    await page.keyboard.press("Control+Enter");
    for (let look = 0; look < 50; look++) {
      const now = await prompt.innerText();
      if (/\d/.test(now) && now !== before) return;
      await pause(200);
    }
  }
  assert.fail("the cell does not run");
}

/** Run the cells in a light notebook, and the second again in a dark one; the system is as the notebook is not. */
export async function shown() {
  const { page, answers } = await notebook({ colorScheme: "dark" });
  const [first, second] = [0, 1].map((place) => page.locator(".jp-CodeCell").nth(place));
  const diagnosis = first.frameLocator("iframe[title=Diagnostics]");
  const tensorboard = second.frameLocator("iframe[title^='TensorBoard, Diagnostics of']");
  const tab = tensorboard.frameLocator(".plugins iframe");
  const theme = (frame, name) => frame.locator(`html[data-theme=${name}]`).waitFor({ state: "attached" });

  await run(first);
  await run(second);
  await verdict(diagnosis).waitFor();
  const said = await verdict(diagnosis).locator(".say").innerText();
  assert.match(said, /vanishing gradients in dense1/);
  await findings(diagnosis).getByText("Vanishing gradients").first().waitFor();
  const still = await first.locator("table").evaluateAll((all) => all.map((one) => one.checkVisibility()));
  assert.deepEqual(still, [false], "what stands for it where no script runs");
  await theme(diagnosis, "light");
  await shoot(page, "jupyterlab-light");

  await verdict(tab).locator(".say", { hasText: said }).waitFor(); // it is of fewer tensors until all are loaded
  await theme(tab, "light");
  await verdict(tab).getByRole("button", { name: "Copy link" }).click();
  await verdict(tab).getByRole("button", { name: "Copied" }).waitFor();
  await second.locator("iframe").scrollIntoViewIfNeeded();
  await shoot(page, "jupyterlab-light-tensorboard");

  await page.emulateMedia({ colorScheme: "light" });
  for (const name of ["Settings", "Theme", "JupyterLab Dark"]) {
    await page.locator(".lm-MenuBar-itemLabel, .lm-Menu-itemLabel").getByText(name, { exact: true }).click();
  }
  await theme(diagnosis, "dark");
  await run(second);
  await theme(tab, "dark");
  await verdict(tab).locator(".say", { hasText: said }).waitFor();
  await second.locator("iframe").scrollIntoViewIfNeeded();
  await shoot(page, "jupyterlab-dark-tensorboard");
  await first.locator("iframe").scrollIntoViewIfNeeded();
  await verdict(diagnosis).waitFor();
  await shoot(page, "jupyterlab-dark");

  const proxied = (one) => one.startsWith(`${address}proxy/`);
  assert.deepEqual(answers.filter((one) => !proxied(one)), [], "answers that came by another way than the proxy");
  assert.ok(answers.some((one) => one.includes("/data/plugin/histdiag/report")), "the tab's own answers came by it");

  // As where Jupyter does not have the proxy: TensorBoard is asked at its own port.
  await page.evaluate(() => {
    const element = document.getElementById("jupyter-config-data");
    element.textContent = JSON.stringify({ ...JSON.parse(element.textContent), federated_extensions: [] });
  });
  await run(second);
  await verdict(tab).locator(".say", { hasText: said }).waitFor();
  await verdict(tab).getByRole("button", { name: "Copy link" }).click();
  await verdict(tab).getByRole("button", { name: "Copied" }).waitFor(); // also from a frame of another origin
  const source = await second.locator("iframe").getAttribute("src");
  assert.match(source, /^http:\/\/localhost:\d+\/\?darkMode=true#histdiag/);
  assert.ok(answers.some((one) => one.startsWith(new URL("data/plugin/histdiag/report", source).href)), "the tab's own answers");
}
