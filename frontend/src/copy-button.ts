/** A button that copies a text and says for a moment whether it could. */
import { html, LitElement } from "lit";
import { copyText } from "./clipboard";
import { customElement, given, state } from "./given";
import { shared } from "./styles";

@customElement("histdiag-copy")
export class CopyButton extends LitElement {
  @given label = "Copy";
  @given text: () => string = () => "";
  @state private told = "";

  override render() {
    return html`<button class="btn" aria-live="polite" @click=${this.#copy}>${this.told || this.label}</button>`;
  }

  #copy = async (): Promise<void> => {
    this.told = (await copyText(this.text())) ? "Copied" : "Not allowed";
    setTimeout(() => (this.told = ""), 2000);
  };

  static override styles = shared;
}
