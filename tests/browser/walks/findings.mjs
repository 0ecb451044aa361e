// Walks to what is found.
import assert from "node:assert/strict";
import { inkOfTwin } from "../inside.mjs";
import { PATIENCE, choose, explanation, findings, open, served, shoot, tabOf, verdict } from "../page.mjs";

export async function finding() {
  const { page, frame } = await open({ width: 1920, height: 1080 });
  await choose(frame, "vanishing-gradients");
  await findings(frame).getByRole("button", { name: /Vanishing gradients/ }).first().click();
  await explanation(frame).getByRole("heading", { name: "Vanishing gradients" }).waitFor({ timeout: PATIENCE });
  assert.match(await verdict(frame).innerText(), /1 error.*in \d+ of \d+ tensors/s);
  await frame.getByText("vanishing from step").first().waitFor({ timeout: PATIENCE });
  const inked = await frame.evaluate(inkOfTwin);
  assert.ok(inked > 500, `the ridges are drawn: ${inked} pixels`);
  await shoot(page, "finding-1920");
}

export async function deeplink() {
  const report = await served(({ findings }) => findings.some(({ rule }) => rule === "non-finite-values"));
  const wanted = report.findings.find((one) => one.rule === "non-finite-values");
  const hash = `&p.histdiag.run=${encodeURIComponent(wanted.run)}&p.histdiag.finding=${wanted.fingerprint}`;
  const { page, frame } = await open({ hash });
  await explanation(frame).getByRole("heading", { name: "Non-finite values" }).waitFor({ timeout: PATIENCE });
  await page.reload();
  const again = await tabOf(page);
  await explanation(again).getByRole("heading", { name: "Non-finite values" }).waitFor({ timeout: PATIENCE });
  assert.match(page.url(), new RegExp(wanted.fingerprint));
  await shoot(page, "deeplink-1280");
}

export async function vanished() {
  const { frame } = await open({ hash: "&p.histdiag.finding=000000000000" });
  await frame.getByText(/no longer|not .*(found|there|any more)|gone/i).first().waitFor({ timeout: PATIENCE });
}
