/** What a page holds: elements of its head, each a file, compressed and written in letters. */
import { decode, type Arrays } from "./arrays";

const PREFIX = "histdiag-";

export class Blocks {
  readonly #elements: ReadonlyMap<string, Element>;
  readonly #kept = new Map<string, Promise<Arrays>>();

  constructor(page: Document) {
    const found = page.querySelectorAll(`script[id^="${PREFIX}"]`);
    this.#elements = new Map(Array.from(found, (element) => [element.id.slice(PREFIX.length), element]));
  }

  has(name: string): boolean {
    return this.#elements.has(name);
  }

  async bytes(name: string): Promise<ArrayBuffer> {
    const packed = Uint8Array.from(atob(this.#elements.get(name)!.textContent!.trim()), (sign) => sign.charCodeAt(0));
    return new Response(new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"))).arrayBuffer();
  }

  async json<T>(name: string): Promise<T> {
    return JSON.parse(new TextDecoder().decode(await this.bytes(name))) as T;
  }

  async arrays(name: string): Promise<Arrays> {
    return decode(await this.bytes(name));
  }

  /** Arrays that are asked for again and again. */
  kept(name: string): Promise<Arrays> {
    const found = this.#kept.get(name) ?? this.arrays(name);
    this.#kept.set(name, found);
    return found;
  }
}
