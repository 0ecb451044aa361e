// Takes one walk through the Diagnostics tab in a real Chromium on a real TensorBoard: node tab.mjs FILE/WALK ADDRESS PICTURES
import assert from "node:assert/strict";
import { browser, trouble } from "./page.mjs";

const [file, walk] = process.argv[2].split(/\/(?=\w+$)/);
try {
  const walks = await import(`./${file}.mjs`);
  await walks[walk]();
  assert.deepEqual(trouble, [], "console errors, CSP violations, failed or outside requests");
} finally {
  await browser.close();
}
