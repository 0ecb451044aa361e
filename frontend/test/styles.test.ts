import { describe, expect, it } from "vitest";
import { mix, rgb } from "../src/draw/colours";
import { tokens } from "../src/styles";
import { contrast } from "./draw/contrast";

const hex = (part: number): string => Math.round(part).toString(16).padStart(2, "0");

describe.each(["light", "dark"])("the %s theme", (theme) => {
  const block = tokens.cssText.split(`[data-theme="${theme}"]`)[1]!.split("}")[0]!;
  const read = (name: string): string => new RegExp(`--${name}:\\s*([^;]+);`).exec(block)![1]!;
  /** The colour of a token; of two with a slash between, of the first seen through over the second. */
  const colour = (name: string): string => {
    const [over, ground] = name.split("/");
    if (!ground) return `#${rgb(read(name)).map(hex).join("")}`;
    const share = Number(/([\d.]+)\)$/.exec(read(over!))![1]);
    return mix(read(ground), colour(over!), share);
  };

  it.each(["error", "warning", "info"])("tells cells of %s from clear ones by 3 to 1", (kind) => {
    expect(contrast(colour(`cell-${kind}`), colour("cell-clear"))).toBeGreaterThanOrEqual(3);
  });

  it.each([
    ["ink", "page surface sunken wash/surface wash/page error-tint band/sunken"],
    ["ink-2", "page surface sunken wash/surface error-tint"],
    ["error", "page surface sunken wash/surface error-tint"],
    ["warning", "page surface sunken wash/surface"],
    ["info", "page surface sunken wash/surface"],
    ["clear-text", "page surface wash/surface"],
  ])("has text in %s that can be read", (ink, grounds) => {
    for (const ground of grounds.split(" ")) expect(contrast(colour(ink), colour(ground)), ground).toBeGreaterThanOrEqual(4.5);
  });

  it.each([
    ["ridge-old", "surface"],
    ["ridge-new", "surface"],
    ["series", "surface sunken wash/sunken band/sunken"],
    ["series-2", "surface sunken wash/sunken"],
    ["hatch", "sunken"],
    ["line-strong", "page surface sunken"],
    ["cell-mark", "cell-error cell-warning cell-info"],
    ["error", "wash/sunken error-tint"],
    ["warning", "wash/sunken"],
    ["info", "wash/sunken"],
    ["ink", "surface cell-clear"],
    ["surface", "cell-error cell-warning cell-info"], // around ink that outlines cells
  ])("draws %s so that it is seen", (line, grounds) => {
    for (const ground of grounds.split(" ")) expect(contrast(colour(line), colour(ground)), ground).toBeGreaterThanOrEqual(3);
  });
});
