/** Colours as numbers. Plots read their tokens from the page and hand them in. */
import { clamp, floor, min, round } from "./math";

type Rgb = readonly [number, number, number];

/** Read #rgb, #rrggbb or rgb(r, g, b); anything else is black. */
export function rgb(colour: string): Rgb {
  const hex = /^#([0-9a-f]{3}|[0-9a-f]{6})$/i.exec(colour.trim())?.[1];
  if (hex !== undefined) {
    const full = hex.length === 3 ? [...hex].map((digit) => digit + digit).join("") : hex;
    return [0, 2, 4].map((i) => parseInt(full.slice(i, i + 2), 16)) as unknown as Rgb;
  }
  const parts = colour.match(/[\d.]+/g)?.map(Number) ?? [];
  return [parts[0] ?? 0, parts[1] ?? 0, parts[2] ?? 0];
}

const byte = (value: number): string => round(value).toString(16).padStart(2, "0");

/** The colour that lies `share` of the way from `a` to `b`. */
export function mix(a: string, b: string, share: number): string {
  const from = rgb(a);
  const to = rgb(b);
  return `#${from.map((value, i) => byte(value + (to[i]! - value) * share)).join("")}`;
}

/** A ramp of 256 colours through the given stops. */
export function ramp(stops: readonly string[]): readonly string[] {
  return Array.from({ length: 256 }, (_, i) => {
    const place = (i / 255) * (stops.length - 1);
    const k = min(stops.length - 2, floor(place));
    return mix(stops[k]!, stops[k + 1]!, place - k);
  });
}

/** Cividis (Nunez, Anderton and Renslow 2018), nine stops: magnitude, readable without colour vision. */
export const CIVIDIS = ramp([
  "#00224e", "#1a386f", "#434e6c", "#61656f", "#7d7c78", "#9b9476", "#bcae6c", "#dec958", "#fee838",
]);

/** Blue, white, orange around 0: values with a sign. */
export const SIGNED = ramp(["#08519c", "#4292c6", "#a6cde6", "#f7f7f7", "#fdc68a", "#f08a24", "#a63603"]);

/** The colour at 0..1 of a ramp; what lies outside takes the end's colour. */
export const pick = (colours: readonly string[], place: number): string =>
  colours[clamp(round(place * 255), 0, 255)]!;

/** Oldest and newest colour of a run's ridges; the oldest lies `share` of the way to the ground. */
export const ridgeColours = (run: string, ground: string, share: number): readonly [old: string, young: string] => [mix(run, ground, share), run];
