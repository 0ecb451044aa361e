"""What differs between two runs: the same tensors at the same steps, in words and numbers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from .bounded import Bounded, Floats, Ints
from .comparison import Difference, LoneFinding, Range, RunComparison, Side
from .histogram import HistogramBatch, Series, per_histogram
from .metrics.drift import drift
from .metrics.location import mean, mean_abs
from .metrics.spread import std
from .report import Report
from .words import counted, number

BEYOND_CHANCE = 2.0
"""From so many times the drift that chance gives on, a tensor is said to differ."""
WIDER = 1.1
"""Ratio of two spreads from which it is told."""
SHIFTED = 0.25
"""Distance of two means, in spreads of the wider one, from which it is told."""
CLOSE = 2.0
"""Where the bounds of a ratio lie apart by more than this factor, both are told in its place."""
NEARER = 4
"""Records of unequal steps are compared where they are so much nearer to each other than the last common step is to
the end of the shorter run."""

EMPTY, LOST, CONSTANT, ZEROS = "empty", "not finite", "constant", "all zeros"
_NONE = {EMPTY, LOST}
INFINITE = float("inf")


def steps_to_compare(run: Ints, other: Ints) -> tuple[int, int] | None:
    """Return the last step that both have, or the steps of two near records where that lies far back.

    Parameters
    ----------
    run, other
        Steps of both, increasing.

    Returns
    -------
    tuple of int, or None
        A step of each; None where one has no record.
    """
    if not len(run) or not len(other):
        return None
    end = min(run[-1], other[-1])
    near = _nearest(run, end), _nearest(other, end)
    common = np.intersect1d(run, other, assume_unique=True)
    if len(common) and NEARER * abs(near[0] - near[1]) >= end - common[-1]:
        return int(common[-1]), int(common[-1])
    return near


def record_at(series: HistogramBatch, step: int) -> HistogramBatch:
    """Return the record nearest to a step, alone and without the memory of the others."""
    return series.pick(series.step == _nearest(series.step, step))


def compare(report: Report, run: str, other: str, records: Mapping[Series, HistogramBatch]) -> RunComparison:
    """Compare two runs.

    Parameters
    ----------
    report
        Names their tensors, readings and findings.
    run, other
        Their names; what is said is said of ``other`` beside ``run``.
    records
        One record of each tensor that both have, as `record_at` gives it.
    """
    tags = {name: [entry.tag for entry in report.series if entry.run == name] for name in (run, other)}
    shared = [tag for tag in tags[run] if Series(run, tag) in records and Series(other, tag) in records]
    readings = {(reading.run, reading.tag): reading.text for reading in report.readings}
    pairs = [(records[Series(run, tag)], records[Series(other, tag)]) for tag in shared]
    told = [readings.get((name, tag), "") for tag in shared for name in (run, other)]
    tensors = sorted(_differences((run, other), shared, pairs, told), key=_rank)
    findings = (*_lone(report, run, other), *_lone(report, other, run))
    return RunComparison(
        run=run,
        other=other,
        text=_sentence(run, other, tensors, findings),
        tensors=tuple(tensors),
        only_run=tuple(sorted(set(tags[run]) - set(tags[other]))),
        only_other=tuple(sorted(set(tags[other]) - set(tags[run]))),
        findings=findings,
    )


def _nearest(steps: Ints, step: int) -> int:
    return int(steps[np.argmin(np.abs(steps - step))])


def _beside(pairs: Sequence[tuple[HistogramBatch, HistogramBatch]]) -> HistogramBatch:
    """Make each pair a series of two records, so that the drift of the second from the first is between the runs."""
    every = [one for pair in pairs for one in pair]
    number_of = len(pairs)
    nowhere = np.full(number_of, -1, dtype=np.int64)
    return HistogramBatch(
        np.concatenate([np.empty(0), *(one.left for one in every)]),
        np.concatenate([np.empty(0), *(one.right for one in every)]),
        np.concatenate([np.empty(0), *(one.count for one in every)]),
        np.cumsum([0, *(len(one.left) for one in every)], dtype=np.int64),
        np.tile(np.arange(2, dtype=np.int64), number_of),
        np.zeros(2 * number_of),
        np.array([bool(one.nonfinite[0]) for one in every], dtype=np.bool_),
        np.arange(0, 2 * number_of + 1, 2, dtype=np.int64),
        (Series("", ""),) * number_of,
        np.zeros(number_of, dtype=np.int64),
        nowhere,
        nowhere.copy(),
    )


def _differences(
    names: tuple[str, str],
    tags: Sequence[str],
    pairs: Sequence[tuple[HistogramBatch, HistogramBatch]],
    readings: Sequence[str],
) -> Iterator[Difference]:
    batch = _beside(pairs)
    # The largest floats overflow and constants divide by 0; what is no number then is left out.
    with np.errstate(all="ignore"):
        moved, means, spreads = drift(batch), mean(batch), std(batch)
        chance = _chance(batch)
    steps = [int(one.step[0]) for pair in pairs for one in pair]
    sides = [
        Side(
            step,
            _plain(batch.total[place]),
            _state(batch, place),
            _range(means, place),
            _range(spreads, place),
            reading,
        )
        for place, (step, reading) in enumerate(zip(steps, readings, strict=True))
    ]
    for index, tag in enumerate(tags):
        run, other = sides[2 * index : 2 * index + 2]
        apart, by_chance = _range(moved, 2 * index + 1), _plain(chance[index])
        if _NONE & {run.state, other.state} or (run.state == ZEROS and other.state != ZEROS):
            apart, differs = Range(None, None, None), run.state != other.state
        elif run.state == other.state == ZEROS:
            apart, differs = Range(0.0, 0.0, 0.0), False
        else:
            differs = (apart.value or 0.0) > BEYOND_CHANCE * (by_chance or 0.0)
        text = _words(names, run, other) if differs else _alike(run, apart)
        yield Difference(tag, run, other, apart, by_chance, differs, "; ".join([text, *_unlike(names, run, other)]))


def _state(batch: HistogramBatch, place: int) -> str:
    if batch.nonfinite[place]:
        return LOST
    if batch.empty[place]:
        return EMPTY
    if batch.minimum[place] < batch.maximum[place]:
        return ""
    return CONSTANT if batch.largest[place] else ZEROS


def _chance(batch: HistogramBatch) -> Floats:
    """Expect the drift between two draws of as many values as the pair has from the first's distribution.

    Notes
    -----
    The difference of two empirical distributions at x is about normal with variance ``F (1 - F) (1/n + 1/m)``; its
    expected magnitude, integrated over x, is the expected W1 (del Barrio, Gine and Matran 1999).
    """
    below = np.clip(batch.cumulative - batch.share / 2, 0.0, 1.0)
    wide = per_histogram(batch, (batch.right - batch.left) * np.sqrt(below * (1 - below)))
    draws = 1 / batch.total[::2] + 1 / batch.total[1::2]
    result: Floats = np.sqrt(2 / np.pi * draws) * wide[::2] / mean_abs(batch).value[::2]
    return result


def _unlike(names: tuple[str, str], run: Side, other: Side) -> Iterator[str]:
    """Say what makes the two records hard to compare."""
    if run.size and other.size and run.size != other.size:
        yield f"{run.size:,.0f} values in {names[0]}, {other.size:,.0f} in {names[1]}"
    if run.step != other.step:
        yield f"step {run.step:,} of {names[0]} beside step {other.step:,} of {names[1]}"


def _alike(run: Side, apart: Range) -> str:
    if apart.value is None:
        return f"{run.state} in both" if run.state else "too large to be measured"
    return "no more apart than by chance" if apart.value else "no difference"


def _words(names: tuple[str, str], run: Side, other: Side) -> str:
    """Say how the other differs: in what it holds, in its width and place, else in its shape."""
    sides = zip(names, (run, other), strict=True)
    states = [f"{side.state} in {name}" for name, side in sides if side.state]
    if states and run.state != other.state:
        return ", ".join(states)
    parts = [part for part in (_width(run.spread, other.spread), _shift(run, other)) if part]
    return ", ".join(parts) or "another shape, about as wide and in the same place"


def _width(run: Range, other: Range) -> str:
    if not run.value or not other.value or 1 / WIDER < other.value / run.value < WIDER:
        return ""
    low = other.low / run.high if other.low is not None and run.high else 0.0
    high = other.high / run.low if other.high is not None and run.low else INFINITE
    if low > 1 or high < 1:
        if high == INFINITE:
            return f"{_brief(low)} times as wide or more"
        if high > CLOSE * low:
            return f"{_brief(low)} to {_brief(high)} times as wide"
        return f"{_brief(other.value / run.value)} times as wide"
    return f"about {_brief(other.value / run.value)} times as wide"


def _shift(run: Side, other: Side) -> str:
    """Say how far the mean has moved, in the wider one's spreads; in its own unit where all values are the same."""
    if run.mean.value is None or other.mean.value is None:
        return ""
    if run.state == other.state == CONSTANT:
        return f"{number(other.mean.value)} in place of {number(run.mean.value)}"
    unit = max(run.spread.value or 0.0, other.spread.value or 0.0)
    shift = (other.mean.value - run.mean.value) / unit if unit else 0.0
    if not SHIFTED <= abs(shift) < INFINITE:
        return ""
    sure = _after(run.mean, other.mean) or _after(other.mean, run.mean)
    return f"its mean {'' if sure else 'about '}{_brief(abs(shift))} spreads {'higher' if shift > 0 else 'lower'}"


def _after(one: Range, two: Range) -> bool:
    """Tell whether the second is certain to be larger."""
    return one.high is not None and two.low is not None and one.high < two.low


def _rank(row: Difference) -> tuple[bool, float, str]:
    """Order by what differs most; what no number can tell comes first."""
    if row.drift.value is None:
        return not row.differs, -INFINITE if row.differs else INFINITE, row.tag
    return not row.differs, (row.chance or 0.0) - row.drift.value, row.tag


def _lone(report: Report, run: str, other: str) -> Iterator[LoneFinding]:
    known = {(one.rule, tag) for one in report.findings if one.run == other for tag in one.tags or ("",)}
    for one in report.findings:
        tags = one.tags or ("",)
        if one.run == run and not any((one.rule, tag) in known for tag in tags):
            yield LoneFinding(run, tags[0], one.title, one.severity, one.summary, one.fingerprint)


def _sentence(run: str, other: str, tensors: Sequence[Difference], findings: Sequence[LoneFinding]) -> str:
    if not tensors:
        said = f"{run} and {other} have no tensor in common"
    elif tensors[0].differs:
        said = f"{other} differs most in {tensors[0].tag}: {tensors[0].text}"
    elif all(row.drift.value == 0 or row.drift.value is None for row in tensors):
        said = f"{run} and {other} are the same in {counted(len(tensors), 'tensor')} compared"
    else:
        said = (
            f"{run} and {other} are alike in {counted(len(tensors), 'tensor')} compared: no more apart than by chance"
        )
    alone = [(one, two, sum(lone.run == one for lone in findings)) for one, two in ((run, other), (other, run))]
    return (
        "; ".join([said, *(f"{one} has {counted(n, 'finding')} that {two} has not" for one, two, n in alone if n)])
        + "."
    )


def _brief(value: float) -> str:
    """Write a ratio with two digits."""
    return number(float(f"{value:.2g}"))


def _range(bounded: Bounded, place: int) -> Range:
    return Range(*(_plain(bound[place]) for bound in (bounded.low, bounded.value, bounded.high)))


def _plain(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
