// Starts the Chromium that all walks share, each in a context of its own; prints its address and ends with its input.
import { createRequire } from "node:module";

const require = createRequire(new URL("../../frontend/package.json", import.meta.url));
const { chromium } = require("playwright-core");

const server = await chromium.launchServer({
  executablePath: process.env.HISTDIAG_CHROMIUM,
  args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
});
console.log(server.wsEndpoint());
process.stdin.on("end", () => server.close()).resume();
