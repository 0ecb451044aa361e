// Walks through a notebook in JupyterLab: its first cell shows a diagnosis, its second TensorBoard at the Diagnostics tab.
import assert from "node:assert/strict";
import { address, browser, findings, shoot, trouble, verdict } from "../page.mjs";

/** Until a kernel or a TensorBoard has started: both import much, on a machine that may be busy. */
const timeout = 90_000;

/** Run the cells in a light notebook, and the second again in a dark one; the system is as the notebook is not. */
export async function shown() {
  const page = await browser.newPage({ viewport: { width: 1280, height: 1000 }, colorScheme: "dark" });
  page.setDefaultTimeout(timeout);
  page.on("pageerror", (error) => trouble.push(String(error)));
  await page.goto(`${address}lab/tree/notebook.ipynb`);
  const [first, second] = [0, 1].map((place) => page.locator(".jp-CodeCell").nth(place));
  const run = async (cell) => {
    await cell.locator(".jp-InputArea-editor").click();
    await page.keyboard.press("Control+Enter");
  };
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
  await verdict(tab).getByRole("button", { name: "Copied" }).waitFor(); // also from a frame of another origin
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
}
