// A walk with a Chromium of its own: in one that Playwright drives, every page counts as seen, whatever is before it.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as pause } from "node:timers/promises";
import { PATIENCE, address } from "../page.mjs";

/** Start a browser with a window; gives what speaks its protocol. */
async function start(profile) {
  const flags = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--remote-debugging-port=0"];
  const program = spawn(process.env.HISTDIAG_CHROMIUM, [...flags, `--user-data-dir=${profile}`, "about:blank"], { stdio: ["ignore", "ignore", "pipe"] });
  const [line] = await new Promise((found) => createInterface(program.stderr).on("line", (text) => text.includes("ws://") && found(text.match(/ws:\S+/))));
  const socket = new WebSocket(line);
  await once(socket, "open");
  const waiting = new Map();
  socket.addEventListener("message", ({ data }) => {
    const { id, result, error } = JSON.parse(data);
    waiting.get(id)?.(error ? Promise.reject(new Error(error.message)) : result);
  });
  const send = (method, params = {}, sessionId = undefined) =>
    new Promise((resolve) => {
      const id = waiting.size + 1;
      waiting.set(id, resolve);
      socket.send(JSON.stringify({ id, method, params, sessionId }));
    });
  const stop = async () => {
    socket.close();
    program.kill();
    if (program.exitCode === null) await once(program, "exit");
  };
  return { send, stop };
}

/** Counts, in the tab's frame, what it asks for and how often TensorBoard tells it that data were reloaded. Runs in the page. */
function count() {
  const frame = document.querySelector(".plugins iframe").contentWindow;
  window.counts = { asked: 0, heard: 0 };
  const { fetch } = frame;
  frame.fetch = (...what) => {
    window.counts.asked++;
    return fetch(...what);
  };
  const post = frame.MessagePort.prototype.postMessage;
  frame.MessagePort.prototype.postMessage = function (text) {
    if (/DataReloaded/.test(text)) frame.setTimeout(() => window.counts.heard++);
    return post.apply(this, arguments);
  };
}

export async function behind() {
  const profile = mkdtempSync(join(tmpdir(), "histdiag-"));
  const { send, stop } = await start(profile);
  try {
    const { targetId } = await send("Target.createTarget", { url: `${address}#histdiag` });
    const { sessionId } = await send("Target.attachToTarget", { targetId, flatten: true });
    const look = async (expression) => (await send("Runtime.evaluate", { expression, returnByValue: true }, sessionId)).result.value;
    const until = async (expression) => {
      for (const end = Date.now() + PATIENCE; !(await look(expression)); await pause(50)) assert.ok(Date.now() < end, expression);
    };
    const app = `document.querySelector(".plugins iframe")?.contentDocument?.querySelector("histdiag-app")?.shadowRoot`;
    const reload = () => look(`document.querySelector("app-header-reload button").click()`);
    await until(`Boolean(${app}?.querySelector("histdiag-verdict"))`);
    await look(`(${count})()`);
    await reload();
    await until("counts.heard === 1 && counts.asked > 0");
    assert.equal(await look("document.hidden"), false);

    await send("Target.createTarget", { url: "about:blank" });
    await until(`document.hidden && ${app}.host.ownerDocument.hidden`);
    const { asked } = await look("counts");
    await reload();
    await until("counts.heard === 2");
    assert.equal((await look("counts")).asked, asked, "nothing is asked for while another tab is in front");

    await send("Target.activateTarget", { targetId });
    await until(`!document.hidden && counts.asked > ${asked}`);
  } finally {
    await stop();
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
  }
}
