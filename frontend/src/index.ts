/** The entry of the plugin: TensorBoard imports this module and calls render() once, ignoring what comes of it. */
import { App } from "./app";
import { dress } from "./sheets";
import { tokens } from "./styles";

/** Say what failed where a blank page would say nothing. */
function tell(reason: unknown): void {
  const line = document.createElement("p");
  line.setAttribute("role", "alert");
  line.textContent = `The Diagnostics tab failed: ${reason instanceof Error ? reason.message : String(reason)}`;
  document.body.prepend(line);
}

export function render(): void {
  try {
    // Elements draw themselves later; what fails then ends here.
    addEventListener("unhandledrejection", (event) => tell(event.reason), { once: true });
    document.adoptedStyleSheets = [tokens.styleSheet ?? (tokens as unknown as CSSStyleSheet)]; // the build makes it a sheet
    document.documentElement.lang = "en";
    document.title = "Diagnostics";
    document.body.replaceChildren(Object.assign(new App(), { dressed: dress().catch(tell) }));
  } catch (reason) {
    tell(reason);
  }
}
