/** One ES module, because the host imports exactly one; minified explicitly, because library mode leaves white space. */
import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  build: {
    lib: { entry: here("src/index.ts"), formats: ["es"], fileName: () => "index.js" },
    outDir: process.env["HISTDIAG_STATIC"] ?? here("../tensorboard_plugin_histdiag/static"),
    emptyOutDir: true,
    target: "es2022",
    minify: "oxc",
    sourcemap: false,
    reportCompressedSize: false,
    rolldownOptions: { output: { codeSplitting: false, minify: true } },
  },
});
