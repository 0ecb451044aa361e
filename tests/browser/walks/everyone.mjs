// Walks for everyone: in the dark, in little room, to a screen reader's eye.
import assert from "node:assert/strict";
import { PATIENCE, accessible, choose, open, reopened, shoot, verdict } from "../page.mjs";

export async function dark() {
  const { page, frame } = await open();
  await verdict(frame).waitFor({ timeout: PATIENCE });
  await choose(frame, "nan-midway");
  const ground = () => frame.evaluate(() => getComputedStyle(document.documentElement).getPropertyValue("--surface").trim());
  const light = await ground();
  await page.evaluate(() => document.body.classList.add("dark-mode"));
  await frame.waitForFunction((before) => getComputedStyle(document.documentElement).getPropertyValue("--surface").trim() !== before, light);
  await accessible(frame, "dark, a sick run");
  await shoot(page, "dark-1280");
  await page.evaluate(() => document.body.classList.remove("dark-mode"));
  await frame.waitForFunction((before) => getComputedStyle(document.documentElement).getPropertyValue("--surface").trim() === before, light);
  await accessible(frame, "light, a sick run");
}

export async function healthy() {
  const { page, frame } = await open();
  await choose(frame, "healthy-tanh");
  await frame.waitForFunction(() => /healthy-tanh/.test(parent.location.hash), null, { timeout: PATIENCE });
  assert.doesNotMatch(await verdict(frame).innerText(), /\d+ (error|warning)/);
  await accessible(frame, "light, a healthy run");
  await page.evaluate(() => document.body.classList.add("dark-mode"));
  await accessible(frame, "dark, a healthy run");
  await shoot(page, "healthy-1280");
}

export async function narrow() {
  const { page, frame } = await open({ width: 768, height: 1024 });
  await verdict(frame).waitFor({ timeout: PATIENCE });
  const beyond = await frame.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  assert.ok(beyond <= 0, `the page is ${beyond} px wider than the window`);
  await shoot(page, "narrow-768");
}

/** Each part of the page stands where it was first drawn, while those below it come. */
export async function steady() {
  const { page } = await open();
  await page.addInitScript(() => {
    window.tops = {};
    const look = () => {
      for (const part of document.querySelector("histdiag-app")?.shadowRoot.querySelectorAll(".cols, .cols *, .cols ~ *") ?? [])
        if (part.shadowRoot?.childElementCount && part.checkVisibility()) (window.tops[part.localName] ??= []).push(part.getBoundingClientRect().top);
      requestAnimationFrame(look);
    };
    look();
  });
  const frame = await reopened(page, "");
  await frame.waitForFunction(() => document.querySelector("histdiag-app").shadowRoot.querySelector("histdiag-pictures").histograms && window.tops["histdiag-tensors"]?.length > 20, null, { timeout: PATIENCE });
  const tops = await frame.evaluate(() => Object.entries(window.tops).map(([name, all]) => [name, [...new Set(all)].length]));
  assert.deepEqual(tops, ["findings", "health", "pictures", "words", "tensors"].map((name) => [`histdiag-${name}`, 1]), "how many places each part has had");
}
