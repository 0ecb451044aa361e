/** The tab as it is built, in any browser of Playwright's, before recorded answers: no server, and nothing of TensorBoard. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { answer, STATES } from "./answers.mjs";

const STATIC = process.env.HISTDIAG_STATIC ?? fileURLToPath(new URL("../../tensorboard_plugin_histdiag/static", import.meta.url));

const ENTRY = `<!doctype html><head><base href="plugin/histdiag/"></head>
<body><script type="module">import("./static/index.js").then((tab) => tab.render())</script></body>`;

/** Where a state is seen; `more` goes to its place in the address. */
export const placeOf = (state, more = "") => `http://tab.test/${state}/data/plugin_entry.html#histdiag${STATES[state].place ?? ""}${more}`;

/** Answer as TensorBoard would; whatever else is asked for is an error. */
export async function route(page, trouble) {
  await page.route("**/*", (asked) => {
    const url = new URL(asked.request().url());
    const [, state = "", place = ""] = /^\/([\w-]+)\/data\/(.+)$/.exec(url.pathname) ?? [];
    const file = /^plugin\/histdiag\/static\/(index\.js|styles\.json)$/.exec(place)?.[1];
    const found =
      place === "plugin_entry.html" ? { status: 200, type: "text/html", body: ENTRY }
      : file ? { status: 200, type: file.endsWith("js") ? "text/javascript" : "application/json", body: readFileSync(`${STATIC}/${file}`) }
      : answer(state, place, url.searchParams);
    if (!found) trouble.push(`asked for ${url}`);
    return found ? asked.fulfill({ status: found.status, contentType: found.type, body: found.body }) : asked.abort();
  });
}

