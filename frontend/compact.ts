/** What a minifier of JavaScript leaves: styles and markup in templates, and decorators. */
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { normalizePath, type Plugin, type Rolldown } from "vite";

/** A node of the syntax tree, as far as it is looked at. */
interface Node {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [key: string]: unknown;
}

interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

const SOURCES = normalizePath(fileURLToPath(new URL("src", import.meta.url)));
/** The tab's own modules; a development server asks for them with a query. */
const isOwn = (id: string): boolean => id.startsWith(SOURCES) && /\.ts($|\?)/.test(id);

const isNode = (value: unknown): value is Node => typeof (value as Node | null)?.type === "string";
const list = (value: unknown): Node[] => (Array.isArray(value) ? value.filter(isNode) : []);
const named = (value: unknown, name: string): boolean => isNode(value) && value.type === "Identifier" && value["name"] === name;

function* nodesOf(node: Node): Generator<Node> {
  yield node;
  for (const value of Object.values(node)) for (const child of isNode(value) ? [value] : list(value)) yield* nodesOf(child);
}

function grouped<T>(all: readonly T[], keyOf: (one: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const one of all) groups.set(keyOf(one), [...(groups.get(keyOf(one)) ?? []), one]);
  return groups;
}

const parse = (context: Rolldown.PluginContext, code: string): Node => context.parse(code, { lang: "ts" }) as unknown as Node;

const edited = (code: string, edits: readonly Edit[]): string =>
  [...edits].sort((a, b) => b.start - a.start).reduce((text, { start, end, text: by }) => text.slice(0, start) + by + text.slice(end), code);

const compactStyle = (style: string): string =>
  style.replace(/\/\*.*?\*\//gs, "").replace(/\s*([{};>])\s*/g, "$1").replace(/([:,])\s+/g, "$1").replace(/;}/g, "}").replace(/\s+/g, " ").trim();

/** What closes at the end of a template; white space before the end of a block shows nowhere. */
const CLOSING = /<\/[\w-]+>(<\/[\w-]+>|\n<\/(div|section|header|main|details|dialog|ul|dl|li|p|table|tbody|tr|td)>)*$/;

/** Indents go; plain values need no quotes; shapes that hold nothing close themselves. */
const compactMarkup = (markup: string): string =>
  markup.replace(/\n\s+/g, "\n").replace(/><\/(path|rect|circle)>/g, "/>").replace(/(\s[\w-]+=)"([\w-]+)"(?=[\s>])/g, "$1$2");

/** A template's texts between its values: as they are written, with their signs at both ends left out. */
const textsOf = (template: Node): Edit[] =>
  list((template["quasi"] as Node)["quasis"]).map(({ start, value }) => {
    const text = (value as { raw: string }).raw;
    return { start: start + 1, end: start + 1 + text.length, text };
  });

/** Markup without its indents, and styles in one file beside the bundle: a sheet takes the place of each. */
export function templates(): Plugin {
  const sheets = new Map<string, string>();
  return {
    name: "templates",
    enforce: "pre",
    buildStart: () => sheets.clear(),
    transform(code, id) {
      if (!isOwn(id)) return null;
      const edits: Edit[] = [];
      let styles = 0;
      for (const node of nodesOf(parse(this, code))) {
        if (node.type !== "TaggedTemplateExpression") continue;
        const texts = textsOf(node);
        if (texts.some(({ start, text }) => !code.startsWith(text, start))) this.error("A template is not where it should be.");
        if (named(node["tag"], "css")) {
          if (texts.length > 1) this.error("A style in a file beside the bundle can hold no values.");
          const name = `${basename(id, ".ts")}${styles++ || ""}`;
          sheets.set(name, compactStyle(texts[0]!.text));
          edits.push({ start: node.start, end: node.end, text: `sheet("${name}")` });
        } else if (named(node["tag"], "html") || named(node["tag"], "svg")) {
          const last = texts.at(-1)!;
          edits.push(...texts.map((edit) => ({ ...edit, text: edit === last ? compactMarkup(edit.text).replace(CLOSING, "") : compactMarkup(edit.text) })));
        }
      }
      return { code: `${styles ? `import { sheet } from "${SOURCES}/sheets";\n` : ""}${edited(code, edits)}`, map: null };
    },
    generateBundle() {
      const sorted = Object.fromEntries([...sheets].sort(([a], [b]) => (a < b ? -1 : 1)));
      this.emitFile({ type: "asset", fileName: "styles.json", source: JSON.stringify(sorted) });
    },
  };
}

/** The parts of a class with decorators: its fields with one become assignments, or they would hide their accessors. */
function undecorated(code: string, node: Node): Edit[] {
  const textOf = (part: unknown): string => code.slice((part as Node).start, (part as Node).end);
  const called = ({ expression }: Node): string => textOf(expression);
  const body = node["body"] as Node;
  const fields = list(body["body"]).filter((member) => list(member["decorators"]).length > 0);
  const byDecorator = grouped(fields, (field) => called(list(field["decorators"])[0]!));
  const shared = [...byDecorator].map(([decorator, sharing]) => `[${decorator}, "${sharing.map(({ key }) => textOf(key)).join(" ")}"]`);
  const values = fields.filter(({ value }) => value).map(({ key, value }) => `this.${textOf(key)} = ${textOf(value)};`);
  const own = list(node["decorators"]);
  return [
    ...[...own, ...fields].map(({ start, end }) => ({ start, end, text: "" })),
    { start: body.start + 1, end: body.start + 1, text: values.length ? `constructor() { super(); ${values.join(" ")} }` : "" },
    { start: node.end, end: node.end, text: `decorate(${[textOf(node["id"]), ...own.map(called), ...shared].join()});` },
  ];
}

/** Decorators as calls, which take less room, and class fields as the language has them. */
export const decorators: Plugin = {
  name: "decorators",
  enforce: "pre",
  transform(code, id) {
    if (!isOwn(id)) return null;
    const classes = [...nodesOf(parse(this, code))].filter((node) => node.type === "ClassDeclaration" && list(node["decorators"]).length > 0);
    if (!classes.length) return null;
    const edits = classes.flatMap((node) => undecorated(code, node));
    return { code: `import { decorate } from "${SOURCES}/given";\n${edited(code, edits)}`, map: null };
  },
};
