/** A finding's marks as shapes on the bands, where steps go from left to right and values upwards. */
import type { Mark } from "../types";
import type { Bands } from "./bands";
import { apart, topLabel, type Label, type Shape } from "./marks";

const NONE = { path: "", wash: null, label: null } as const;

/** What to draw for the marks, in their order; labels are moved apart. Marks outside the steps shown are left out. */
export function bandShapes(marks: readonly Mark[], bands: Bands): Shape[] {
  return apart(marks.flatMap((mark) => shapeOf(mark, bands) ?? []), bands.frame);
}

function shapeOf(mark: Mark, bands: Bands): Shape | null {
  const { frame, x } = bands;
  const [left, right] = [frame.left, frame.width - frame.right];
  const [top, bottom] = [frame.top, frame.height - frame.bottom];
  const first = mark.first_step === null ? left : x(mark.first_step);
  const last = mark.last_step === null ? (mark.kind === "step-range" ? right : first) : x(mark.last_step);
  if (mark.kind === "value" || mark.kind === "value-range")
    return levels(mark.kind === "value" ? [mark.low ?? mark.high] : [mark.low, mark.high], mark.label, bands);
  if (last < left || first > right || bands.places.length === 0) return null;
  const [from, to] = [Math.max(left, first), Math.min(right, last)];
  const bold = (label: Label): Label => ({ ...label, bold: true });
  if (mark.kind === "step-range") {
    return {
      ...NONE,
      style: "bracket",
      path: `M${from} ${top + 6}V${top + 0.75}H${Math.max(to, from + 2)}V${top + 6}`,
      label: bold({ ...topLabel(mark.label, from, frame), x: Math.min(from, right - mark.label.length * 6.2), anchor: "start" }),
    };
  }
  if (mark.kind === "step") return { ...NONE, style: "line", path: `M${from.toFixed(1)} ${top}V${bottom}`, label: bold(topLabel(mark.label, from, frame)) };
  const label = mark.low === null ? topLabel(mark.label, from, frame) : { ...NONE, x: from, y: bands.y(mark.low) - 5, anchor: "start" as const, text: mark.label, bold: false };
  return { ...NONE, style: "line", label };
}

function levels(values: readonly (number | null)[], text: string, { frame, y }: Bands): Shape | null {
  const [top, bottom] = [frame.top, frame.height - frame.bottom];
  const right = frame.width - frame.right;
  const places = values.filter((value) => value !== null).map(y);
  if (places.length === 0) return null;
  const within = places.filter((at) => at >= top - 0.5 && at <= bottom + 0.5);
  const middle = places.reduce((sum, at) => sum + at, 0) / places.length;
  const words = middle < top ? `${text} ↑` : middle > bottom ? `${text} ↓` : text;
  return {
    ...NONE,
    style: "upright",
    path: within.map((at) => `M${frame.left} ${at.toFixed(1)}H${right}`).join(""),
    label: { x: right - 4, y: Math.min(bottom - 4, Math.max(top + 10, middle - 4)), anchor: "end", text: words, bold: false },
  };
}
