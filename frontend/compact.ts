/** What a minifier of JavaScript leaves: styles and markup in templates, decorators, and names of the language. */
import { basename } from "node:path";
import type { Plugin, Rolldown } from "vite";

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

const parse = (context: Rolldown.PluginContext, code: string, lang: "ts" | "js" = "js"): Node =>
  context.parse(code, { lang }) as unknown as Node;

const edited = (code: string, edits: readonly Edit[]): string =>
  [...edits].sort((a, b) => b.start - a.start).reduce((text, { start, end, text: by }) => text.slice(0, start) + by + text.slice(end), code);

const compactStyle = (style: string): string =>
  style.replace(/\/\*.*?\*\//gs, "").replace(/\s*([{};>])\s*/g, "$1").replace(/([:,])\s+/g, "$1").replace(/;}/g, "}").replace(/\s+/g, " ").trim();

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
export function templates(within: string, helper: string): Plugin {
  const sheets = new Map<string, string>();
  return {
    name: "templates",
    enforce: "pre",
    buildStart: () => sheets.clear(),
    transform(code, id) {
      if (!id.startsWith(within) || !id.endsWith(".ts")) return null;
      const edits: Edit[] = [];
      let styles = 0;
      for (const node of nodesOf(parse(this, code, "ts"))) {
        if (node.type !== "TaggedTemplateExpression") continue;
        const texts = textsOf(node);
        if (texts.some(({ start, text }) => !code.startsWith(text, start))) this.error("A template is not where it should be.");
        if (named(node["tag"], "css")) {
          if (texts.length > 1) this.error("A style in a file beside the bundle can hold no values.");
          const name = `${basename(id, ".ts")}${styles++ || ""}`;
          sheets.set(name, compactStyle(texts[0]!.text));
          edits.push({ start: node.start, end: node.end, text: `sheet("${name}")` });
        } else if (named(node["tag"], "html") || named(node["tag"], "svg")) {
          edits.push(...texts.map((edit) => ({ ...edit, text: compactMarkup(edit.text) })));
        }
      }
      return { code: `${styles ? `import { sheet } from "${helper}";\n` : ""}${edited(code, edits)}`, map: null };
    },
    generateBundle() {
      const sorted = Object.fromEntries([...sheets].sort(([a], [b]) => (a < b ? -1 : 1)));
      this.emitFile({ type: "asset", fileName: "styles.json", source: JSON.stringify(sorted) });
    },
  };
}

/**
 * The decorators of a class as the calls that they are: ours ask for no more than a class, or its prototype and the name
 * of a field, and return nothing. Fields with the same decorator share a call.
 */
function decoratorCalls(code: string, node: Node): Edit[] {
  const own = list(node["decorators"]);
  const fields = list((node["body"] as Node)["body"]).flatMap((member) => list(member["decorators"]).map((decorator) => ({ member, decorator })));
  const called = ({ expression }: Node): string => code.slice((expression as Node).start, (expression as Node).end);
  const name = (node["id"] as Node | null)?.["name"] as string;
  const byDecorator = grouped(fields, ({ decorator }) => called(decorator));
  const calls = [...byDecorator].map(([decorator, sharing]) => {
    const names = sharing.map(({ member }) => JSON.stringify((member["key"] as Node)["name"]));
    return `for (const name of [${names.join()}]) ${decorator}(${name}.prototype, name);`;
  });
  const text = [...calls, ...own.map((decorator) => `${called(decorator)}(${name});`)].join("");
  const gone = [...own, ...fields.map(({ decorator }) => decorator)].map(({ start, end }) => ({ start, end, text: "" }));
  return text ? [...gone, { start: node.end, end: node.end, text }] : [];
}

/** The module's classes without decorators. */
export function decorators(within: string): Plugin {
  return {
    name: "decorators",
    enforce: "pre",
    transform(code, id) {
      if (!id.startsWith(within) || !id.endsWith(".ts")) return null;
      const classes = [...nodesOf(parse(this, code, "ts"))].filter(({ type }) => type === "ClassDeclaration");
      return { code: edited(code, classes.flatMap((node) => decoratorCalls(code, node))), map: null };
    },
  };
}

/** Functions of the language that are worth a short name of their own, which a minifier gives only to what is ours. */
const OBJECTS = ["Math", "Number", "Object", "Array"];
/** From this many mentions on a name pays. */
const OFTEN = 6;

export const names: Plugin = {
  name: "names",
  renderChunk(code) {
    const mentions = [...nodesOf(parse(this, code))].filter(
      ({ type, computed, object }) => type === "MemberExpression" && !computed && OBJECTS.some((name) => named(object, name)),
    );
    const often = [...grouped(mentions, ({ start, end }) => code.slice(start, end))].filter(([, found]) => found.length >= OFTEN);
    const short = (name: string): string => `$${name.replace(".", "$")}`;
    const edits = often.flatMap(([name, found]) => found.map(({ start, end }) => ({ start, end, text: short(name) })));
    return { code: `const ${often.map(([name]) => `${short(name)} = ${name}`).join()};\n${edited(code, edits)}`, map: null };
  },
};
