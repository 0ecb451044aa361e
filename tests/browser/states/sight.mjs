// Every state of the tab for those who see it large, in few colours, at rest, or not at all.
import assert from "node:assert/strict";
import { STATES } from "../../../frontend/dev/answers.mjs";
import { alternatives, cutOff, moving, pressedAndNot, spaceOut } from "../inside.mjs";
import { shoot } from "../page.mjs";
import { OPENED, stage } from "../stage.mjs";

/** 640 is 1280 at 200 %, 384 is 768. */
const SIZES = [[768, 1024], [640, 400], [384, 512]];
const SHOWN = ["golden", "two-runs", "full size", "the Export menu"];

async function fits(page, state) {
  for (const [width, height] of SIZES) {
    await page.setViewportSize({ width, height });
    await page.rest();
    assert.deepEqual(await page.evaluate(cutOff), [], `${state} in ${width} px`);
    if (SHOWN.includes(state)) await shoot(page, `narrow-${state.replaceAll(" ", "-")}-${width}`);
  }
}

/** In small windows, at 200 % and with wide spacing nothing is cut, and nobody must scroll sideways. */
export async function narrow() {
  const page = await stage();
  for (const state of Object.keys(STATES)) {
    await page.at(state);
    await fits(page, state);
    await page.setViewportSize({ width: 1280, height: 800 });
    await page.evaluate(spaceOut);
    await page.rest();
    assert.deepEqual(await page.evaluate(cutOff), [], `${state}, spaced out`);
  }
}

export async function narrow_opened() {
  const page = await stage();
  for (const [name, [state, act]] of Object.entries(OPENED)) {
    await page.setViewportSize({ width: 1280, height: 800 });
    await page.at(state);
    await act(page);
    await fits(page, name);
  }
}

/** Where the system has few colours, what is chosen is told by them, and plots keep theirs on their own ground. */
export async function forced() {
  const page = await stage();
  await page.emulateMedia({ forcedColors: "active", colorScheme: "dark" });
  for (const state of ["error", "two-runs", "bands", "table"]) {
    await page.at(state);
    const { pressed, others, plots } = await page.evaluate(pressedAndNot);
    assert.ok(pressed.length > 0 && plots.length > 0, state);
    for (const look of pressed) assert.ok(!others.includes(look), `${state}: what is pressed looks like what is not: ${look}`);
    for (const { name, ground, adjusted } of plots) assert.ok(adjusted === "none" && /^rgb\(/.test(ground), `${state}: ${name} on ${ground}, ${adjusted}`);
    await shoot(page, `forced-${state}`);
  }
}

/** Nothing moves by itself for those who want rest. */
export async function rest() {
  const page = await stage();
  await page.emulateMedia({ reducedMotion: "reduce" });
  for (const state of ["error", "two-runs", "measuring", "failed"]) {
    await page.at(state);
    assert.deepEqual(await page.evaluate(moving), [], state);
  }
}

/** Each plot says what its reading says; nothing drawn is without words. */
export async function words() {
  const page = await stage();
  const states = ["error", "deep", "bands", "one-step", "two-runs", "two-steps", "metric", "hostile"].map((state) => [state]);
  for (const [state, place] of [...states, ["two-runs", "&p.histdiag.apart=true"]]) {
    const [{ readings }] = await Promise.all([
      page.waitForResponse((answer) => /\/report$/.test(new URL(answer.url()).pathname)).then((answer) => answer.json()),
      page.at(state, place),
    ]);
    const { plots, silent } = await page.evaluate(alternatives);
    assert.deepEqual(silent, [], `${state}: drawn without words`);
    assert.ok(plots.length > 0, state);
    for (const name of plots) assert.ok(readings.some(({ text }) => text && name.includes(text.replace(/-(?=\d)/g, "−").replaceAll(" %", "\u00a0%"))), `${state}: no reading in ${name}`);
  }
}
