/** The help: words, what can be done, keys, and where the pictures differ from the stock charts. Its texts stand beside the bundle. */
import { html, type TemplateResult } from "lit";
import { button } from "./controls";

/** `differences` has a sentence a line, the others a name, a tab and what is to be said of it. */
export type HelpTexts = Readonly<Record<string, string>>;

const linesOf = (text = ""): string[] => text.trim().split("\n");

const list = (title: string, text: string | undefined, shown = (names: string): unknown => names): TemplateResult => html`<h2>${title}</h2>
  <dl>
    ${linesOf(text).map((line) => {
      const [names, words] = line.split("\t");
      return html`<dt>${shown(names!)}</dt><dd>${words}</dd>`;
    })}
  </dl>`;

export const help = (reset: () => void, { words, tasks, keys, differences }: HelpTexts): TemplateResult => html`<dialog aria-label="Help">
  <form method="dialog"><button class="btn">Close</button></form>
  ${list("Words", words)} ${list("How to", tasks)}
  ${list("Keys", keys, (names) => names.split(" ").map((name) => html`<kbd>${name}</kbd> `))}
  <h2>The picture and the stock chart</h2>
  <ul>${linesOf(differences).map((line) => html`<li>${line}</li>`)}</ul>
  <h2>Settings</h2>
  <p>How things are shown lasts in this browser; links win over it. ${button("Reset", reset)}</p>
</dialog>`;
