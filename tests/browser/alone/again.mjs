// A walk through a tab that stays open while TensorBoard ends and is started anew; the walk itself starts it.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as pause } from "node:timers/promises";
import { PATIENCE, address, open, panelOf, trouble, verdict } from "../page.mjs";

const [program, ...flags] = JSON.parse(process.env.HISTDIAG_SERVER);

/** Start TensorBoard and wait until it answers; gives what ends it. */
async function start() {
  const server = spawn(program, flags, { stdio: "ignore" });
  const answers = () => fetch(new URL("data/plugins_listing", address)).then(({ ok }) => ok, () => false);
  for (const end = Date.now() + 2 * PATIENCE; !(await answers()); await pause(100)) assert.ok(Date.now() < end && server.exitCode === null, "TensorBoard does not answer");
  return async () => {
    server.kill();
    if (server.exitCode === null) await once(server, "exit");
  };
}

export async function restarted() {
  let stop = await start();
  try {
    const { page, frame } = await open({ hash: "&p.histdiag.run=train&p.histdiag.tag=layer07%2Fkernel" });
    const twin = (tag) => panelOf(frame).getByRole("slider", { name: new RegExp(`^${tag}`) }).first();
    await verdict(frame).waitFor({ timeout: PATIENCE });
    await twin("layer07/kernel").waitFor({ timeout: PATIENCE });
    await page.waitForLoadState("networkidle");
    await stop();
    stop = await start();

    const asked = [];
    const gone = [];
    page.on("request", (request) => asked.push(new URL(request.url()).pathname.split("/").at(-1)));
    await frame.evaluate(() => {
      window.seen = [];
      const main = document.querySelector("histdiag-app").shadowRoot.querySelector("main");
      new MutationObserver(() => window.seen.push(main.textContent)).observe(main, { childList: true, subtree: true });
    });
    page.on("response", (response) => response.status() === 404 && gone.push(response.url()));
    await panelOf(frame).getByRole("combobox", { name: "Tensor" }).selectOption("layer03/kernel");
    await twin("layer03/kernel").waitFor({ timeout: PATIENCE });
    assert.ok(gone.length > 0, "the server knew the tab's report no more");
    assert.ok(asked.includes("report"), "so that the tab has asked for another");
    assert.equal(await frame.getByRole("button", { name: "Try again" }).count(), 0);
    assert.deepEqual((await frame.evaluate(() => window.seen)).filter((text) => /no report|Try again|Measuring/.test(text)), [], "nobody was told");
    trouble.splice(0, Infinity, ...trouble.filter((line) => !/status of 404/.test(line))); // the browser's own words for it
    await page.close();
  } finally {
    await stop();
  }
}
