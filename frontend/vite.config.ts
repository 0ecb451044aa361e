/** One ES module, because the host imports exactly one; minified explicitly, because library mode leaves white space. */
import { readdirSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { defineConfig, type Plugin } from "vite";

// Whoever installs may have another value set, and would get Lit with its warnings.
process.env["NODE_ENV"] = "production";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** The lines that the tab offers for pasting, in one file beside the bundle. */
const snippets: Plugin = {
  name: "snippets",
  generateBundle() {
    const folder = here("src/snippets");
    const texts = readdirSync(folder).map((name) => [basename(name, ".py"), readFileSync(`${folder}/${name}`, "utf8")]);
    this.emitFile({ type: "asset", fileName: "snippets.json", source: JSON.stringify(Object.fromEntries(texts)) });
  },
};

const sheets = new Map<string, string>();

/** White space is nothing to a style, but text to a minifier. */
const compact = (style: string): string =>
  style.replace(/\/\*.*?\*\//gs, "").replace(/\s*([{};>])\s*/g, "$1").replace(/([:,])\s+/g, "$1").replace(/;}/g, "}").replace(/\n\s+/g, " ");

/** Styles stand in one file beside the bundle; those with values in them stay. */
const templates: Plugin = {
  name: "templates",
  enforce: "pre",
  buildStart: () => sheets.clear(),
  transform(code, id) {
    if (!id.startsWith(here("src")) || !id.endsWith(".ts")) return null;
    let count = 0;
    const styled = code.replace(/\bcss`([^`]*)`/g, (all, style: string) => {
      if (style.includes("${")) return compact(all);
      const name = `${basename(id, ".ts")}${count++ || ""}`;
      sheets.set(name, compact(style).trim());
      return `sheet("${name}")`;
    });
    const helper = count ? `import { sheet } from "${here("src/sheets")}";\n` : "";
    return { code: helper + styled.replace(/\n\s+/g, "\n"), map: null };
  },
  generateBundle() {
    const sorted = Object.fromEntries([...sheets].sort(([a], [b]) => (a < b ? -1 : 1)));
    this.emitFile({ type: "asset", fileName: "styles.json", source: JSON.stringify(sorted) });
  },
};

/** TypeScript gives every decorated property a call of its own; neighbours of one class can share it. */
const decorators: Plugin = {
  name: "decorators",
  generateBundle(_, files) {
    const calls = /([\w$]+)\(\[([\w$]+)\],([\w$]+)\.prototype,`\w+`,void 0\)(,\1\(\[\2\],\3\.prototype,`\w+`,void 0\))+/g;
    for (const file of Object.values(files)) {
      if (file.type !== "chunk") continue;
      file.code = file.code.replace(calls, (all: string, _call, decorator: string, owner: string) => {
        return `[${all.match(/`\w+`/g)}].map(a=>${decorator}(${owner}.prototype,a))`;
      });
    }
  },
};

export default defineConfig({
  plugins: [snippets, templates, decorators],
  build: {
    lib: { entry: here("src/index.ts"), formats: ["es"], fileName: () => "index.js" },
    outDir: process.env["HISTDIAG_STATIC"] ?? here("../tensorboard_plugin_histdiag/static"),
    emptyOutDir: true,
    target: "es2022",
    minify: "oxc",
    sourcemap: false,
    reportCompressedSize: false,
    rolldownOptions: { output: { codeSplitting: false, comments: false, minify: true } },
  },
});
