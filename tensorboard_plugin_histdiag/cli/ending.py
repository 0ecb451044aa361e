"""How a command ends."""

from __future__ import annotations

CLEAR, FOUND, USAGE, NO_HISTOGRAMS, INTERRUPTED = 0, 1, 2, 3, 130

EXIT_CODES = """\
exit codes:
  0    nothing at or above --fail-on that a baseline does not hold
  1    findings at or above --fail-on
  2    wrong usage, a file that cannot be used, or an internal error
  3    no histograms found
  130  interrupted by Ctrl+C
  143  ended by SIGTERM, as by a scheduler (129 by SIGHUP)"""


class Stop(Exception):
    """End with a message and an exit code."""

    def __init__(self, message: str, code: int = USAGE) -> None:
        super().__init__(message)
        self.code = code
