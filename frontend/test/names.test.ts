import { afterEach, expect, it, vi } from "vitest";
import { fetchMetrics, fetchReport } from "../src/api";
import { original, visible } from "../src/names";
import { readHash } from "../src/state";
import { entry, report } from "./fixtures";

afterEach(() => vi.unstubAllGlobals());

it("shows what would turn a name round, and gives the name back", () => {
  const name = "\u202edense\u2066/kernel\u2069";
  expect(visible(name)).toBe("⟨U+202E⟩dense⟨U+2066⟩/kernel⟨U+2069⟩");
  expect(original(visible(name))).toBe(name);
  for (const plain of ["שלום/kernel", "a\u200fb", "⟨U+0041⟩", "dense"]) {
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
  await fetchMetrics("⟨U+202E⟩run", ["mean"], [3]).catch(() => null);
  expect(asked[1]).toBe(`metrics?run=${encodeURIComponent("\u202erun")}&metric=mean&series=3`);
});
