// Walks through the pictures of one tensor.
import assert from "node:assert/strict";
import { PATIENCE, accessible, hashed, open, panelOf, shoot, tabOf } from "../page.mjs";

export async function bands() {
  const { page, frame } = await open({ hash: "&p.histdiag.run=vanishing-gradients&p.histdiag.mode=bands" });
  const panel = panelOf(frame);
  await panel.locator("histdiag-twin path.median").waitFor({ state: "attached", timeout: PATIENCE });
  const twin = panel.getByRole("slider").first();
  await twin.hover();
  assert.equal(await panel.locator("histdiag-twin circle.dot").count(), 9, "a dot at each of the nine values");
  assert.match(await panel.locator("histdiag-twin svg").textContent(), /max.*p93.*p50.*min/s);
  assert.match(await twin.getAttribute("aria-valuetext"), /^step [\d,]+: min \S+, p7 .*, max \S+$/);
  await page.mouse.move(0, 0);
  await twin.press("ArrowLeft");
  await hashed(frame, /p\.histdiag\.step=490/);
  const [above, below] = await Promise.all(["histdiag-twin", "histdiag-strips"].map((name) => panel.locator(`${name} path.cross`).first().boundingBox()));
  assert.ok(Math.abs(above.x - below.x) <= 1, `one crosshair for bands and strips: ${above.x}, ${below.x}`);
  await accessible(frame, "bands");
  await shoot(page, "bands-1280");
  await panel.getByRole("button", { name: "Log values" }).click();
  await panel.getByText("logarithmic beyond ±").waitFor({ timeout: PATIENCE });
  await panel.getByRole("button", { name: "One step" }).click();
  await panel.getByRole("button", { name: "Log counts" }).click();
  await hashed(frame, /values=symlog.*counts=log/);
  await shoot(page, "log-axes-1280");
}

export async function range() {
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
  await shoot(page, "range-1280");
  await field(again, "First step shown").fill("9000");
  await field(again, "First step shown").press("Enter");
  await again.getByText("No record at the steps chosen").first().waitFor({ timeout: PATIENCE });
  await accessible(again, "no record at the steps chosen");
  await panelOf(again).getByRole("combobox", { name: "Steps shown" }).selectOption("all");
  await hashed(again, /^(?!.*(from|to)=)/);
}

export async function full() {
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
  await dialog.getByRole("button", { name: "Previous record" }).click();
  await hashed(frame, /step=190/);
  await accessible(frame, "full size");
  await shoot(page, "full-1280");
  await page.keyboard.press("Escape");
  await dialog.waitFor({ state: "detached", timeout: PATIENCE });
  assert.equal(await button.evaluate((one) => one.getRootNode().activeElement === one), true, "the focus returns");
  await hashed(frame, /mode=bands/);
  assert.match(page.url(), /step=190/);
}
