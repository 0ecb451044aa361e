"""Scrolling of a notebook where a frame in it can scroll no further."""

SCROLL_ON = """(frame, { histdiag, deltaY, deltaMode }) => {
    if (histdiag !== "wheel" || !("vscodeThemeKind" in document.body.dataset)) return;
    frame.dispatchEvent(new WheelEvent("wheel", { bubbles: true, deltaY, deltaMode, wheelDeltaY: -deltaY }));
  }"""
"""A JavaScript function that takes a frame and what the tab in it tells of a turn of the wheel.

VS Code scrolls its notebook itself, by turns of the wheel that it is told of; other notebooks scroll on by themselves.
"""
