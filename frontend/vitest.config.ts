import { defineConfig } from "vitest/config";
import { decorators } from "./compact.ts";

export default defineConfig({
  plugins: [decorators],
  test: { include: ["test/**/*.test.ts"], environment: "happy-dom", restoreMocks: true },
});
