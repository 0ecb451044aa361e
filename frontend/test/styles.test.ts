import { describe, expect, it } from "vitest";
import { tokens } from "../src/styles";
import { contrast } from "./draw/contrast";

describe.each(["light", "dark"])("the %s theme", (theme) => {
  const block = tokens.cssText.split(`[data-theme="${theme}"]`)[1]!.split("}")[0]!;
  const colour = (name: string): string => new RegExp(`--${name}:\\s*(#[0-9a-f]{6})`).exec(block)![1]!;

  it.each(["error", "warning", "info"])("tells cells of %s from clear ones by 3 to 1", (kind) => {
    expect(contrast(colour(`cell-${kind}`), colour("cell-clear"))).toBeGreaterThanOrEqual(3);
  });
});
