/** A finding's marks as shapes on the twin. */
import type { Mark } from "../types";
import { abs, clamp, max } from "./math";
import { signed, whole } from "./numbers";
import { brokenBands, type Frame, type Ridges, type Slice } from "./ridges";
import type { Anchor } from "./shapes";

export interface Label {
  readonly x: number;
  readonly y: number;
  readonly anchor: Anchor;
  readonly text: string;
  readonly bold: boolean;
}

export interface Shape {
  readonly path: string;
  readonly style: "line" | "upright" | "bracket";
  readonly wash: { readonly x: number; readonly y: number; readonly width: number; readonly height: number } | null;
  readonly label: Label | null;
}

const NONE = { path: "", wash: null, label: null } as const;
/** About the width of a character of an axis label. */
const CHARACTER = 6.2;
const LINE = 14;

/** What to draw for the marks, in their order; labels are moved apart. Marks outside the steps shown are left out. */
export function shapesOf(marks: readonly Mark[], ridges: Ridges): Shape[] {
  return apart(marks.flatMap((mark) => shapeOf({ ...mark, label: signed(mark.label) }, ridges) ?? []), ridges.frame);
}

function shapeOf(mark: Mark, ridges: Ridges): Shape | null {
  switch (mark.kind) {
    case "value":
      return uprights([mark.low ?? mark.high], mark.label, ridges);
    case "value-range":
      return uprights([mark.low, mark.high], mark.label, ridges);
    case "step-range":
      return stepRange(mark, ridges);
    case "step":
      return stepLine(mark, ridges);
    case "note":
      return note(mark, ridges);
  }
}

function uprights(values: readonly (number | null)[], label: string, ridges: Ridges): Shape | null {
  const { frame } = ridges;
  const { left, right } = frame;
  const places = values.filter((value) => value !== null).map((value) => ridges.x(value));
  if (places.length === 0 || ridges.bins === null) return null;
  const within = places.filter((x) => x >= left - 0.5 && x <= right + 0.5);
  const path = within.map((x) => `M${x.toFixed(1)} ${frame.top}V${frame.bottom}`).join("");
  const middle = places.reduce((sum, x) => sum + x, 0) / places.length;
  const text = middle > right ? `${label} →` : middle < left ? `← ${label}` : label;
  return { ...NONE, path, style: "upright", label: topLabel(text, middle, frame) };
}

/** A label above the plot, kept inside it. */
export function topLabel(text: string, x: number, frame: Frame): Label {
  const half = (text.length * CHARACTER) / 2;
  const place = clamp(x, frame.left + half, frame.right - half);
  return { x: place, y: frame.top - 4, anchor: "middle", text, bold: false };
}

/** Slices from first to last step, or none where the mark lies outside. */
const slicesIn = (ridges: Ridges, first: number | null, last: number | null): Slice[] =>
  ridges.slices.filter(({ step }) => step >= (first ?? -Infinity) && step <= (last ?? Infinity));

function stepRange(mark: Mark, ridges: Ridges): Shape | null {
  const own = slicesIn(ridges, mark.first_step, mark.last_step);
  if (ridges.mode !== "offset" || own.length === 0) return null;
  const { left, right } = ridges.frame;
  const top = own[0]!.y;
  const bottom = own.at(-1)!.y;
  return {
    style: "bracket",
    path: `M${left + 5} ${top}H${left + 0.75}V${bottom}H${left + 5}`,
    wash: { x: left, y: top, width: right - left, height: max(2, bottom - top) },
    label: { x: left + 10, y: top - 5, anchor: "start", text: mark.label, bold: true },
  };
}

function stepLine(mark: Mark, ridges: Ridges): Shape | null {
  const own = slicesIn(ridges, mark.first_step, mark.last_step ?? mark.first_step)[0];
  if (ridges.mode !== "offset" || own === undefined) return null;
  const { left, right } = ridges.frame;
  // A step that is not finite has a band of its own to say so.
  const path = own.finite ? `M${left} ${own.y.toFixed(1)}H${right + 4}` : "";
  const y = brokenBands(ridges).find(({ first }) => first === own.step)?.top ?? own.y;
  return { ...NONE, style: "line", path, label: { x: right - 4, y: y - 5, anchor: "end", text: mark.label, bold: true } };
}

function note(mark: Mark, ridges: Ridges): Shape {
  const { frame } = ridges;
  const own = mark.first_step === null ? undefined : slicesIn(ridges, mark.first_step, mark.last_step)[0];
  if (mark.low !== null && own === undefined) return { ...NONE, style: "line", label: topLabel(mark.label, ridges.x(mark.low), frame) };
  const x = mark.low === null ? frame.left + 10 : ridges.x(mark.low);
  const y = own === undefined ? frame.top - 4 : own.y - 5;
  return { ...NONE, style: "line", label: { x, y, anchor: "start", text: mark.label, bold: false } };
}

const spanOf = ({ x, anchor, text }: Label): readonly [number, number] => {
  const width = text.length * CHARACTER;
  const start = anchor === "start" ? x : anchor === "end" ? x - width : x - width / 2;
  return [start, start + width];
};

/** Move labels that would lie on one another: those at the top down a line, the others up. */
export function apart(shapes: readonly Shape[], frame: Frame): Shape[] {
  const placed: Label[] = [];
  const meets = (label: Label): boolean =>
    placed.some((other) => {
      const [a, b] = spanOf(label);
      const [c, d] = spanOf(other);
      return abs(other.y - label.y) < LINE - 2 && a < d + 4 && c < b + 4;
    });
  return shapes.map((shape) => {
    if (shape.label === null) return shape;
    let label = shape.label;
    const by = label.y <= frame.top ? LINE : -LINE;
    for (let tries = 0; tries < 6 && meets(label); tries++) label = { ...label, y: label.y + by };
    placed.push(label);
    return { ...shape, label };
  });
}

/** The marks in words, for the text alternative. */
export function markWords(marks: readonly Mark[]): string {
  const words = marks.map(({ label, first_step: first }) => (label === "" && first !== null ? `step ${whole(first)}` : label));
  return words.filter((word) => word !== "").join("; ");
}
