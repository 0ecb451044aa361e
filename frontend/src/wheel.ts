/** Scrolling that goes on outside of a frame, which not all pages around it do by themselves, as not VS Code's. */

/** Milliseconds after which a turn of the wheel is no longer one with the last, as VS Code has it for what scrolls itself. */
const PAUSE = 300;

/** Whether an element scrolls on by itself. */
function scrolls(one: EventTarget, by: number): boolean {
  if (!(one instanceof Element)) return false;
  const left = by < 0 ? one.scrollTop : one.scrollHeight - one.clientHeight - one.scrollTop;
  return left >= 1 && (one === document.scrollingElement || /auto|scroll/.test(getComputedStyle(one).overflowY));
}

/** Tell a page around us of each turn of the wheel that moves nothing here: it may not hear of it otherwise. */
export function passWheel(frame: Window, around: Window): void {
  let last = -Infinity;
  const heard = (event: WheelEvent): void => {
    const { deltaY, deltaMode, timeStamp } = event;
    if (!deltaY || event.ctrlKey || event.defaultPrevented) return;
    if (event.composedPath().some((one) => scrolls(one, deltaY))) last = timeStamp;
    else if (timeStamp - last > PAUSE) around.postMessage({ histdiag: "wheel", deltaY, deltaMode }, "*");
  };
  frame.addEventListener("wheel", heard, { passive: true });
}
