"""Diagnose a log directory from Python."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import ExitStack

from ..config import DEFAULTS, Config
from ..config_file import read
from ..diagnose import examine
from ..provider.sources import NoHistograms, NotReadable, open_logdir
from ..selection import Asked, Unknown, matching, there_are
from ..words import HOW_TO_LOG
from .diagnosis import Diagnosis
from .progress import shown


def diagnose(
    logdir: str | os.PathLike[str],
    *,
    runs: Asked = None,
    config: Config | str | os.PathLike[str] | None = None,
    progress: bool | Callable[[int, int], None] | None = None,
) -> Diagnosis:
    """Measure and judge the histograms in a log directory.

    Parameters
    ----------
    logdir
        A directory that holds event files, at any depth.
    runs
        A run's name, several, or a compiled pattern that is searched for in the names; all if not given.
    config
        By what to judge: the path of a ``histdiag.toml``, or a `Config`; the defaults if not given.
    progress
        Whether to show a bar: in a terminal or a notebook if not given. Or a function, called with the number of
        tensors measured and of all.

    Raises
    ------
    NoHistograms
        There is no such directory, there are no histograms in it, or no such run; the message says what to do.

    Examples
    --------
    >>> import tensorboard_plugin_histdiag as histdiag
    >>> diagnosis = histdiag.diagnose("logs")
    >>> diagnosis
    2 errors on 20 of 40 tensors in 2 runs.
      error    nan-midway  loss  The loss is not finite
      error    nan-midway  output/bias/gradient  Non-finite values
    >>> for finding in diagnosis.findings:
    ...     print(finding.severity.value, finding.first_step, finding.summary)
    error 300 loss is NaN or infinite from step 300
    error 300 NaN or Inf in 20 of 20 tensors from step 300
    >>> diagnosis.close()

    Some of the runs:

    >>> import re
    >>> with histdiag.diagnose("logs", runs=re.compile("^healthy-")) as diagnosis:
    ...     print(*diagnosis)
    healthy-relu
    """
    judging = configured(config)
    with ExitStack() as stack:
        with shown(progress) as tell:
            try:
                source = stack.enter_context(open_logdir(logdir, progress=tell.begins))
            except NotReadable:
                raise
            except NoHistograms as nothing:
                raise NoHistograms(f"{nothing}\n\n{HOW_TO_LOG}") from None
            known = list(dict.fromkeys(series.run for series in source.list_series()))
            try:
                wanted = matching(runs, known, "run")
            except Unknown as unknown:
                raise NoHistograms(str(unknown)) from None
            if not wanted:
                raise NoHistograms(f"No run is asked for. {there_are(known)}")
            examined = examine(source, config=judging, runs=wanted.__contains__, progress=tell.measured)
        return Diagnosis(examined, source, stack.pop_all().close, judging)


def configured(config: Config | str | os.PathLike[str] | None) -> Config:
    """Return a configuration, reading it where it is a file."""
    if config is None:
        return DEFAULTS
    return config if isinstance(config, Config) else read(os.fspath(config))
