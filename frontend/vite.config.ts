/** One ES module, because the host imports exactly one; minified explicitly, because library mode leaves white space. */
import { readdirSync, readFileSync } from "node:fs";
import { basename, parse } from "node:path";
import { fileURLToPath } from "node:url";
import { defineConfig, type Plugin } from "vite";

// Whoever installs may have another value set, and would get Lit with its warnings.
process.env["NODE_ENV"] = "production";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** The lines that the tab offers for pasting, and those of its help, each in one file beside the bundle. */
const texts: Plugin = {
  name: "texts",
  generateBundle() {
    for (const kind of ["snippets", "help"]) {
      const folder = here(`src/${kind}`);
      const found = readdirSync(folder).sort().map((name) => [parse(name).name, readFileSync(`${folder}/${name}`, "utf8")]);
      this.emitFile({ type: "asset", fileName: `${kind}.json`, source: JSON.stringify(Object.fromEntries(found)) });
    }
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

/** A minifier shortens no names of the language: functions that need no object get a short one, where it pays. */
const shortened: Plugin = {
  name: "shortened",
  generateBundle(_, files) {
    for (const file of Object.values(files)) {
      if (file.type !== "chunk") continue;
      const counts = new Map<string, number>();
      for (const [name] of file.code.matchAll(/(?<![\w$.])(Math\.[a-z]\w+|Number\.is\w+|Array\.from)\b/g)) counts.set(name, (counts.get(name) ?? 0) + 1);
      const often = [...counts].filter(([, count]) => count > 5).map(([name], i) => [name, `_${i}`] as const);
      if (often.some(([, short]) => file.code.includes(short))) this.error("A short name is taken.");
      for (const [name, short] of often) file.code = file.code.replace(new RegExp(`(?<![\\w$.])${name.replace(".", "\\.")}\\b`, "g"), short);
      file.code = `const ${often.map(([name, short]) => `${short}=${name}`)};${file.code}`;
    }
  },
};

export default defineConfig({
  plugins: [texts, templates, decorators, shortened],
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
