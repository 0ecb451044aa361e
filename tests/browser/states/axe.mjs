// Axe looks at every state of the tab, in light and in dark: nothing wrong at levels A and AA, nor against good practice.
import assert from "node:assert/strict";
import { STATES } from "../../../frontend/dev/answers.mjs";
import { PATIENCE, accessible, shoot } from "../page.mjs";
import { OPENED, stage } from "../stage.mjs";

const LOGS = ["few-steps", "weights-only", "no-histograms", "sampled", "hostile", "measuring", "failed"];
const VERDICTS = ["error", "warning", "note", "clear", "many", "deep"];
const PICTURES = Object.keys(STATES).filter((state) => ![...LOGS, ...VERDICTS].includes(state));

const OPERABLE = /^(button|checkbox|combobox|DisclosureTriangle|grid|heading|link|searchbox|slider|spinbutton|textbox)$/;

/** What the browser itself has no name for: axe's own reckoning of names is milder. */
async function nameless(page) {
  const session = await page.context().newCDPSession(page);
  const { nodes } = await session.send("Accessibility.getFullAXTree");
  await session.detach();
  return nodes.filter(({ ignored, role, name }) => !ignored && OPERABLE.test(role?.value) && !name?.value).map(({ role }) => role.value);
}

/** The cards of all tensors are looked at in some states only: they are many, and nowhere else. */
async function seen(page, name, state, { act = async () => {}, without = [] } = {}) {
  await page.emulateMedia({ colorScheme: "light" });
  await page.at(state);
  await act(page);
  await accessible(page, name, { without });
  assert.deepEqual(await nameless(page), [], `without a name: ${name}`);
  await page.emulateMedia({ colorScheme: "dark" });
  await page.locator("[data-theme=dark]").waitFor({ state: "attached", timeout: PATIENCE });
  await accessible(page, `${name}, dark`, { without, rules: ["color-contrast"] }); // all else is the same in the dark
}

async function all(states, options) {
  const page = await stage();
  for (const state of states) await seen(page, state, state, options);
}

async function open(names) {
  const page = await stage();
  for (const name of names) {
    const [state, act] = OPENED[name];
    await seen(page, name, state, { act, without: ["histdiag-tensors"] });
    await shoot(page, `opened-${name.replaceAll(" ", "-")}`);
  }
}

const names = Object.keys(OPENED);
export const verdicts = () => all(VERDICTS);
export const logs = () => all(LOGS, { without: ["histdiag-tensors"] });
export const pictures = () => all(PICTURES, { without: ["histdiag-tensors"] });
export const choices = () => open(names.slice(0, 5));
export const runs = () => open(names.slice(5, 9));
export const menus = () => open(names.slice(9));
