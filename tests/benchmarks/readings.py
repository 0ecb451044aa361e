"""Whether every sentence of every reading is true of its series, on a gallery of runs or any other log directory.

``python tests/benchmarks/readings.py GALLERY`` judges every run that ``tests/gallery/build.py`` has built, or the whole
of a log directory without labels, and compares what each reading says with the metrics of its series (`told`).
``--sample N --seed S`` prints N readings as well, of as many kinds as there are, with figures to read them by eye.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import paths  # noqa: F401
from accuracy import labels_of, opened, unseen
from label import Label
from told import Facts, Tally, check, facts_of

from tensorboard_plugin_histdiag.diagnose import judge, measure
from tensorboard_plugin_histdiag.measured import Metrics
from tensorboard_plugin_histdiag.provider.sources import NoHistograms
from tensorboard_plugin_histdiag.report import Reading

SHOWN = ("mean", "spread", "minimum", "maximum", "zeros", "mean_abs", "drift", "skewness", "kurtosis", "peaks")
RECORDS = 6


@dataclass
class Checked:
    """The tally of a run, and some of its readings by kind, to choose a sample from."""

    tally: Tally = field(default_factory=Tally)
    shown: list[tuple[tuple[str, ...], str]] = field(default_factory=list)


def checked(label: Label | None, gallery: Path, each: int) -> Checked:
    """Judge one run of a gallery, or a whole log directory, and check its readings.

    Parameters
    ----------
    each
        How many readings of a kind are kept for the sample.
    """
    folder = gallery / "logs" / label.name if label else gallery
    try:
        with opened(folder, bool(label and unseen(label))) as source:
            metrics = Metrics.concatenate([measure(batch) for batch in source.batches()]).arranged()
            runs = list(dict.fromkeys(series.run for series in metrics.series))
            report = judge(metrics, source.scalars_of(runs), models=source.models_of(runs))
    except NoHistograms:
        return Checked()
    result = Checked(check(report, metrics))
    kept: dict[tuple[str, ...], int] = {}
    pairs = list(zip(report.readings, facts_of(report, metrics), strict=True))
    random.Random(folder.name).shuffle(pairs)
    for reading, facts in pairs:
        kind = kind_of(label, reading, facts)
        kept[kind] = kept.get(kind, 0) + 1
        if kept[kind] <= each:
            name = label.name if label else gallery.name
            result.shown.append(
                (kind, "\n".join([f"{name} {reading.run} {reading.tag} ({facts.role})", *beside(reading, facts)]))
            )
    return result


def kind_of(label: Label | None, reading: Reading, facts: Facts) -> tuple[str, ...]:
    """Return what a sample is to hold one of: role, shape and movement, writer, faulty or not, how long it is."""
    how = (label.writer, "healthy" if label.healthy else "faulty") if label else ("", "")
    length = "short" if len(facts.step) < 12 else "long"
    return (facts.role, reading.shape, reading.movement, "warned" if facts.warnings else "", *how, length)


def beside(reading: Reading, facts: Facts) -> Iterator[str]:
    """Yield a reading and, line by line, the metrics at some of its records."""
    yield f"  {reading.text}"
    yield "  " + " ".join(f"{name:>10}" for name in ("step", "values", *SHOWN))
    chosen = np.unique(np.linspace(0, len(facts.step) - 1, RECORDS).round().astype(int)) if len(facts.step) else []
    for record in chosen:
        figures = [f"{facts.values[name][record]:.3g}" for name in SHOWN]
        row = [str(facts.step[record]), f"{facts.size[record]:.0f}", *figures]
        yield "  " + " ".join(f"{one:>10}" for one in row)


def sample(shown: Iterable[tuple[tuple[str, ...], str]], count: int, seed: int) -> list[str]:
    """Choose readings so that no kind comes twice before each has come once; roles take turns."""
    chance = random.Random(seed)
    turns: dict[str, dict[tuple[str, ...], list[str]]] = {}
    for kind, text in sorted(shown):
        turns.setdefault(kind[0], {}).setdefault(kind, []).append(text)
    queues = []
    for _, kinds in sorted(turns.items()):
        queue = [chance.choice(texts) for texts in kinds.values()]
        chance.shuffle(queue)
        queues.append(queue)
    chosen: list[str] = []
    while len(chosen) < count and any(queues):
        chosen += [queue.pop() for queue in queues if queue]
    return chosen[:count]


def everything(labels: Sequence[Label], gallery: Path, each: int, jobs: int) -> Iterator[Checked]:
    """Check a gallery run by run, or a log directory at once."""
    if not labels:
        yield checked(None, gallery, each)
        return
    work = partial(checked, gallery=gallery, each=each)
    if jobs < 2:
        yield from map(work, labels)
        return
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        yield from pool.map(work, labels, chunksize=4)


def main() -> int:
    """Check the readings and print what was compared; 1 where a sentence is not true."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("gallery", type=Path, help="what tests/gallery/build.py made, or a log directory")
    parser.add_argument("--sample", type=int, default=0, metavar="N", help="print so many readings")
    parser.add_argument("--seed", type=int, default=0, help="which ones")
    parser.add_argument("--jobs", type=int, default=2)
    asked = parser.parse_args()
    tally, shown = Tally(), []
    labels = labels_of(asked.gallery)
    for one in everything(labels, asked.gallery, 1 if asked.sample else 0, asked.jobs):
        tally.add(one.tally)
        shown += one.shown
    for number, text in enumerate(sample(shown, asked.sample, asked.seed), 1):
        print(f"{number}. {text}\n")
    print(f"runs {len(labels) or 'of one folder'}, {tally}")
    for complaint in tally.complaints:
        print(complaint)
    return 1 if tally.complaints else 0


if __name__ == "__main__":
    sys.exit(main())
