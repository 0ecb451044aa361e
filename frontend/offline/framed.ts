/** What a frame is not given by all pages around it, as not by VS Code: scrolling that goes on outside, and printing. */

/** Milliseconds after which a turn of the wheel is no longer one with the last, as VS Code has it for what scrolls itself. */
const PAUSE = 300;
/** Milliseconds after which a print has begun where it begins at all. */
const BEGINS = 500;
const UNPRINTED =
  'Nothing can be printed from here. Write the page to a file with diagnosis.to_html("report.html") and print it from a browser.';

/** Whether an element scrolls on by itself. */
function scrolls(one: EventTarget, by: number): boolean {
  if (!(one instanceof Element)) return false;
  const left = by < 0 ? one.scrollTop : one.scrollHeight - one.clientHeight - one.scrollTop;
  const root = one === document.scrollingElement;
  return left >= 1 && (root || /auto|scroll/.test(getComputedStyle(one).overflowY));
}

/** Tell the page around us of each turn of the wheel that moves nothing here: it may not hear of it otherwise. */
export function passWheel(frame: Window): void {
  let last = -Infinity;
  const heard = (event: WheelEvent): void => {
    const { deltaY, deltaMode, timeStamp } = event;
    if (!deltaY || event.ctrlKey || event.defaultPrevented) return;
    if (event.composedPath().some((one) => scrolls(one, deltaY))) last = timeStamp;
    else if (timeStamp - last > PAUSE) frame.parent.postMessage({ histdiag: "wheel", deltaY, deltaMode }, "*");
  };
  frame.addEventListener("wheel", heard, { passive: true });
}

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
