/** What the page shows, as far as a link can carry it, and its place in the address. */
import { visible } from "./names";
import { tell } from "./tell";
import type { CountAxis, Mode, StepAxis, ValueAxis } from "./types";

export interface Link {
  readonly run: string;
  /** Other runs to compare it with, few enough to be told apart. */
  readonly with: readonly string[];
  /** Whether their pictures stand side by side, not over each other. */
  readonly apart: boolean;
  /** Fingerprint; "" is the first finding. */
  readonly finding: string;
  /** A tensor chosen by hand; "" is the finding's first. */
  readonly tag: string;
  /** The pinned step. */
  readonly step: number | null;
  /** Another step to compare it with. */
  readonly step2: number | null;
  readonly metric: string;
  readonly order: "depth" | "name" | "severity";
  readonly mode: Mode;
  readonly axis: StepAxis;
  readonly span: "all" | "finding";
  /** The first and last step to show; null is the log's own. */
  readonly from: number | null;
  readonly to: number | null;
  readonly values: ValueAxis;
  readonly counts: CountAxis;
  readonly filter: string;
  readonly role: string;
  readonly table: boolean;
}

/** What is looked at in a run, as before anything is chosen. */
export const UNCHOSEN = { finding: "", tag: "", step: null, step2: null } as const;

export const START: Link = {
  run: "", with: [], apart: false, ...UNCHOSEN, metric: "health", order: "depth", mode: "offset", axis: "step",
  span: "all", from: null, to: null, values: "linear", counts: "linear", filter: "", role: "", table: false,
};

const CHOICES: Partial<Record<keyof Link, readonly string[]>> = {
  order: ["depth", "name", "severity"],
  mode: ["offset", "overlay", "bands", "step"],
  axis: ["step", "relative", "wall"],
  span: ["all", "finding"],
  values: ["linear", "symlog"],
  counts: ["linear", "log"],
};
/** Runs beside the one shown. */
export const MOST_RUNS = 7;
const FLAGS: ReadonlySet<keyof Link> = new Set(["table", "apart"]);
const STEPS: ReadonlySet<keyof Link> = new Set(["step", "step2", "from", "to"]);
const PREFIX = "p.histdiag.";

const unescape = (text: string): string => {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
};

function parse(key: keyof Link, text: string): Link[keyof Link] {
  if (STEPS.has(key)) return text !== "" && isFinite(Number(text)) ? Number(text) : null;
  if (FLAGS.has(key)) return text === "true";
  if (key === "with") return [...new Set(text.split(",").filter(Boolean).map((run) => visible(unescape(run))))].slice(0, MOST_RUNS);
  return CHOICES[key] && !CHOICES[key].includes(text) ? START[key] : text;
}

/** A value as a link has it; in a list of names their own commas stand by number. */
const written = (value: Link[keyof Link]): string =>
  value instanceof Array ? value.map((name) => name.replace(/[%,]/g, encodeURIComponent)).join() : String(value);

/** The parts of an address that are ours, or all others. */
const partsOf = (hash: string, own: boolean): string[] =>
  hash.replace(/^#/, "").split("&").filter((part) => part && part.startsWith(PREFIX) === own);

/** The state in an address, the rest as usual; null when the address says nothing about us. */
export function readHash(hash: string, usual = START): Link | null {
  const ours = partsOf(hash, true);
  if (!ours.length) return null;
  const link: Record<string, Link[keyof Link]> = { ...usual };
  for (const part of ours) {
    const at = part.indexOf("=");
    const key = part.slice(PREFIX.length, at < 0 ? undefined : at);
    if (at > 0 && Object.hasOwn(START, key)) link[key] = parse(key as keyof Link, visible(unescape(part.slice(at + 1))));
  }
  return link as unknown as Link;
}

/** The address with the state in it; what others put there stays, what is at its start and usually is, is left out. */
export function writeHash(hash: string, link: Link, usual: Partial<Link> = {}): string {
  const ours = (Object.keys(START) as (keyof Link)[])
    .filter((key) => written(link[key]) !== written(START[key]) || (key in usual && usual[key] !== START[key]))
    .map((key) => `${PREFIX}${key}=${encodeURIComponent(written(link[key]))}`);
  const parts = [...partsOf(hash, false), ...ours];
  return parts.length ? `#${parts.join("&")}` : "";
}

/** Elements ask for a change by an event; the app alone holds the state. */
export const change = (element: EventTarget, patch: Partial<Link>): boolean => tell(element, "change-link", patch);
