/** The entry of the plugin: TensorBoard imports this module and calls render() once, ignoring what comes of it. */
import "./app";
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
    const style = document.createElement("style");
    style.textContent = tokens.cssText;
    document.head.append(style);
    document.documentElement.lang = "en";
    document.title = "Diagnostics";
    document.body.replaceChildren(document.createElement("histdiag-app"));
  } catch (reason) {
    tell(reason);
  }
}
