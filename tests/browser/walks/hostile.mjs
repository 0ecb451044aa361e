// Walks among names that were chosen to break the page.
import assert from "node:assert/strict";
import { PATIENCE, choose, open, shoot } from "../page.mjs";

export async function hostile() {
  const { page, frame } = await open();
  await choose(frame, "<img");
  await frame.getByText("<img src=x onerror=alert(1)>").first().waitFor({ state: "attached", timeout: PATIENCE });
  assert.equal(await frame.locator("img[src=x]").count(), 0);
  await page.waitForTimeout(500);
  await shoot(page, "hostile-1280");
}
