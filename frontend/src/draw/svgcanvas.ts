/** A canvas that writes SVG: what paints the pictures on the page paints them into a file too. */
import { round } from "./math";
import type { Canvas } from "./paint";

/** Text for XML, without the characters that it cannot hold. */
export const escaped = (text: string): string =>
  text
    .replace(/[^\t\n\r\x20-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, "")
    .replace(/[&<>"]/g, (sign) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;" })[sign] ?? "&quot;");

/** Two decimals are enough. */
const short = (value: number): number => round(value * 100) / 100;

export class SvgCanvas implements Canvas {
  fillStyle: Canvas["fillStyle"] = "#000";
  strokeStyle: Canvas["strokeStyle"] = "#000";
  lineWidth = 1;
  /** What was painted. */
  text = "";
  #path = "";
  #dash = "";

  beginPath(): void {
    this.#path = "";
  }

  moveTo(x: number, y: number): void {
    this.#path += `M${short(x)} ${short(y)}`;
  }

  lineTo(x: number, y: number): void {
    this.#path += `L${short(x)} ${short(y)}`;
  }

  setLineDash(pattern: Iterable<number>): void {
    this.#dash = [...pattern].join(" ");
  }

  fill(): void {
    this.text += `<path d="${this.#path}"${this.#filled()}/>`;
  }

  stroke(): void {
    const dash = this.#dash && ` stroke-dasharray="${this.#dash}"`;
    this.text += `<path d="${this.#path}" fill="none" stroke="${escaped(String(this.strokeStyle))}" stroke-width="${this.lineWidth}"${dash}/>`;
  }

  fillRect(x: number, y: number, width: number, height: number): void {
    this.text += `<rect x="${short(x)}" y="${short(y)}" width="${short(width)}" height="${short(height)}"${this.#filled()}/>`;
  }

  #filled(): string {
    return ` fill="${escaped(String(this.fillStyle))}"`;
  }
}
