"""Measure and judge: the pipeline from buckets to a report."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import NamedTuple, Protocol

import msgspec
import numpy as np

from . import __version__
from .bounded import Bounded
from .config import DEFAULTS, Config
from .context import RunContext
from .finding import Finding
from .histogram import HistogramBatch, Series
from .judgement import Verdicts, judge_run
from .measured import Metrics, SeriesMetrics
from .metrics import METRICS
from .metrics.drift import drift
from .model.model import Model
from .readings.reading import read
from .report import SCHEMA_VERSION, Progress, Report, RunEntry, SeriesEntry
from .rules import Rule
from .scalar import Scalar

BLOCK = 240_000
"""Buckets measured at once, 8,000 histograms of thirty: what is made of them takes some 30 MB. Threads that measure
smaller blocks wait for each other more often, as the interpreter is held between any two of numpy's loops."""

WORKERS = 2
"""Threads that measure: numpy's loops run side by side, what lies between them does not, so that more would wait."""


class Data(Protocol):
    """What `diagnose` needs of a source."""

    def list_series(self) -> Mapping[Series, tuple[int, float]]:
        """Return all series."""

    def batches(self, series: Sequence[Series] | None = None) -> Iterable[HistogramBatch]:
        """Yield their histograms in chunks."""

    def scalars_of(self, runs: Sequence[str]) -> Mapping[str, Sequence[Scalar]]:
        """Return the losses, accuracies and learning rates of runs."""

    def models_of(self, runs: Sequence[str]) -> Mapping[str, Model]:
        """Return the models of runs, where they are logged."""

    def complaints(self) -> Sequence[str]:
        """Return a sentence for each series or model that could not be read as it was logged."""


class Examined(NamedTuple):
    """A report and what it was made from: metrics in the order of its series, scalars by run."""

    report: Report
    metrics: Metrics
    scalars: Mapping[str, Sequence[Scalar]]


def diagnose(
    source: Data,
    *,
    config: Config = DEFAULTS,
    runs: Callable[[str], bool] | None = None,
    progress: Callable[[int, int], None] | None = None,
    kept: int | None = None,
) -> Report:
    """Measure and judge everything a source holds.

    Parameters
    ----------
    source
        Where the histograms come from.
    config
        By what to judge, and what to mute.
    runs
        Tells which runs to look at, all if not given.
    progress
        Called with the number of series measured and of all series.
    kept
        How many records the source holds of a series at most; None where it holds all.

    Returns
    -------
    Report
        With no series and no findings where the source holds no histograms.
    """
    return examine(source, config=config, runs=runs, progress=progress, kept=kept).report


def examine(
    source: Data,
    *,
    config: Config = DEFAULTS,
    runs: Callable[[str], bool] | None = None,
    progress: Callable[[int, int], None] | None = None,
    kept: int | None = None,
) -> Examined:
    """Do as `diagnose`, and keep what was measured and read."""
    wanted = [series for series in source.list_series() if runs is None or runs(series.run)]
    parts: list[Metrics] = []
    done = 0
    for batch in source.batches(wanted) if wanted else ():
        parts.append(measure(batch))
        done += len(batch.series)
        if progress:
            progress(done, len(wanted))
    metrics = (Metrics.concatenate(parts) if parts else measure(HistogramBatch.from_records([]))).arranged()
    judged = list(dict.fromkeys(series.run for series in metrics.series))
    scalars = source.scalars_of(judged)
    report = judge(metrics, scalars, config, models=source.models_of(judged), total=len(wanted), kept=kept)
    report = msgspec.structs.replace(report, messages=(*report.messages, *source.complaints()))
    return Examined(report, metrics, scalars)


def measure(batch: HistogramBatch) -> Metrics:
    """Measure every histogram of a batch; pure.

    Blocks of whole series are measured, two at a time.
    """
    blocks = list(_blocks(batch))
    if len(blocks) < 2:
        return _measure_block(blocks[0] if blocks else batch)
    with ThreadPoolExecutor(WORKERS) as pool:
        return Metrics.concatenate(list(pool.map(_measure_block, blocks)))


def judge(
    metrics: Metrics,
    scalars: Mapping[str, Sequence[Scalar]] | None = None,
    config: Config = DEFAULTS,
    *,
    models: Mapping[str, Model] | None = None,
    rules: Sequence[Rule] | None = None,
    total: int | None = None,
    revision: str = "",
    kept: int | None = None,
) -> Report:
    """Judge what was measured; pure, and quick enough to do again when the configuration changes.

    Parameters
    ----------
    metrics
        Of all series measured so far.
    scalars
        By run.
    config
        By what to judge, and what to mute.
    models
        By run, where they are logged.
    rules
        Rules to judge by, those of the configuration if not given.
    total
        How many series there are in all.
    revision
        Name of this state of the data.
    kept
        How many records TensorBoard keeps of a series; None where it keeps all.
    """
    metrics = metrics.arranged()
    contexts = [
        RunContext(
            metrics.slice(first, last), (scalars or {}).get(run, ()), kept, config.naming, (models or {}).get(run)
        )
        for first, last in _runs(metrics)
        for run in (metrics.series[first].run,)
    ]
    # Ratios of the largest and smallest numbers overflow; no comparison with what comes of that holds.
    with np.errstate(all="ignore"):
        verdicts = [judge_run(context, config.rules if rules is None else rules, config) for context in contexts]
    findings = [finding for verdict in verdicts for finding in verdict.findings]
    pairs = [
        (series, context, verdict)
        for context, verdict in zip(contexts, verdicts, strict=True)
        for series in context.series
    ]
    return Report(
        schema_version=SCHEMA_VERSION,
        version=__version__,
        revision=revision,
        log="",
        progress=Progress(len(metrics.series), len(metrics.series) if total is None else total),
        runs=tuple(_run_entry(context) for context in contexts),
        series=tuple(_series_entry(number, *pair) for number, pair in enumerate(pairs)),
        findings=tuple(sorted(findings, key=rank)),
        groups=tuple(group for verdict in verdicts for group in verdict.groups),
        readings=tuple(
            reading
            for context, verdict in zip(contexts, verdicts, strict=True)
            for reading in read(context, config.thresholds, verdict.findings)
        ),
        coverage=tuple(row for verdict in verdicts for row in verdict.coverage),
        configuration=config.used([finding for verdict in verdicts for finding in verdict.muted]),
        messages=(),
    )


def rank(finding: Finding) -> tuple[int, int, str, str]:
    """Order findings: worst first, then earliest."""
    return finding.severity.rank, finding.first_step, finding.rule, finding.run


def _blocks(batch: HistogramBatch) -> Iterator[HistogramBatch]:
    """Cut between series into blocks of like size, as many for each thread.

    An eighth of a block and less is not cut: it is measured before a second thread has begun.
    """
    begin = batch.start[batch.series_start]
    buckets = len(batch.left)
    number = WORKERS * -(-buckets // (WORKERS * BLOCK)) if buckets > BLOCK // 8 else 1
    inner = np.searchsorted(begin, np.linspace(0, buckets, number + 1)[1:-1])
    for first, last in pairwise(sorted({0, *inner.tolist(), len(batch.series)})):
        yield batch.slice_series(first, last)


def _measure_block(block: HistogramBatch) -> Metrics:
    # Where an edge is near the largest float, widths and squares overflow; the bounds then say "infinite".
    with np.errstate(over="ignore", invalid="ignore", under="ignore"):
        drift(block)  # takes the most memory and keeps little: before others keep what they share
        values: dict[str, Bounded] = {metric.name: metric(block) for metric in METRICS}
    return Metrics(
        block.series,
        block.series_start,
        block.step,
        block.wall_time,
        block.total,
        block.nonfinite,
        block.stepped_back,
        block.back_at,
        block.resumed_at,
        values,
    )


def _runs(metrics: Metrics) -> Iterator[tuple[int, int]]:
    first = 0
    for index in range(1, len(metrics.series) + 1):
        if index == len(metrics.series) or metrics.series[index].run != metrics.series[first].run:
            yield first, index
            first = index


def _run_entry(context: RunContext) -> RunEntry:
    metrics = context.metrics
    roles = {series.role for series in context.series}
    kinds = {
        "weights": {"weight", "embedding"},
        "gradients": {role for role in roles if role.endswith("gradient")},
        "activations": {"activation", "pre-activation"},
    }
    missing = [kind for kind, members in kinds.items() if not roles & members]
    if context.loss is None:
        missing.append("loss")
    return RunEntry(
        run=context.run,
        series=len(metrics.series),
        records=int(metrics.records.max(initial=0)),
        first_step=context.first_step if len(metrics.step) else None,
        last_step=context.last_step if len(metrics.step) else None,
        steps_are_epochs=context.steps_are_epochs,
        order_known=context.order_known,
        missing=tuple(missing),
        scalars=tuple(scalar.tag for scalar in context.scalars),
    )


def _series_entry(number: int, series: SeriesMetrics, context: RunContext, verdict: Verdicts) -> SeriesEntry:
    records = len(series)
    return SeriesEntry(
        id=number,
        run=series.run,
        tag=series.tag,
        role=series.role,
        layer=series.layer,
        network=series.info.network,
        order=series.order if series.order >= 0 else None,
        records=records,
        first_step=int(series.step[0]) if records else None,
        last_step=int(series.step[-1]) if records else None,
        size=float(series.size[-1]) if records and np.isfinite(series.size[-1]) else None,
        sampled=context.is_sampled(series),
        judged=bool(verdict.judged[series.index]),
        why_not=verdict.why_not[series.index],
    )
