// @vitest-environment node
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { differences } from "../dev/signature.mjs";

type Mean = [number, number, number];
type Kept = { boxes: [string, number, number, number][]; palette: string[]; canvases: [string, ...Mean[]][]; shapes: string[] };

const file = fileURLToPath(new URL("../../tests/snapshots/tab/signatures.json", import.meta.url));
const all = JSON.parse(readFileSync(file, "utf8")) as Record<string, Kept>;
const changed = (change: (seen: Kept) => void): string[] => {
  const seen = structuredClone(all["warning-1280-light"]!);
  change(seen);
  return differences(all["warning-1280-light"], seen);
};

it("tells no difference where there is none, or where a word is a line longer in another font", () => {
  expect(changed(() => undefined)).toEqual([]);
  expect(changed(({ boxes }) => (boxes.find(([name]) => name === "words")![3] += 40))).toEqual([]);
});

it("tells a mark that moves by three pixels, and one that is gone", () => {
  const marks = (shapes: readonly string[]) => shapes.findIndex((shape) => shape.startsWith("path d=M") && shape.includes("rgb(32, 33, 36)"));
  const moved = changed(({ shapes }) => {
    const at = marks(shapes);
    shapes[at] = shapes[at]!.replace(/M(\d+)/, (_, x: string) => `M${Number(x) + 3}`);
  });
  expect(moved).toEqual([expect.stringMatching(/^shapes: .*in the place of/)]);
  expect(changed(({ shapes }) => shapes.splice(marks(shapes), 1))[0]).toMatch(/^shapes: \d+ in the place of \d+/);
});

it("tells another colour, in words or in a picture, and a part of another width", () => {
  expect(changed(({ palette }) => (palette[3] = "rgb(1, 2, 3)"))).toEqual([expect.stringMatching(/is gone/), "colours: rgb(1, 2, 3) is new"]);
  expect(changed(({ canvases }) => ((canvases[0]![40] as Mean)[1] -= 12))).toHaveLength(1);
  expect(changed(({ boxes }) => (boxes[0]![2] -= 8))).toHaveLength(1);
});
