"""One judged state of a log, and its name."""

from __future__ import annotations

import dataclasses
import gzip
import hashlib
from collections.abc import Mapping, Sequence

import msgspec

from .. import __version__
from ..config import Config
from ..histogram import HistogramBatch, Series
from ..measured import Metrics
from ..report import SCHEMA_VERSION, Progress, Report
from ..scalar import Scalar


@dataclasses.dataclass(frozen=True)
class Snapshot:
    """One judged state of a log. It never changes, so that routes read it without a lock.

    Attributes
    ----------
    report
        What the faces show; its revision names this snapshot.
    ids
        The id of every series listed; the same as long as TensorBoard runs.
    listed
        The last step and wall time of every series there was when TensorBoard was last asked.
    metrics
        Of every series measured, its own metrics.
    scalars
        Of every run, its losses, accuracies and learning rates.
    packed
        The report as gzipped JSON, made here once and not by every request for it.
    """

    report: Report
    ids: Mapping[Series, int]
    listed: Mapping[Series, tuple[int, float]]
    metrics: Mapping[Series, Metrics]
    scalars: Mapping[str, Sequence[Scalar]]
    packed: bytes = dataclasses.field(init=False, repr=False)

    def __post_init__(self) -> None:
        packed = gzip.compress(msgspec.json.encode(self.report), compresslevel=3, mtime=0)
        object.__setattr__(self, "packed", packed)

    @property
    def revision(self) -> str:
        """Name of this state: covers data, configuration and version."""
        return self.report.revision


def empty_report(revision: str, config: Config) -> Report:
    """Return the report of a log of which nothing is measured yet."""
    return Report(SCHEMA_VERSION, __version__, revision, "", Progress(0, 0), (), (), (), (), (), (), config.used(), ())


def digest(batch: HistogramBatch) -> bytes:
    """Tell apart what was read: samples change behind the last step, too."""
    return hashlib.sha256(batch.step.tobytes() + batch.wall_time.tobytes()).digest()


def revision(
    settings: object,
    ids: Mapping[Series, int],
    digests: Mapping[Series, bytes],
    scalars: Mapping[str, Sequence[Scalar]],
) -> str:
    """Name a state: equal names mean equal reports, ids included, also after a restart.

    Parameters
    ----------
    settings
        Whatever else a report depends on; told apart by its ``repr``.
    ids, digests, scalars
        The data.
    """
    state = hashlib.sha256(repr((__version__, settings)).encode())
    for series in sorted(digests):
        state.update(repr((series, ids[series])).encode() + digests[series])
    for run in sorted(scalars):
        for scalar in scalars[run]:
            state.update(repr((run, scalar.tag)).encode() + scalar.step.tobytes() + scalar.value.tobytes())
    return state.hexdigest()[:16]
