/** What lasts from visit to visit in this browser: how things are shown, which layers lie open, what is muted. */
import { keep, recall, strings } from "./keep";
import { NONE, type MuteEvent, type Mutes } from "./mute";
import { lastingOf } from "./settings";
import { readHash, START, writeHash, type Link } from "./state";

/** Layers are folded unless turned, or the other way round. */
interface Folds {
  readonly open: boolean;
  readonly turned: readonly string[];
}

/** Layers that are remembered. */
const MOST = 500;

/** What was kept is an address, so that it is read with as much care as one. */
function keptLink(): Link {
  const kept = recall("settings");
  return (typeof kept === "string" && readHash(kept)) || START;
}

function keptFolds(): Folds {
  const kept = recall("folds") as Partial<Folds> | null;
  return { open: kept?.open === true, turned: strings(kept?.turned) };
}

function keptMutes(log: string): Mutes {
  const kept = recall(`mute.${log}`) as Partial<Mutes> | null;
  return { findings: strings(kept?.findings), rules: strings(kept?.rules) };
}

const isSome = ({ findings, rules }: Mutes): boolean => findings.length + rules.length > 0;

export class Kept {
  usual = keptLink();
  mutes = NONE;
  #folds = keptFolds();
  #log: string | null = null;

  /** Read what is muted in a log. It gets another name when an older run is added; what was muted in it stays muted. */
  use(log: string): void {
    if (log === this.#log) return;
    const before = this.#log === null ? NONE : this.mutes;
    const own = keptMutes(log);
    const both = (kind: keyof Mutes) => [...new Set([...own[kind], ...before[kind]])];
    this.#log = log;
    this.mutes = { findings: both("findings"), rules: both("rules") };
    if (isSome(before)) this.#keepMutes();
  }

  /** Whether the change lasts, too. */
  mute({ kind, name, on }: MuteEvent): boolean {
    const others = this.mutes[kind].filter((other) => other !== name);
    this.mutes = { ...this.mutes, [kind]: on ? [...others, name] : others };
    return this.#keepMutes();
  }

  #keepMutes(): boolean {
    return keep(`mute.${this.#log ?? ""}`, isSome(this.mutes) ? this.mutes : null);
  }

  choose(patch: Partial<Link>): void {
    const lasting = lastingOf(patch);
    if (!Object.keys(lasting).length) return;
    this.usual = { ...this.usual, ...lasting };
    keep("settings", writeHash("", this.usual) || null);
  }

  folded(layers: readonly string[]): Set<string> {
    const { open, turned } = this.#folds;
    const other = new Set(turned);
    return new Set(layers.filter((layer) => other.has(layer) === open));
  }

  fold(layer: string, shut: boolean): void {
    const { open, turned } = this.#folds;
    const others = turned.filter((other) => other !== layer);
    this.#keepFolds({ open, turned: shut === open ? [...others, layer].slice(-MOST) : others });
  }

  foldAll(shut: boolean): void {
    this.#keepFolds({ open: !shut, turned: [] });
  }

  #keepFolds(folds: Folds): void {
    this.#folds = folds;
    keep("folds", folds.open || folds.turned.length ? folds : null);
  }

  /** Everything is shown as on the first visit; what is muted stays so. */
  reset(): void {
    this.usual = START;
    keep("settings", null);
    this.foldAll(true);
  }
}
