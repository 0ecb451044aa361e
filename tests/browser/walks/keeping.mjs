// Walks that take something out of the tab or leave something in the browser.
import assert from "node:assert/strict";
import { focused, readSvg } from "../inside.mjs";
import { PATIENCE, accessible, choose, open, reopened, saved, shoot, trouble, verdict } from "../page.mjs";

export async function exports() {
  const { page, frame } = await open({ dark: true });
  await choose(frame, "vanishing-gradients");
  await frame.getByText("vanishing from step").first().waitFor({ timeout: PATIENCE });
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
  await shoot(page, "exports-1280");
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
}

export async function kept() {
  const { page, frame } = await open();
  await choose(frame, "vanishing-gradients");
  await frame.getByRole("button", { name: "Overlay" }).click();
  await frame.getByRole("button", { name: "Mute", exact: true }).click();
  await frame.getByText("1 muted").waitFor({ timeout: PATIENCE });
  assert.equal(await frame.evaluate(focused), "1 muted");
  assert.doesNotMatch(await verdict(frame).innerText(), /1 error/);
  await page.keyboard.press("Enter");
  await accessible(frame, "light, what is muted");
  await shoot(page, "muted-1280");
  const mode = (tab, name) => tab.getByRole("button", { name }).getAttribute("aria-pressed");
  const again = await reopened(page, "&p.histdiag.run=vanishing-gradients");
  await again.getByText("1 muted").click();
  assert.equal(await mode(again, "Overlay"), "true");
  await again.getByRole("button", { name: "Unmute" }).click();
  await again.getByText("1 error").waitFor({ timeout: PATIENCE });
  assert.equal(await again.getByText("1 muted").count(), 0);
  const linked = await reopened(page, "&p.histdiag.run=vanishing-gradients&p.histdiag.mode=step");
  await linked.getByRole("button", { name: "One step", pressed: true }).waitFor({ timeout: PATIENCE });
  await linked.getByRole("button", { name: /^Help/ }).click();
  await linked.getByText("certain, likely").waitFor({ timeout: PATIENCE });
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
  await shoot(page, "timeseries-1280");
  await page.goBack();
  await linked.getByRole("button", { name: "Open in Histograms" }).click();
  await page.waitForURL(/#histograms&tagFilter=/);
  await page.locator("tf-histogram-dashboard vz-histogram-timeseries").first().waitFor({ timeout: PATIENCE });
  await shoot(page, "histograms-1280");
  trouble.length = 0; // the stock charts complain of records that are not finite
}
