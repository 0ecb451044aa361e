/** Names as they are shown. Pure. */
import type { SeriesEntry } from "./report";

/**
 * Names of runs and tensors may hold characters that turn the order of what follows round, so that one name reads as
 * another. They are shown by their numbers wherever names come in, and put back where names go out.
 */
const TURNING = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;
const SHOWN = /⟨U\+(61C|200[EF]|202[A-E]|206[6-9])⟩/g;

export const visible = (text: string): string =>
  text.replace(TURNING, (sign) => `⟨U+${sign.charCodeAt(0).toString(16).toUpperCase()}⟩`);

/** A name that can be seen, and heard. */
export const legible = (name: string): string => (name.trim() ? name : "(blank)");

export const original = (text: string): string =>
  text.replace(SHOWN, (_, number: string) => String.fromCharCode(parseInt(number, 16)));

/** A role in words. */
export const roleName = (role: string): string =>
  role === "pre-activation" ? role : role.replace(/^activation/, "output").replace(/^norm-(?=s)/, "").replace("-", " ");

/** A tensor's name within its layer: its role where that is unique, else what its tag adds to the layer's name. */
export function shortNames(entries: readonly SeriesEntry[]): Map<number, string> {
  const count = new Map<string, number>();
  const place = (entry: SeriesEntry) => `${entry.network}\0${entry.layer}\0${entry.role}`;
  for (const entry of entries) count.set(place(entry), (count.get(place(entry)) ?? 0) + 1);
  return new Map(
    entries.map((entry) => {
      const unique = count.get(place(entry)) === 1 && !/^(unknown)?$/.test(entry.role);
      const rest = entry.tag.startsWith(entry.layer) ? entry.tag.slice(entry.layer.length).replace(/^[/._]+/, "") : "";
      return [entry.id, unique ? roleName(entry.role) : legible(rest || entry.tag)];
    }),
  );
}
