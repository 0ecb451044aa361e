/** Choices that last from visit to visit: how things are shown, not what. */
import { keep, recall } from "./keep";
import { readHash, START, writeHash, type Link } from "./state";

const LASTING = ["metric", "order", "mode", "axis", "values", "counts", "role", "table"] as const satisfies readonly (keyof Link)[];

const each = (value: (key: keyof Link) => unknown): Partial<Link> => Object.fromEntries(LASTING.map((key) => [key, value(key)]));

/** As on the first visit. */
export const SETTINGS = each((key) => START[key]);

/** With this as the usual state, an address says all that lasts: whoever opens it may have chosen otherwise. */
export const UNSAID = each(() => null);

/** The state of a fresh visit. What was kept is an address, so that it is read with as much care as one. */
export function usualLink(): Link {
  const kept = recall("settings");
  return (typeof kept === "string" && readHash(kept)) || START;
}

/** Keep what lasts of a change; null where nothing of it does. */
export function lasting(patch: Partial<Link>, usual: Link): Link | null {
  const chosen = LASTING.filter((key) => key in patch);
  if (!chosen.length) return null;
  const next = { ...usual, ...Object.fromEntries(chosen.map((key) => [key, patch[key]])) };
  keep("settings", writeHash("", next) || null);
  return next;
}

/** Layers are folded unless turned, or the other way round. */
export interface Folds {
  readonly open: boolean;
  readonly turned: readonly string[];
}

/** Layers that are remembered. */
const MOST = 500;

export function keptFolds(): Folds {
  const kept = recall("folds") as Partial<Folds> | null;
  const turned = Array.isArray(kept?.turned) ? kept.turned.filter((layer) => typeof layer === "string") : [];
  return { open: kept?.open === true, turned };
}

export function foldedOf(layers: readonly string[], { open, turned }: Folds): Set<string> {
  const other = new Set(turned);
  return new Set(layers.filter((layer) => other.has(layer) === open));
}

export function turnFold({ open, turned }: Folds, layer: string, shut: boolean): Folds {
  const others = turned.filter((other) => other !== layer);
  return { open, turned: shut === open ? [...others, layer].slice(-MOST) : others };
}

export const keepFolds = (folds: Folds): void => void keep("folds", folds.open || folds.turned.length ? folds : null);

export function forget(): void {
  keep("settings", null);
  keep("folds", null);
}
