/** Choices that last from visit to visit: how things are shown, not what. */
import { START, type Link } from "./state";

const LASTING = ["metric", "order", "mode", "axis", "values", "counts", "role", "table"] as const satisfies readonly (keyof Link)[];

/** What lasts of a change. */
export const lastingOf = (patch: Partial<Link>): Partial<Link> =>
  Object.fromEntries(LASTING.filter((key) => key in patch).map((key) => [key, patch[key]]));

/** As on the first visit. */
export const SETTINGS = lastingOf(START);

/** With this as the usual state, an address says all that lasts: whoever opens it may have chosen otherwise. */
export const UNSAID: Partial<Link> = Object.fromEntries(LASTING.map((key) => [key, null]));
