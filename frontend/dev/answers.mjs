/** The states of the tab, and what the routes answer in each; recorded from the plugin by tests/record_tab.py. */
import { readdirSync, readFileSync } from "node:fs";
import { parse } from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { cut } from "./arrays.mjs";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const RECORDED = here("../../tests/snapshots/tab");

const at = (values) => Object.entries(values).map(([key, value]) => `&p.histdiag.${key}=${encodeURIComponent(value)}`).join("");
const measuring = (report) => ({ ...report, progress: { judged: 3, total: report.series.length } });

/** Each state: the recording it is made of, its place in the address, and what is changed in the report. */
export const STATES = {
  "golden": { log: "golden" },
  "error": { log: "not-finite" },
  "warning": { log: "two-runs", place: at({ run: "dying" }) },
  "note": { log: "frozen" },
  "clear": { log: "two-runs", place: at({ run: "healthy" }) },
  "many": { log: "many" },
  "deep": { log: "vanishing" },
  "few-steps": { log: "few-steps" },
  "weights-only": { log: "weights-only" },
  "no-histograms": { log: "no-histograms" },
  "sampled": { log: "sampled" },
  "two-runs": { log: "two-runs", place: at({ run: "healthy", with: "dying" }) },
  "two-steps": { log: "two-runs", place: at({ run: "dying", step2: 0 }) },
  "overlay": { log: "frozen", place: at({ mode: "overlay" }) },
  "bands": { log: "two-runs", place: at({ run: "dying", mode: "bands" }) },
  "one-step": { log: "two-runs", place: at({ run: "dying", mode: "step", counts: "log", step: 60 }) },
  "metric": { log: "vanishing", place: at({ metric: "spread" }) },
  "table": { log: "frozen", place: at({ table: true }) },
  "filtered-out": { log: "frozen", place: at({ filter: "nothing" }) },
  "lost": { log: "frozen", place: at({ finding: "gone" }) },
  "hostile": { log: "hostile" },
  "measuring": { log: "two-runs", place: at({ run: "dying" }), change: measuring },
  "failed": { failure: "TensorBoard's data server answered with UNAVAILABLE; try again." },
};

const kept = new Map();

function recorded(name) {
  if (!kept.has(name)) kept.set(name, JSON.parse(gunzipSync(readFileSync(`${RECORDED}/${name}.json.gz`))));
  return kept.get(name);
}

const json = (value) => ({ status: 200, type: "application/json", body: Buffer.from(JSON.stringify(value)) });

/** Arrays of all series, or of those that are asked for. */
function bytes(text, query) {
  const all = Buffer.from(text, "base64");
  const body = query.has("series") ? cut(all, query.get("series").split(",").map(Number)) : all;
  return { status: 200, type: "application/octet-stream", body };
}

const refused = (status, text) => ({ status, type: "text/plain", body: Buffer.from(text) });

/** The texts beside the bundle, from its sources. */
function texts(folder) {
  const files = readdirSync(here(`../src/${folder}`));
  return json(Object.fromEntries(files.map((name) => [parse(name).name, readFileSync(here(`../src/${folder}/${name}`), "utf8")])));
}

/**
 * What TensorBoard answers below data/ in a state; null for what is not of the routes.
 *
 * Of a series all metrics and records that are kept, however few are asked for: the tab takes what it wants.
 */
export function answer(state, route, query) {
  const { log, change = (report) => report, failure } = STATES[state];
  if (route === "plugin/histdiag/rules") return json(recorded("rules"));
  if (route === "plugin/histdiag/static/snippets.json") return texts("snippets");
  if (route === "plugin/histdiag/static/help.json") return texts("help");
  if (failure) return refused(503, failure);
  const { report, metrics, histograms, compare } = recorded(log);
  const run = query.get("run");
  if (run !== null && !(run in metrics)) return refused(404, `There is no run ${run}.`);
  const asked = (query.get("metric") ?? "").split(",");
  switch (route) {
    case "runs":
      return json(report.runs.map((one) => one.run));
    case "plugin/histdiag/report":
      return json(change(report));
    case "plugin/histdiag/histograms":
      return bytes(histograms, query);
    case "plugin/histdiag/compare":
      return json(compare[run][query.get("with")]);
    case "plugin/histdiag/metrics":
      for (const name of asked) {
        if (!["loss", "records"].includes(name) && !Buffer.from(metrics[run], "base64").includes(`"${name}.value"`)) return refused(404, `${name} is not recorded.`);
      }
      return bytes(metrics[run], query);
    default:
      return null;
  }
}
