// A walk through a log without histograms.
import { PATIENCE, accessible, open, shoot } from "../page.mjs";

export async function empty() {
  const { page, frame } = await open();
  await frame.getByText(/no histograms/i).first().waitFor({ timeout: PATIENCE });
  await frame.getByRole("button", { name: "PyTorch" }).click();
  await frame.getByText("add_histogram").first().waitFor({ timeout: PATIENCE });
  await accessible(frame, "no histograms");
  await shoot(page, "empty-1280");
}
