"""What plots are given: other things are told in one sentence before anything is drawn."""

from __future__ import annotations

from ..api.run_diagnosis import RunDiagnosis, SeriesDiagnosis


def expect_tensor(series: object) -> None:
    """Raise a TypeError for anything but a tensor of a diagnosis."""
    if not isinstance(series, SeriesDiagnosis):
        raise TypeError(f"This draws one tensor, diagnosis['run']['tag'], and not a {type(series).__name__}.")


def expect_run(run: object) -> None:
    """Raise a TypeError for anything but a run of a diagnosis."""
    if not isinstance(run, RunDiagnosis):
        raise TypeError(f"This draws one run, diagnosis['run'], and not a {type(run).__name__}.")
