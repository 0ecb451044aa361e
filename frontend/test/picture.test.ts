import { afterEach, describe, expect, it } from "vitest";
import { escaped, SvgCanvas } from "../src/draw/svgcanvas";
import { inlined, pictureOf, together, type Drawing } from "../src/picture";

afterEach(() => document.body.replaceChildren());

const parse = (text: string) => new DOMParser().parseFromString(text, "image/svg+xml");

/** An overlay as it stands in the page. */
function over(label: string): Element {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const text = document.createElementNS("http://www.w3.org/2000/svg", "text");
  text.setAttribute("class", "ink");
  text.setAttribute("x", "3");
  text.setAttribute("style", "fill: rgb(1, 2, 3); font-family: \"Segoe UI\"");
  text.setAttribute("aria-hidden", "true");
  text.append(document.createComment("lit"), label);
  svg.append(text);
  document.body.append(svg);
  return svg;
}

describe("a canvas that writes SVG", () => {
  it("writes shapes with their paint", () => {
    const g = new SvgCanvas();
    g.fillStyle = 'a"b';
    g.fillRect(0.123, 1, 2, 3);
    g.beginPath();
    g.moveTo(0, 1);
    g.lineTo(2, 3.999);
    g.strokeStyle = "#f00";
    g.lineWidth = 0.5;
    g.setLineDash([3, 2]);
    g.stroke();
    g.fillStyle = "#00f";
    g.fill();
    g.setLineDash([]);
    g.stroke();
    expect(g.text).toBe(
      '<rect x="0.12" y="1" width="2" height="3" fill="a&quot;b"/>' +
        '<path d="M0 1L2 4" fill="none" stroke="#f00" stroke-width="0.5" stroke-dasharray="3 2"/>' +
        '<path d="M0 1L2 4" fill="#00f"/><path d="M0 1L2 4" fill="none" stroke="#f00" stroke-width="0.5"/>',
    );
  });

  it("leaves out of text what XML cannot hold", () => {
    expect(escaped("<a href=\"x\">&\0\u0008\ud800\tü𝒳")).toBe("&lt;a href=&quot;x&quot;&gt;&amp;\tü𝒳");
  });
});

describe("a picture", () => {
  it("has its styles as attributes, and names as text", () => {
    const text = inlined(over('</text><script>alert(1)</script>'));
    expect(text).toContain("&lt;/text&gt;&lt;script&gt;");
    expect(text).toMatch(/<text[^>]* x="3"/);
    expect(text).toContain('fill="rgb(1, 2, 3)"');
    expect(text).toMatch(/^<g[ >]/);
    expect(text).not.toMatch(/class=|style=|aria-|lit/);
  });

  it("of several has each with its own run's name, in the rows in which they stand", () => {
    const at = (run: string, top: number, width: number): Drawing => {
      const place = Object.assign(over(`of ${run}`), { getBoundingClientRect: () => ({ top }) });
      return { run, name: "fc1/weight", width, height: 100, over: place, paint: (g) => g.fillRect(0, 0, 1, 1) };
    };
    const { width, height, svg } = together([at("a", 0, 300), at("b", 0, 300), at("<c>", 140, 300)], "shown");
    const root = parse(svg).documentElement;
    expect(root.querySelector("parsererror")).toBeNull();
    const places = [...root.querySelectorAll("svg")].map((one) => ["x", "y", "width", "height"].map((name) => Number(one.getAttribute(name))));
    expect(places).toEqual([[0, 0, 332, 156], [332, 0, 332, 156], [0, 156, 332, 156]]);
    expect([width, height]).toEqual([664, 312]);
    expect([...root.querySelectorAll("title")].map((one) => one.textContent)).toEqual(["a · fc1/weight", "b · fc1/weight", "<c> · fc1/weight"]);
    for (const run of ["a", "b", "&lt;c&gt;"]) expect(svg).toContain(`of ${run}</text>`);
  });

  it("of one is that one, by the run shown where it has no other", () => {
    const alone = { name: "health", width: 9, height: 9, over: over("x"), paint: () => {} };
    expect(together([alone], "shown")).toEqual(pictureOf(alone, "shown"));
  });

  it("is a document of its own with a title", () => {
    const hostile = "<script>alert(1)</script>\u0001 · a\"b&amp;".repeat(40);
    const { width, height, svg } = pictureOf({ name: hostile, width: 300, height: 100.5, over: over("x"), paint: (g) => g.fillRect(0, 0, 1, 1), patterns: "<pattern/>" }, "run");
    const root = parse(svg).documentElement;
    expect([width, height]).toEqual([332, 157]);
    expect(root.localName).toBe("svg");
    expect(root.querySelector("script, parsererror")).toBeNull();
    expect(root.querySelector("title")!.textContent).toBe(`run · ${hostile.replaceAll("\u0001", "")}`);
    expect(root.querySelector("text")!.textContent).toContain("…");
    expect(svg).toContain("<defs><pattern/></defs>");
  });
});
