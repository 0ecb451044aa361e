import { describe, expect, it } from "vitest";
import { groupsOf, healthCells, heatRows, layerLabels, ordered, spansByTag, titlesAt } from "../src/cells";
import { viewRun } from "../src/model";
import { shortNames } from "../src/names";
import type { Span } from "../src/report";
import { entry, finding, report } from "./fixtures";

const span = (first_step: number, last_step: number, severity: Span["severity"]): Span => ({
  tag: "t", first_step, last_step, severity,
});

describe("the health of a tensor", () => {
  it("is the worst severity active at a step, both ends included", () => {
    const spans = [span(10, 30, "warning"), span(20, 20, "error"), span(0, 40, "info")];
    expect(healthCells([0, 10, 20, 30, 40], spans, true)).toEqual(["info", "warning", "error", "warning", "info"]);
  });

  it("is clear only where a rule came to a verdict", () => {
    expect(healthCells([0, 1], [], true)).toEqual(["clear", "clear"]);
    expect(healthCells([0, 1], [], false)).toEqual(["not-applicable", "not-applicable"]);
  });

  it("follows the steps of the finding where it gives no spans", () => {
    const spans = spansByTag([finding({ tags: ["x", "y"], spans: [{ ...span(5, 6, "info"), tag: "y" }] })]);
    expect(spans.get("x")).toEqual([{ tag: "x", first_step: 3400, last_step: 5900, severity: "warning", title: "Dead units" }]);
    expect(spans.get("y")).toEqual([{ ...span(5, 6, "info"), tag: "y", title: "Dead units" }]);
  });

  it("names the findings active at a step, each once", () => {
    const found = [span(5, 6, "info"), span(6, 9, "error"), span(6, 6, "info")].map((one, i) => ({ ...one, title: i ? "A" : "B" }));
    expect([4, 5, 6, 9].map((step) => titlesAt(found, step))).toEqual([[], ["B"], ["B", "A"], ["A"]]);
  });
});

describe("the rows of the heatmap", () => {
  const view = viewRun(report({ findings: [finding()] }), report().runs[0]!);

  it("stand in the order of depth, name or severity", () => {
    const tags = (order: "depth" | "name" | "severity") => ordered(view, order, "").map(({ layer }) => layer);
    expect(tags("depth")).toEqual(["wide/fc1", "wide/fc2"]);
    expect(tags("severity")).toEqual(["wide/fc2", "wide/fc1"]);
    expect(tags("name")).toEqual(["wide/fc1", "wide/fc2"]);
  });

  it("follow a filter, also one that is no regular expression", () => {
    expect(ordered(view, "depth", "FC2.*grad").map(({ id }) => id)).toEqual([0]);
    expect(ordered(view, "depth", "fc2/(").map(({ id }) => id)).toEqual([]);
  });

  it("carry a metric's values where one is shown, else health", () => {
    const steps = Float64Array.of(3300, 3400);
    const series = {
      id: 0, steps, wallTimes: steps, nonfinite: new Uint8Array(2), low: null, value: Float64Array.of(1, 2), high: null,
    };
    const metrics = new Map([[0, series]]);
    expect(heatRows(view, view.series, metrics, null).at(-1)!.cells).toEqual(["clear", "warning"]);
    expect(heatRows(view, view.series, metrics, metrics).at(-1)!.cells).toEqual(series.value);
    const late = [null, metrics].map((shown) => heatRows(view, view.series, metrics, shown, [3400, Infinity]).at(-1)!);
    expect(late.map(({ steps: some, cells, nonfinite }) => [...some, ...cells, ...nonfinite])).toEqual([[3400, "warning", 0], [3400, 2, 0]]);
  });
});

describe("a tensor's name within its layer", () => {
  it("is its role, or what its tag adds where the role is not unique", () => {
    const names = shortNames([
      entry({ id: 0, role: "weight", tag: "wide/fc2/kernel" }),
      entry({ id: 1, role: "activation", tag: "wide/fc2/query/out" }),
      entry({ id: 2, role: "activation", tag: "wide/fc2/key/out" }),
      entry({ id: 3, role: "unknown", tag: "wide/fc2/thing" }),
      entry({ id: 4, role: "unknown", layer: "", tag: " " }),
    ]);
    expect([...names.values()]).toEqual(["weight", "query/out", "key/out", "thing", "(blank)"]);
  });
});

describe("the groups of all tensors", () => {
  it("are layers, or blocks of layers where there are too many to list", () => {
    const blocks = (count: number) =>
      Array.from({ length: count }, (_, i) => ["attn/key", "attn/query", "mlp"].map((part) => entry({ layer: `block_${i}/${part}` }))).flat();
    expect([...groupsOf(blocks(2)).keys()]).toEqual([
      "block_0/attn/key", "block_0/attn/query", "block_0/mlp", "block_1/attn/key", "block_1/attn/query", "block_1/mlp",
    ]);
    const many = groupsOf(blocks(120));
    expect(many.size).toBe(120);
    expect(many.get("block_7")).toHaveLength(3);
  });
});

describe("labels of layers in little room", () => {
  const labels = (...layers: string[]) => [...layerLabels(layers, 17).values()];

  it("are the names where these are short", () => expect(labels("dense1", "output", "")).toEqual(["dense1", "output", ""]));

  it("leave out what all begin and end with", () => {
    const blocks = [0, 10].map((i) => `model/encoder/blocks/${i}/self_attention/dense_kernel`);
    expect(labels(...blocks)).toEqual(["…/blocks/0…", "…/blocks/10…"]);
  });

  it("keep numbers and the last part, and of other words a letter", () =>
    expect(labels("encoder.layers.0.self_attn.q_proj", "encoder.layers.1.mlp.fc1", "encoder.norm")).toEqual(["e.l.0.s.q_proj", "e.l.1.m.fc1", "encoder.norm"]));

  it("leave out the middle of one long word", () =>
    expect(labels("block_1_depthwise_convolution", "x")).toEqual(["block_1_…olution", "x"]));
});
