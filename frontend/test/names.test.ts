import { afterEach, expect, it, vi } from "vitest";
import { fetchMetrics, fetchReport, fetchRuns } from "../src/api";
import { original, visible } from "../src/names";
import { readHash } from "../src/state";
import { entry, report } from "./fixtures";

afterEach(() => vi.unstubAllGlobals());

it("shows what would turn a name round, and gives the name back", () => {
  const name = "\u202edense\u2066/kernel\u2069\u061c\u200f";
  expect(visible(name)).toBe("⟨U+202E⟩dense⟨U+2066⟩/kernel⟨U+2069⟩⟨U+61C⟩⟨U+200F⟩");
  expect(original(visible(name))).toBe(name);
  for (const plain of ["שלום/kernel", "a\u200db", "⟨U+0041⟩", "dense"]) {
    expect(visible(plain)).toBe(plain);
    expect(original(plain)).toBe(plain);
  }
});

it("does so wherever names come in, and asks for runs by their own names", async () => {
  const asked: string[] = [];
  vi.stubGlobal("fetch", async (route: string) => {
    asked.push(route);
    return new Response(JSON.stringify(report({ series: [entry({ run: "\u202erun" })] })), { headers: { etag: '"1"' } });
  });
  expect((await fetchReport())!.series[0]!.run).toBe("⟨U+202E⟩run");
  expect(readHash(`#histdiag&p.histdiag.run=${encodeURIComponent("\u202erun")}`)!.run).toBe("⟨U+202E⟩run");
  await fetchMetrics("r1", "⟨U+202E⟩run", ["mean"], [3]).catch(() => null);
  expect(asked[1]).toBe(`metrics?revision=r1&run=${encodeURIComponent("\u202erun")}&metric=mean&series=3`);
});

it("knows the runs of TensorBoard, who writes such signs as ASCII, by the same names", async () => {
  vi.stubGlobal("fetch", async () => new Response('["\\u202erun", "a"]'));
  expect(await fetchRuns()).toEqual(["⟨U+202E⟩run", "a"]);
});
