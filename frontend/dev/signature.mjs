/**
 * What a state of the tab looks like, without its letters, which differ from machine to machine: where its parts
 * stand, which colours are in use, what the canvases show, and what is drawn over them.
 */

/** Parts whose places follow from the width of the window alone. */
const PARTS = ["verdict", "findings", "health", "heatmap", "pictures", "twin", "strips", "words", "tensors", "compare"];

/** Runs in the page; sent there whole. */
export function signature(parts) {
  const open = (root) => [...root.querySelectorAll("*")].flatMap((one) => [one, ...(one.shadowRoot ? open(one.shadowRoot) : [])]);
  const all = open(document).filter((one) => one.checkVisibility());
  const rounded = (text) => text.replace(/-?\d*\.\d+/g, (number) => String(Math.round(Number(number))));
  const owner = (one) => one.getRootNode().host;

  const boxes = all
    .filter((one) => parts.includes(one.localName.replace("histdiag-", "")) && !one.compact)
    .map((one) => {
      const { x, width, height } = one.getBoundingClientRect();
      return [one.localName.replace("histdiag-", ""), ...[x, width, height].map(Math.round)];
    });

  const palette = new Set();
  for (const one of all) {
    if (one.closest("option, optgroup")) continue; // of the system's
    const style = getComputedStyle(one);
    palette.add(style.color).add(style.backgroundColor);
    if (one instanceof SVGGeometryElement || one.localName === "text") palette.add(style.stroke).add(style.fill);
    if (Number.parseFloat(style.borderTopWidth)) palette.add(style.borderTopColor);
  }

  /** The mean colour of each part of a canvas on white: columns by rows, three numbers each. */
  const means = (canvas, columns, rows) => {
    const small = Object.assign(document.createElement("canvas"), { width: canvas.width, height: canvas.height });
    const g = small.getContext("2d", { willReadFrequently: true });
    g.fillStyle = "#fff";
    g.fillRect(0, 0, small.width, small.height);
    g.drawImage(canvas, 0, 0);
    const { data, width, height } = g.getImageData(0, 0, small.width, small.height);
    const sums = Array.from({ length: columns * rows }, () => [0, 0, 0, 0]);
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const sum = sums[Math.floor((y * rows) / height) * columns + Math.floor((x * columns) / width)];
        const from = 4 * (y * width + x);
        for (let k = 0; k < 3; k++) sum[k] += data[from + k];
        sum[3]++;
      }
    }
    return sums.map(([r, g, b, count]) => [r, g, b].map((one) => Math.round(one / count)));
  };
  const canvases = all
    .filter((one) => one.localName === "canvas" && one.width > 1 && one.height > 1)
    .map((one) => [owner(one).localName.replace("histdiag-", ""), ...(owner(one).compact ? means(one, 4, 2) : means(one, 12, 8))]);

  const shapes = all
    .filter((one) => /^histdiag-(twin|heatmap|strips)$/.test(owner(one)?.localName ?? "") && !owner(one).compact)
    .filter((one) => one.ownerSVGElement && (one instanceof SVGGeometryElement || one.localName === "text"))
    .map((one) => {
      const { stroke, fill, strokeDasharray: dashes } = getComputedStyle(one);
      const kept = ["d", "x", "y", "width", "height", "cx", "cy", "r", "x1", "x2", "y1", "y2", "transform", "text-anchor"];
      const geometry = kept.flatMap((name) => (one.hasAttribute(name) ? [`${name}=${rounded(one.getAttribute(name))}`] : []));
      const words = one.localName === "text" ? [one.textContent.trim()] : [];
      return [one.localName, ...geometry, stroke, fill, dashes, ...words].join(" ");
    });
  return { boxes, palette: [...palette].sort(), canvases, shapes };
}

export const look = (page) => page.evaluate(signature, PARTS);

const numbers = /-?\d+(\.\d+)?/g;

/** Whether two texts are equal but for numbers a little apart. */
function alike(one, other, apart) {
  if (one.replace(numbers, "#") !== other.replace(numbers, "#")) return false;
  const [a, b] = [one, other].map((text) => (text.match(numbers) ?? []).map(Number));
  return a.every((number, i) => Math.abs(number - b[i]) <= apart);
}

/** Words may wrap otherwise in another font, and what holds them grows; plots do not. */
const sameBox = ([name, ...one], [other, ...two]) => {
  const [x, width, height] = one.map((number, i) => Math.abs(number - two[i]));
  return name === other && x <= 2 && width <= 2 && height <= (name === "twin" ? 2 : Math.max(120, 0.3 * one[2]));
};

const sameCanvas = ([name, ...one], [other, ...two]) =>
  name === other && one.length === two.length && one.every((mean, i) => mean.every((part, k) => Math.abs(part - two[i][k]) <= 6));

/** How what is seen differs from what was kept: one line a thing. */
export function differences(kept, seen) {
  const told = [];
  const each = (what, same) => {
    const [before, now] = [kept[what], seen[what]];
    if (before.length !== now.length) told.push(`${what}: ${now.length} in the place of ${before.length}`);
    before.forEach((one, i) => {
      if (i < now.length && !same(one, now[i])) told.push(`${what}: ${JSON.stringify(now[i])} in the place of ${JSON.stringify(one)}`);
    });
  };
  each("boxes", sameBox);
  told.push(...kept.palette.filter((colour) => !seen.palette.includes(colour)).map((colour) => `colours: ${colour} is gone`));
  told.push(...seen.palette.filter((colour) => !kept.palette.includes(colour)).map((colour) => `colours: ${colour} is new`));
  each("canvases", sameCanvas);
  each("shapes", (one, other) => alike(one, other, 1));
  return told;
}
