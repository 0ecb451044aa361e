/** The entry of the plugin: TensorBoard imports this module and calls render() once, ignoring what comes of it. */
import "./app";
import { dress } from "./sheets";
import { tokens } from "./styles";

/** Say what failed where a blank page would say nothing. */
function tell(reason: unknown): void {
  const line = document.createElement("p");
  line.setAttribute("role", "alert");
  line.textContent = `The Diagnostics tab failed: ${reason instanceof Error ? reason.message : String(reason)}`;
  document.body.prepend(line);
}

/** Elements come when their styles are there, or never will be. */
async function show(): Promise<void> {
  const failure = await dress().catch((reason: unknown) => reason);
  document.body.replaceChildren(document.createElement("histdiag-app"));
  if (failure) tell(failure);
}

export function render(): void {
  try {
    // Elements draw themselves later; what fails then ends here.
    addEventListener("unhandledrejection", (event) => tell(event.reason), { once: true });
    document.adoptedStyleSheets = [tokens.styleSheet ?? (tokens as unknown as CSSStyleSheet)]; // the build makes it a sheet
    document.documentElement.lang = "en";
    document.title = "Diagnostics";
    void show();
  } catch (reason) {
    tell(reason);
  }
}
