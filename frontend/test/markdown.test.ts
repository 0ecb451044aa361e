import { describe, expect, it } from "vitest";
import { code, findingMarkdown } from "../src/markdown";
import { evidence, finding, rule } from "./fixtures";

const none = () => null;

describe("a finding as Markdown", () => {
  it("carries the reading, the evidence beside its threshold, the advice and the link", () => {
    const text = findingMarkdown(finding(), rule, none, "http://localhost:6006/#histdiag");
    expect(text).toContain("### Warning: Dead units (likely)\n\nRun `a`, `wide/fc2`, steps 3,400 to 5,900.");
    expect(text).toContain("| zeros in the bias gradient | 77 % | 0 % to 78 % | ≥ 50 % | `wide/fc2/bias.grad` | 3400 |");
    expect(text).toContain("- Lower the learning rate.");
    expect(text).toContain("Sparse by design.");
    expect(text.endsWith("http://localhost:6006/#histdiag\n")).toBe(true);
  });

  it("shows names as code that they cannot break out of", () => {
    expect(code("a`b")).toBe("``a`b``");
    expect(code("`x`")).toBe("`` `x` ``");
    expect(code("two\nlines")).toBe("`two lines`");
    const text = findingMarkdown(finding({ evidence: [evidence({ tag: "a|b", label: "x|y" })] }), null, none, "");
    expect(text).toContain("| x\\|y |");
    expect(text).toContain("`a\\|b`");
  });

  it("lets no name in a sentence be read as Markdown or HTML", () => {
    const name = "[x](javascript:alert(1)) <img src=y> **b** __init__ layer_1 a|b &amp; `c` \\d";
    const text = findingMarkdown(finding({ summary: `# ${name}`, explanation: `In\n${name}.` }), null, none, "");
    const safe = "\\[x\\](javascript:alert(1)) \\<img src=y> \\*\\*b\\*\\* \\_\\_init\\_\\_ layer_1 a\\|b \\&amp; \\`c\\` \\\\d";
    expect(text).toContain(`\n\n\\# ${safe}\n\n`);
    expect(text).toContain(`\n\nIn ${safe}.\n\n`);
  });

  it("shows a value that is not finite as its word", () => {
    const row = evidence({ value: null, word: "nan", low: null, high: null, threshold: null });
    expect(findingMarkdown(finding({ evidence: [row] }), null, none, "")).toContain("| nan |  | – |");
  });
});
