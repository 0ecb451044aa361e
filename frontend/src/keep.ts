/** What the browser keeps for us. Storage may be missing, full or forbidden: then nothing lasts, and nothing fails. */
const PREFIX = "histdiag.";

export function recall(key: string): unknown {
  try {
    return JSON.parse(localStorage.getItem(PREFIX + key)!);
  } catch {
    return null;
  }
}

/** What of something that was kept is a list of texts. */
export const strings = (list: unknown): string[] => (Array.isArray(list) ? list.filter((one) => typeof one === "string") : []);

/** Keep a value, or with null forget it; says whether that worked. */
export function keep(key: string, value: unknown): boolean {
  try {
    if (value == null) localStorage.removeItem(PREFIX + key);
    else localStorage.setItem(PREFIX + key, JSON.stringify(value));
    return true;
  } catch {
    return false;
  }
}
