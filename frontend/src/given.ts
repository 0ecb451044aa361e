/**
 * What makes a class an element and its fields the element's properties.
 *
 * Lit's own decorators speak a second dialect too, which TypeScript does not write here, and the bundle has a limit.
 */
import { LitElement, type PropertyDeclaration } from "lit";
import type { RunView } from "./model";

export const customElement = (name: string) => (element: CustomElementConstructor): void => customElements.define(name, element);

export const property = (options: PropertyDeclaration) => (element: LitElement, name: string): void =>
  (element.constructor as typeof LitElement).createProperty(name, options);

/** A property that only code sets, never an attribute: what an element is given to show. */
export const given = property({ attribute: false });

/** A property of the element's own. */
export const state = property({ state: true });

let turns = Promise.resolve();

/** A part of the page: what is new of a run it draws in its turn, when the browser has shown the parts above. */
export abstract class Part extends LitElement {
  abstract view: RunView;
  #drawn: RunView | null = null;

  protected override scheduleUpdate(): void | Promise<unknown> {
    const draw = () => {
      this.#drawn = this.view;
      super.scheduleUpdate();
    };
    if (this.#drawn === this.view) return draw();
    turns = turns.then(() => new Promise((shown) => requestAnimationFrame(() => setTimeout(shown))));
    return turns.then(draw);
  }
}

type Decorator = ReturnType<typeof property>;

/** What the build writes in place of decorators: a class, its own, and those of its fields with the fields' names. */
export function decorate(element: { readonly prototype: LitElement }, own: (element: never) => void, ...fields: [Decorator, string][]): void {
  for (const [decorator, names] of fields) for (const name of names.split(" ")) decorator(element.prototype, name);
  own(element as never);
}
