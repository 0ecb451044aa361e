import { render } from "lit";
import { expect, it } from "vitest";
import { notices } from "../src/empty";
import { viewRun } from "../src/model";
import { report } from "./fixtures";

/** What is said above the page of a run without gradients, when so many of its two tensors are judged. */
function said(judged: number): string {
  const found = report({ runs: [{ ...report().runs[0]!, missing: ["gradients", "loss"] }] });
  const page = document.createElement("div");
  render(notices(viewRun(found, found.runs[0]!), { judged, total: 2 }, []), page);
  return page.textContent!.replace(/\s+/g, " ");
}

it("says what a run does not log when all of it is known, not before", () => {
  expect(said(2)).toContain("This run logs no gradients.");
  expect(said(1)).toContain("Judged 1 of 2 tensors.");
  expect(said(1)).not.toContain("logs no");
});
