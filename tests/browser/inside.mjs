// What walks run inside the page: each function is sent there whole and sees nothing of this file.

/** The name of what has the focus. */
export function focused() {
  let one = document.activeElement;
  while (one.shadowRoot?.activeElement) one = one.shadowRoot.activeElement;
  return (one.getAttribute("aria-label") ?? (one.labels?.[0] ?? one).textContent.trim()) || one.title;
}

/** Whether what has the focus has such a name. */
export function holds(source) {
  let one = document.activeElement;
  while (one.shadowRoot?.activeElement) one = one.shadowRoot.activeElement;
  return new RegExp(`^(${source})$`).test((one.getAttribute("aria-label") ?? (one.labels?.[0] ?? one).textContent.trim()) || one.title);
}

/** What has the focus: its name, the element of the tab it is in, and what keeps anybody from seeing it. */
export function spot() {
  const path = [document.activeElement];
  while (path.at(-1).shadowRoot?.activeElement) path.push(path.at(-1).shadowRoot.activeElement);
  const one = path.at(-1);
  if (one === document.body) return null;
  const [box, style] = [one.getBoundingClientRect(), getComputedStyle(one)];
  const framed = one.role === "grid" ? getComputedStyle(one.closest(".frame")) : style; // a grid shows its ring around its axis, too
  const faults = [];
  if (framed.outlineStyle === "none" || Number.parseFloat(framed.outlineWidth) < 2) faults.push("no ring");
  if (box.width < 1 || box.height < 1) faults.push("no size");
  if (box.bottom <= 0 || box.top >= innerHeight || box.right <= 0 || box.left >= innerWidth) faults.push("out of the window");
  else if (style.pointerEvents !== "none") {
    const [x, y] = [(Math.max(0, box.left) + Math.min(innerWidth, box.right)) / 2, (Math.max(0, box.top) + Math.min(innerHeight, box.bottom)) / 2];
    const above = [document.elementFromPoint(x, y)];
    while (above.at(-1)?.shadowRoot) {
      const next = above.at(-1).shadowRoot.elementFromPoint(x, y);
      if (!next || next === above.at(-1)) break;
      above.push(next);
    }
    if (!above.some((each) => one.contains(each) || each?.contains(one))) faults.push(`under ${above.at(-1)?.outerHTML.slice(0, 80)}`);
  }
  const name = (one.getAttribute("aria-label") ?? (one.labels?.[0] ?? one).textContent.trim()) || one.title;
  return { name, area: path.find(({ localName }) => /^histdiag-(?!app)/.test(localName))?.localName ?? "", faults, top: box.top };
}

/** What a picture holds. */
export function readSvg(text) {
  const root = new DOMParser().parseFromString(text, "image/svg+xml").documentElement;
  const [bad, ground, title] = ["parsererror, script, img, foreignObject, style, [class]", "rect", "title"].map((name) => root.querySelector(name));
  if (bad || root.localName !== "svg") throw new Error(`no such thing in a picture: ${(bad ?? root).outerHTML}`);
  return { title: title.textContent, ground: ground.getAttribute("fill"), fills: root.querySelectorAll("path, rect").length };
}

/** The titles of the pictures in a picture of several, each of which has ink. */
export function titlesOfSvg(text) {
  const root = new DOMParser().parseFromString(text, "image/svg+xml").documentElement;
  if (root.querySelector("parsererror")) throw new Error(root.textContent);
  return [...root.querySelectorAll("svg")].filter((one) => one.querySelectorAll("path").length > 5).map((one) => one.querySelector("title").textContent);
}

/** Whether the Time Series tab gives a run this colour. */
export function hasRunInColour([run, colour]) {
  const rgb = `rgb(${[1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16)).join(", ")})`;
  return [...document.querySelectorAll("[class*=color]")].some(
    (one) => one.style.background === rgb && one.closest("tb-data-table-content-row")?.textContent.includes(run),
  );
}

/** Whether the twin's canvas has pixels in every colour of its legend. */
export function coloursOfLegend() {
  const open = (root) => [...root.querySelectorAll("*")].flatMap((one) => [one, ...(one.shadowRoot ? open(one.shadowRoot) : [])]);
  const all = open(document);
  const twin = all.find((one) => one.localName === "histdiag-twin" && !one.compact);
  const canvas = open(twin.shadowRoot).find((one) => one.localName === "canvas");
  if (!canvas.width) return false;
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  const colours = all.filter((one) => one.matches(".legend path")).map((one) => one.getAttribute("stroke"));
  const has = (colour) => {
    const wanted = [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16));
    for (let at = 0; at < data.length; at += 4) if (wanted.every((part, i) => Math.abs(data[at + i] - part) < 30)) return true;
    return false;
  };
  return colours.length === 2 && colours.every(has);
}

/** Count the pixels of the twin's canvas that are not blank. */
export function inkOfTwin() {
  const open = (root) => [...root.querySelectorAll("*")].flatMap((one) => [one, ...(one.shadowRoot ? open(one.shadowRoot) : [])]);
  const twin = open(document).find((one) => one.localName === "histdiag-twin" && !one.compact);
  const canvas = open(twin.shadowRoot).find((one) => one.localName === "canvas");
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  let inked = 0;
  for (let at = 3; at < data.length; at += 4) if (data[at] > 0) inked += 1;
  return inked;
}

/** What stands on paper: its text, what reaches out of the page, how many pictures there are, and what else is shown. */
export function onPaper() {
  dispatchEvent(new Event("beforeprint"));
  const app = document.querySelector("histdiag-app");
  const paper = app.shadowRoot.querySelector("histdiag-print");
  const sheet = paper.getBoundingClientRect();
  const words = [...paper.shadowRoot.querySelectorAll("h1, p, li, figure, svg, text, footer")].filter((one) => one.checkVisibility());
  const beyond = words.filter((one) => {
    const { left, right, bottom } = one.getBoundingClientRect();
    return left < sheet.left - 1 || right > sheet.right + 1 || bottom > sheet.bottom + 1;
  });
  const inked = [...paper.shadowRoot.querySelectorAll("figure svg, .heat svg")].filter((one) => one.checkVisibility() && one.querySelectorAll("path, rect").length > 5);
  const others = [...app.shadowRoot.querySelectorAll("main > *, dialog")].filter((one) => one !== paper && one.checkVisibility());
  return {
    text: paper.shadowRoot.textContent.replace(/\s+/g, " ").trim(),
    beyond: beyond.map((one) => one.outerHTML.slice(0, 200)),
    pictures: inked.length,
    others: others.map((one) => one.localName),
  };
}

/** What stands beyond the window or is cut off by a box around it, unless that box scrolls or ends it with dots. */
export function cutOff() {
  const open = (root) => [...root.querySelectorAll("*")].flatMap((one) => [one, ...(one.shadowRoot ? open(one.shadowRoot) : [])]);
  const around = (one) => one.assignedSlot ?? one.parentElement ?? one.getRootNode().host ?? null;
  const told = document.documentElement.scrollWidth > innerWidth ? [`the page is ${document.documentElement.scrollWidth} px wide`] : [];
  const name = (one) => `${one.localName}.${one.getAttribute("class") ?? ""} ${one.textContent.trim().slice(0, 40)}`;
  for (const one of open(document)) {
    if (one.closest("svg, .sr, .heard, canvas") || !one.checkVisibility()) continue;
    const style = getComputedStyle(one);
    const words = [...one.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.textContent.trim());
    if (words && /hidden|clip/.test(style.overflowX) && style.textOverflow !== "ellipsis" && one.scrollWidth > one.clientWidth + 1) told.push(`cut: ${name(one)}`);
    const box = one.getBoundingClientRect();
    if (!box.width || (box.left >= -1 && box.right <= innerWidth + 1)) continue;
    let scrolls = false;
    for (let outer = around(one); outer && !scrolls; outer = around(outer)) scrolls = /auto|scroll|hidden/.test(getComputedStyle(outer).overflowX);
    if (!scrolls) told.push(`beyond: ${name(one)} ${Math.round(box.left)} to ${Math.round(box.right)}`);
  }
  return told.slice(0, 5);
}

/** Give all text the spacing that WCAG 1.4.12 asks a page to bear. */
export function spaceOut() {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync("* { line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important }");
  const roots = (root) => [root, ...[...root.querySelectorAll("*")].flatMap((one) => (one.shadowRoot ? roots(one.shadowRoot) : []))];
  for (const root of roots(document)) root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheet];
}

/** What moves, or would. */
export function moving() {
  const open = (root) => [...root.querySelectorAll("*")].flatMap((one) => [one, ...(one.shadowRoot ? open(one.shadowRoot) : [])]);
  const would = open(document).filter((one) => {
    const { animationName, transitionDuration, scrollBehavior } = getComputedStyle(one);
    return animationName !== "none" || /[1-9]/.test(transitionDuration) || scrollBehavior === "smooth";
  });
  return [...document.getAnimations().map(String), ...would.map((one) => one.localName)];
}

/** How buttons look that are pressed, and those that are not; and on what plots stand. */
export function pressedAndNot() {
  const open = (root) => [...root.querySelectorAll("*")].flatMap((one) => [one, ...(one.shadowRoot ? open(one.shadowRoot) : [])]);
  const all = open(document).filter((one) => one.checkVisibility());
  const look = (one) => {
    const { backgroundColor, borderLeftColor, borderLeftWidth, borderBottomColor, borderBottomWidth } = getComputedStyle(one);
    return [backgroundColor, borderLeftColor, borderLeftWidth, borderBottomColor, borderBottomWidth].join(" ");
  };
  const looks = (value) => all.filter((one) => one.matches(`[aria-pressed=${value}], [data-finding][aria-expanded=${value}]`)).map(look);
  const plots = all.filter((one) => /^histdiag-(twin|heatmap|strips)$/.test(one.localName)).map((one) => {
    const { backgroundColor, forcedColorAdjust } = getComputedStyle(one);
    return { name: one.localName, ground: backgroundColor, adjusted: forcedColorAdjust };
  });
  return { pressed: looks("true"), others: looks("false"), plots };
}

/** The names of the twins, and what is drawn without words: neither hidden from who hears the page, nor in something with a name. */
export function alternatives() {
  const open = (root) => [...root.querySelectorAll("*")].flatMap((one) => [one, ...(one.shadowRoot ? open(one.shadowRoot) : [])]);
  const all = open(document).filter((one) => one.checkVisibility());
  const named = (one) => one.closest("[aria-hidden=true]") || one.closest("[role=img], [role=slider], [role=grid]")?.getAttribute("aria-label");
  const plots = all.filter((one) => one.localName === "histdiag-twin").map((one) => one.shadowRoot.querySelector(".plot").getAttribute("aria-label"));
  const drawn = all.filter((one) => one.localName === "canvas" || (one.localName === "svg" && !one.ownerSVGElement));
  return { plots, silent: drawn.filter((one) => !named(one)).map((one) => `${one.getRootNode().host?.localName}: ${one.outerHTML.slice(0, 120)}`).slice(0, 5) };
}

/** The lines of the help that reach so far right that its button, which stays where it is, comes to lie on them. */
export function besideClose(dialog) {
  const { left } = dialog.querySelector("button").getBoundingClientRect();
  const range = document.createRange();
  const reaches = (one) => (range.selectNodeContents(one), [...range.getClientRects()].some(({ right }) => right > left));
  return [...dialog.querySelectorAll("dt, dd, li")].filter(reaches).map((one) => one.textContent);
}
