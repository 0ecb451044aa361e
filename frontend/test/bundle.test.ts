// @vitest-environment node
import { fileURLToPath } from "node:url";
import { build, type Rolldown } from "vite";
import { beforeAll, describe, expect, it } from "vitest";

let output: Rolldown.RolldownOutput["output"];

beforeAll(async () => {
  const root = fileURLToPath(new URL("..", import.meta.url));
  const built = await build({ root, logLevel: "error", build: { write: false } });
  output = (built as Rolldown.RolldownOutput[])[0]!.output;
}, 60_000);

describe("the bundle", () => {
  it("is one module of at most 150 kB that exports render", () => {
    expect(output.map((file) => file.fileName).sort()).toEqual(["help.json", "index.js", "offline.js", "snippets.json", "styles.json"]);
    expect(output[0].exports).toEqual(["render"]);
    expect(Buffer.byteLength(output[0].code)).toBeLessThanOrEqual(150_000);
  });

  const beside = (name: string): Record<string, string> => {
    const file = output.find(({ fileName }) => fileName === name)!;
    return JSON.parse(file.type === "asset" ? String(file.source) : "{}") as Record<string, string>;
  };

  it("has its styles beside it", () => {
    const styles = beside("styles.json");
    expect(Object.keys(styles).length).toBeGreaterThan(10);
    for (const [name, style] of Object.entries(styles)) {
      expect(output[0].code).toContain(`\`${name}\``);
      expect(style).toMatch(/^[^<]*\{[^<]*\}$/);
    }
    expect(styles["styles"]).toContain("--surface:#ffffff");
  });

  it("has the snippets of every framework beside it", () => {
    const texts = beside("snippets.json");
    expect(Object.keys(texts).sort()).toEqual(["jax", "keras", "pytorch", "tf2"]);
    expect(texts["pytorch"]).toContain("add_histogram");
    expect(output[0].code).not.toContain("add_histogram");
    expect(Object.keys(beside("help.json"))).toEqual(["differences", "keys", "tasks", "words"]);
  });

  it("leaves out what the language or a template can say shorter", () => {
    const { code } = output[0];
    expect(code.match(/customElements\.define/g)).toHaveLength(1);
    expect(code).not.toMatch(/Reflect\.decorate|><\/path>|class="btn"|\n {2}/);
    expect(code).toMatch(/\[\w+,`\w+( \w+)+`\]/); // fields that share a decorator
    expect(code).not.toMatch(/<\/section>`/);
  });

  it("holds nothing that the host's content security policy forbids", () => {
    const { code, map } = output[0];
    expect(code).not.toMatch(/\beval\(|new Function\(|new Worker\(/);
    expect([...code.matchAll(/https?:\/\/[\w./-]+/g)].map(([address]) => address).filter((address) => !address.includes("www.w3.org"))).toEqual([]);
    expect(map).toBeNull();
  });
});
