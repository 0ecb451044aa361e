/** The help: keys, and where the pictures differ from the stock charts on purpose. Its texts stand beside the bundle. */
import { html, type TemplateResult } from "lit";

/** `keys` has keys, a tab and what they do, `differences` a sentence, a line each. */
export type HelpTexts = Readonly<Record<string, string>>;

const linesOf = (text = ""): string[] => text.trim().split("\n");

export const help = (reset: () => void, { keys, differences }: HelpTexts): TemplateResult => html`<dialog aria-label="Help">
  <h2>Keys</h2>
  <dl>
    ${linesOf(keys).map((line) => {
      const [names, words] = line.split("\t");
      return html`<dt>${names!.split(" ").map((name) => html`<kbd>${name}</kbd> `)}</dt><dd>${words}</dd>`;
    })}
  </dl>
  <h2>The twin and the stock chart</h2>
  <ul>${linesOf(differences).map((line) => html`<li>${line}</li>`)}</ul>
  <h2>Settings</h2>
  <p>How things are shown lasts in this browser; a link wins over it. <button class="btn" @click=${reset}>Reset</button></p>
  <form method="dialog"><button class="btn" autofocus>Close</button></form>
</dialog>`;
