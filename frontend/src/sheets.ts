/** The elements' styles: the build moves them from the bundle, whose size is limited, to a file beside it. */
import { fetchBeside } from "./api";

const sheets = new Map<string, CSSStyleSheet>();

/** A sheet that is still empty; what the build puts in the place of a style. */
export function sheet(name: string): CSSStyleSheet {
  const made = sheets.get(name) ?? new CSSStyleSheet();
  sheets.set(name, made);
  return made;
}

/** Fill the sheets. */
export async function dress(): Promise<void> {
  if (!sheets.size) return;
  const texts = await fetchBeside("styles");
  for (const [name, made] of sheets) made.replaceSync(texts[name] ?? "");
}
