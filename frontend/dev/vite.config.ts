/** Serves the development page: the tab's sources as they are, before recorded answers in the place of TensorBoard. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { defineConfig, type Plugin } from "vite";
import { decorators } from "../compact.ts";
import { answer, STATES } from "./answers.mjs";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const PICTURES = here("../../tests/snapshots/tab/pictures");
const pictures = (): string[] => (existsSync(PICTURES) ? readdirSync(PICTURES) : []);

/** What TensorBoard serves for a plugin, but for the place of its module. */
const ENTRY = `<!doctype html><head><base href="plugin/histdiag/"></head>
<body><script type="module">import("/src/index.ts").then((tab) => tab.render())</script></body>`;

const routes: Plugin = {
  name: "routes",
  configureServer: (server) => {
    server.middlewares.use((request, response, next) => {
      const { pathname, searchParams } = new URL(request.url ?? "/", "http://localhost");
      const [, state = "", route = ""] = /^\/tab\/([\w-]+)\/data\/(.+)$/.exec(pathname) ?? [];
      const picture = /^\/pictures\/([\w-]+\.webp)$/.exec(pathname)?.[1];
      const send = (type: string, body: string | Uint8Array, status = 200) => {
        response.writeHead(status, { "content-type": type, "cache-control": "no-store" }).end(body);
      };
      if (pathname === "/") response.writeHead(302, { location: "/dev/" }).end();
      else if (pathname === "/states") send("application/json", JSON.stringify({ states: STATES, pictures: pictures() }));
      else if (picture && pictures().includes(picture)) send("image/webp", readFileSync(`${PICTURES}/${picture}`));
      else if (route === "plugin_entry.html") send("text/html", ENTRY);
      else if (Object.hasOwn(STATES, state)) {
        const found = answer(state, route, searchParams);
        if (found) send(found.type, found.body, found.status);
        else next();
      } else next();
    });
  },
};

export default defineConfig({ root: here(".."), plugins: [decorators, routes], server: { open: "/dev/" } });
