/** What a page around may forbid, as VS Code does: printing. */

/** Milliseconds after which a print has begun where it begins at all. */
const BEGINS = 500;
const UNPRINTED =
  'Nothing can be printed from here. Write the page to a file with diagnosis.to_html("report.html") and print it from a browser.';

/** Say so where printing is forbidden: the browser says nothing. */
export function tellUnprinted(frame: Window): void {
  const print = frame.print.bind(frame);
  frame.print = () => {
    let begun = false;
    frame.addEventListener("beforeprint", () => (begun = true), { once: true });
    print();
    setTimeout(() => {
      if (begun) return;
      const told = document.createElement("dialog");
      const button = Object.assign(document.createElement("button"), { textContent: "Close", onclick: () => told.close() });
      told.append(Object.assign(document.createElement("p"), { textContent: UNPRINTED }), button);
      told.style.cssText = "font: 14px/1.4 system-ui, sans-serif; border: 1px solid";
      told.addEventListener("close", () => told.remove());
      document.body.append(told);
      told.showModal();
    }, BEGINS);
  };
}
