/** The entry of the plugin: TensorBoard imports this module and calls render() once, ignoring what comes of it. */
import "./app";
import { tokens } from "./styles";

export function render(): void {
  try {
    const style = document.createElement("style");
    style.textContent = tokens.cssText;
    document.head.append(style);
    document.documentElement.lang = "en";
    document.title = "Diagnostics";
    document.body.replaceChildren(document.createElement("histdiag-app"));
  } catch (reason) {
    document.body.textContent = `The Diagnostics tab could not start: ${reason instanceof Error ? reason.message : String(reason)}`;
    throw reason;
  }
}
