/** One ES module, because the host imports exactly one; minified once more, because in library mode white space is left. */
import { readdirSync, readFileSync } from "node:fs";
import { parse } from "node:path";
import { fileURLToPath } from "node:url";
import { build, defineConfig, type Plugin, type Rolldown } from "vite";
import { decorators, templates } from "./compact.ts";

// Whoever installs may have another value set, and would get Lit with its warnings.
process.env["NODE_ENV"] = "production";

const TARGET = "es2022";

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

/** What stands in for TensorBoard in a page that holds its own data: a script of its own, which the tab never loads. */
const offline: Plugin = {
  name: "offline",
  async generateBundle() {
    const made = await build({
      configFile: false,
      logLevel: "error",
      build: { write: false, target: TARGET, minify: "oxc", lib: { entry: here("offline/index.ts"), formats: ["iife"], name: "histdiag" } },
    });
    const [{ output: [{ code }] }] = made as [Rolldown.RolldownOutput];
    this.emitFile({ type: "asset", fileName: "offline.js", source: code });
  },
};

export default defineConfig({
  plugins: [texts, offline, templates(), decorators],
  build: {
    lib: { entry: here("src/index.ts"), formats: ["es"], fileName: () => "index.js" },
    outDir: process.env["HISTDIAG_STATIC"] ?? here("../tensorboard_plugin_histdiag/static"),
    emptyOutDir: true,
    target: TARGET,
    minify: "terser",
    // Arrows are unsafe only where `new` is asked of a plain function.
    terserOptions: { module: true, compress: { passes: 3, ecma: 2020, unsafe_arrows: true } },
    sourcemap: false,
    reportCompressedSize: false,
    rolldownOptions: { output: { codeSplitting: false, comments: false, minify: true } },
  },
});
