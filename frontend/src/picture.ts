/** A picture of the page as a file: an SVG that needs nothing else, or a PNG of it. */
import { ceil, floor, max, min, sqrt } from "./draw/math";
import { escaped, SvgCanvas } from "./draw/svgcanvas";
import type { Canvas } from "./draw/paint";
import { token } from "./surface";

export interface Drawing {
  readonly name: string;
  /** Whose it is, where it may be another run's than the one shown. */
  readonly run?: string;
  /** Room to the left of its origin, for names. */
  readonly left?: number;
  readonly width: number;
  readonly height: number;
  /** Paints what the page has on a canvas. */
  readonly paint: (g: Canvas) => void;
  /** What lies over it; in the page, where its styles are. */
  readonly over: Element;
  /** Patterns that it paints with. */
  readonly patterns?: string;
}

export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly svg: string;
}

const STYLES = [
  "fill", "stroke", "stroke-width", "stroke-dasharray", "stroke-linecap", "stroke-linejoin", "paint-order",
  "font-family", "font-size", "font-weight", "text-anchor", "opacity",
];

/** An element with its styles as attributes; text stays text. */
export function inlined(node: Node, above: Readonly<Record<string, string>> = {}): string {
  if (node.nodeType === Node.TEXT_NODE) return escaped(node.textContent ?? "");
  if (node.nodeType !== Node.ELEMENT_NODE) return "";
  const { localName: own, attributes, childNodes } = node as Element;
  const outer = own === "svg"; // within another one it would cut off what stands out of it
  const name = outer ? "g" : own;
  const computed = getComputedStyle(node as Element);
  const styles = Object.fromEntries(STYLES.map((name) => [name, computed.getPropertyValue(name)]));
  const kept = [...attributes].filter(({ name }) => !outer && !/^(class|style|role|aria-.*)$/.test(name) && !STYLES.includes(name));
  const written = [
    ...kept.map(({ name, value }) => [name, value]),
    ...Object.entries(styles).filter(([name, value]) => value !== (above[name] ?? "")),
  ].map(([name, value]) => ` ${name}="${escaped(value!)}"`);
  const inside = [...childNodes].map((child) => inlined(child, { ...styles, opacity: "1" }));
  return `<${name}${written.join("")}>${inside.join("")}</${name}>`;
}

const PAD = 16;
const HEAD = 40;
/** About the width of a character of the title. */
const CHARACTER = 7.5;

/** Draw on the ground of the page, below the names of the run and of what is drawn. */
export function pictureOf({ name, left = 0, width: w, height: h, paint, over, patterns = "" }: Drawing, run: string): Picture {
  const [width, height] = [ceil(left + w + 2 * PAD), ceil(h + HEAD + PAD)];
  const title = `${run} · ${name}`;
  const styles = getComputedStyle(over);
  const g = new SvgCanvas();
  paint(g);
  const most = floor((left + w) / CHARACTER);
  const head = title.length > most ? `${title.slice(0, most / 2)}…${title.slice(-most / 2)}` : title;
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">
<title>${escaped(title)}</title>${patterns && `<defs>${patterns}</defs>`}
<rect width="100%" height="100%" fill="${token(styles, "--surface")}"/>
<text x="${PAD}" y="26" font-family="${escaped(token(styles, "font-family"))}" font-size="14" font-weight="600" fill="${token(styles, "--ink")}">${escaped(head)}</text>
<g transform="translate(${PAD + left} ${HEAD})">${g.text}
${inlined(over)}</g></svg>
`;
  return { width, height, svg };
}

/** One picture of several that stand together, in the rows in which they stand on the page. */
export function together(drawings: readonly Drawing[], run: string): Picture {
  const pictures = drawings.map((drawing) => pictureOf(drawing, drawing.run || run));
  if (pictures.length === 1) return pictures[0]!;
  const tops = drawings.map((one) => one.over.getBoundingClientRect().top);
  let [x, y, width, height] = [0, 0, 0, 0];
  const parts = pictures.map((picture, i) => {
    if (tops[i]! > tops[i - 1]!) [x, y] = [0, height];
    const part = picture.svg.replace("<svg ", `<svg x="${x}" y="${y}" `);
    x += picture.width;
    [width, height] = [max(width, x), max(height, y + picture.height)];
    return part;
  });
  return { width, height, svg: `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">${parts.join("")}</svg>` };
}

/** Pixels that every browser can hold, along a side and in all. */
const SIDE = 16_000;
const AREA = 1e8;

/** The same in pixels, two for one where that is not too large. By way of a data: address, which the host allows. */
export async function pngOf({ width, height, svg }: Picture): Promise<Blob> {
  const image = new Image();
  image.src = `data:image/svg+xml,${encodeURIComponent(svg)}`;
  await image.decode();
  const scale = min(2, SIDE / max(width, height), sqrt(AREA / (width * height)));
  const canvas = Object.assign(document.createElement("canvas"), { width: width * scale, height: height * scale });
  canvas.getContext("2d")!.drawImage(image, 0, 0, canvas.width, canvas.height);
  return new Promise((give, fail) =>
    canvas.toBlob((blob) => (blob ? give(blob) : fail(new Error("The browser could not make the picture.")))),
  );
}
