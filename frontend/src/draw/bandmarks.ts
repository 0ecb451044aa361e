/** A finding's marks as shapes on the bands, where steps go from left to right and values upwards. */
import type { Mark } from "../types";
import type { Bands } from "./bands";
import { apart, topLabel, type Shape } from "./marks";
import { clamp, max, min } from "./math";

/** What to draw for the marks, in their order; labels are moved apart. Marks outside the steps shown are left out. */
export function bandShapes(marks: readonly Mark[], bands: Bands): Shape[] {
  return apart(marks.flatMap((mark) => shapeOf(mark, bands) ?? []), bands.frame);
}

function shapeOf({ kind, label: text, first_step: first, last_step: last, low, high }: Mark, { frame, places, x, y }: Bands): Shape | null {
  const { left, right, top, bottom } = frame;
  const values = (kind === "value" ? [low ?? high] : [low, high]).filter((value) => value !== null).map(y);
  if (kind.startsWith("value") && values.length > 0) {
    const middle = (values[0]! + values.at(-1)!) / 2;
    const within = values.filter((at) => at >= top - 0.5 && at <= bottom + 0.5);
    return {
      style: "upright",
      path: within.map((at) => `M${left} ${at.toFixed(1)}H${right}`).join(""),
      wash: null,
      label: {
        x: right - 4, y: clamp(middle - 4, top + 10, bottom - 4), anchor: "end", bold: false,
        text: middle < top ? `${text} ↑` : middle > bottom ? `${text} ↓` : text,
      },
    };
  }
  const range = kind === "step-range";
  const [from, to] = [first === null ? left : x(first), last === null ? (range ? right : left) : x(last)];
  if (places.length === 0 || from > right || max(from, to) < left) return null;
  const begin = max(left, from);
  const label = { ...topLabel(text, begin, frame), bold: kind !== "note" };
  if (kind === "note" && low !== null) Object.assign(label, { y: y(low) - 5 });
  if (range) Object.assign(label, { x: min(begin, right - text.length * 6.2), anchor: "start" });
  return {
    style: range ? "bracket" : "line",
    path: range ? `M${begin} ${top + 6}V${top + 0.75}H${max(begin + 2, min(right, to))}V${top + 6}` : kind === "step" ? `M${begin.toFixed(1)} ${top}V${bottom}` : "",
    wash: null,
    label,
  };
}
