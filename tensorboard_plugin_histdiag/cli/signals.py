"""The signals by which a scheduler, a container or a closed terminal ends a process."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

_NAMES = ("SIGTERM", "SIGHUP")  # Windows has the first alone


class Terminated(KeyboardInterrupt):
    """A signal came that ends a process."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.signal = signal.Signals(number)

    @property
    def code(self) -> int:
        """The exit code that a shell gives for it."""
        return 128 + self.signal


@contextmanager
def terminable() -> Iterator[None]:
    """Let these signals raise, so that servers are stopped and temporary folders removed; the first is enough.

    One that is ignored, as by ``nohup``, or that somebody else handles stays as it is.
    """
    came = False

    def terminate(number: int, _: object) -> None:
        nonlocal came
        if not came:  # another would interrupt what is being put away
            came = True
            raise Terminated(number)

    with ExitStack() as stack:
        if threading.current_thread() is threading.main_thread():  # no other may handle signals
            for name in _NAMES:
                number = getattr(signal, name, None)
                if number is not None and signal.getsignal(number) is signal.SIG_DFL:
                    stack.callback(signal.signal, number, signal.signal(number, terminate))
        yield
