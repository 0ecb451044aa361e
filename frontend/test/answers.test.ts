// @vitest-environment node
import { describe, expect, it } from "vitest";
import { answer, STATES } from "../dev/answers.mjs";
import type { Report } from "../src/report";
import { decodeHistograms, decodeMetrics, decodeScalars } from "../src/wire";
import { entry } from "./fixtures";

const ask = (route: string, query: Record<string, string> = {}, state = "warning") =>
  answer(state, `plugin/histdiag/${route}`, new URLSearchParams(query))!;
const buffer = (body: Uint8Array): ArrayBuffer => new Uint8Array(body).buffer;
const report = JSON.parse(String(ask("report").body)) as Report;
const [one, other] = report.series.filter(({ run }) => run === "dying").slice(-2).map(({ id }) => id) as [number, number];

describe("the recorded answers", () => {
  it("give the histograms of the series asked for as they stand among all", () => {
    const read = (query: Record<string, string>) => decodeHistograms(buffer(ask("histograms", query).body), (id) => entry({ id }));
    const [all, some] = [read({}), read({ series: `${other},${one}`, steps: "24" })];
    expect([...some.keys()]).toEqual([other, one]);
    for (const [id, series] of some) expect(series).toEqual(all.get(id));
    expect(all.size).toBe(report.series.length);
  });

  it("give the metrics of the series asked for, and the run's scalars", () => {
    const read = (more: Record<string, string>) => buffer(ask("metrics", { run: "dying", metric: "mean,loss", ...more }).body);
    const [all, some] = [read({}), read({ series: String(other) })];
    expect(decodeMetrics(some, ["mean"]).get("mean")!.get(other)).toEqual(decodeMetrics(all, ["mean"]).get("mean")!.get(other));
    expect(decodeMetrics(some, ["mean"]).get("mean")!.has(one)).toBe(false);
    expect(decodeScalars(some)).toEqual(decodeScalars(all));
  });

  it("refuse what was not recorded", () => {
    expect(ask("metrics", { run: "dying", metric: "made up" })).toMatchObject({ status: 404 });
    expect(ask("metrics", { run: "gone", metric: "mean" })).toMatchObject({ status: 404 });
    expect(answer("warning", "elsewhere", new URLSearchParams())).toBeNull();
    expect(ask("report", {}, "failed")).toMatchObject({ status: 503 });
  });

  it("are there for every state", () => {
    for (const [state, { failure }] of Object.entries(STATES) as [string, { failure?: string }][])
      expect(ask("report", {}, state).status).toBe(failure ? 503 : 200);
  });
});
