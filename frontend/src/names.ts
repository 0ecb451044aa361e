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
