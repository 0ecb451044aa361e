import { expect, it } from "vitest";
import { viewRun } from "../src/model";
import "../src/words";
import type { Words } from "../src/words";
import { finding, report, rule } from "./fixtures";

it("breaks no line within a flag of the command line, and leaves it as it is for who copies it", async () => {
  const advice = "Start TensorBoard with --samples_per_plugin=histograms=0 -- twice-read.";
  const found = finding({ advice: [advice], explanation: `Kept 100: ${advice}` });
  const whole = report({ findings: [found] });
  const words = Object.assign(document.createElement("histdiag-words") as Words, {
    view: viewRun(whole, whole.runs[0]!), finding: found, back: null, entry: null, rules: new Map([[rule.rule, rule]]), metrics: new Map(),
    series: () => null, address: () => "", tick: 0,
  });
  document.body.append(words);
  await words.updateComplete;
  const [read, advised] = ["p", "li"].map((name) => [...words.shadowRoot!.querySelectorAll(name)].find((one) => one.textContent?.includes("Start"))!);
  expect(advised!.textContent!.trim()).toBe(advice);
  for (const one of [read, advised])
    expect([...one!.querySelectorAll<HTMLElement>("[style]")].map(({ textContent, style }) => [textContent, style.display])).toEqual([
      ["--samples_per_plugin=histograms=0", "inline-block"],
    ]);
  words.remove();
});
