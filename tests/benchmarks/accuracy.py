"""How often faults are found, rightly named and in time, and healthy runs left alone, on a gallery of labelled runs.

``python tests/benchmarks/accuracy.py GALLERY`` judges every run that ``tests/gallery/build.py`` has built and prints,
for the calibration and the validation part, the figures overall, by rule, writer and family, and beside them those of
published tools on the same runs (`published`). What rules find that are off by default counts as a note. ``--raw``
compares bounds and evidence with the tensors kept beside the logs; ``--recorded`` judges those tensors themselves, as a
`Recorder` does, which has no published tool beside it. ``--show`` lists every miss and false alarm.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from functools import partial
from itertools import groupby
from multiprocessing import get_context
from pathlib import Path

import msgspec
import paths  # noqa: F401
from exact import check, load_raw
from label import Label
from log import is_scalar, kept_in
from published import TOOLS
from scoring import Outcome, score, told
from tables import Figures, figures, show, summary
from verdicts import Verdict

from tensorboard_plugin_histdiag.api.recorder import Recorder
from tensorboard_plugin_histdiag.context import RunContext
from tensorboard_plugin_histdiag.diagnose import judge, measure
from tensorboard_plugin_histdiag.measured import Metrics
from tensorboard_plugin_histdiag.provider.logdir import load_multiplexer
from tensorboard_plugin_histdiag.provider.sources import NoHistograms, Source, open_logdir
from tensorboard_plugin_histdiag.rules import RULES

UNSEEN = "steps-go-back"
"""TensorBoard's data server drops the records that a lower step overtakes, and leaves no trace of them. Runs whose only
fault that is are read by its Python reader, and counted apart: no figure of the others holds them."""


class Results(msgspec.Struct, frozen=True):
    """What ``--json`` writes: the figures of both parts, and the outcome of every run."""

    parts: dict[str, Figures]
    outcomes: tuple[Outcome, ...]


def labels_of(gallery: Path) -> list[Label]:
    """Read what is known of each run that has a log; while a gallery is being built, its own file is the newest."""
    whole = gallery / "labels.json"
    known = msgspec.json.decode(whole.read_bytes(), type=list[Label]) if whole.exists() else []
    known += [msgspec.json.decode(path.read_bytes(), type=Label) for path in sorted(gallery.glob("labels/*.json"))]
    labels = {label.name: label for label in known}
    return [labels[name] for name in sorted(labels) if (gallery / "logs" / name).is_dir()]


def judged(label: Label, gallery: Path, raw: bool) -> Outcome:
    """Judge one run of the gallery by this package and by the published tools."""
    try:
        with opened(gallery / "logs" / label.name, unseen(label)) as source:
            metrics = Metrics.concatenate([measure(batch) for batch in source.batches()]).arranged()
            runs = list(dict.fromkeys(series.run for series in metrics.series))
            scalars, models = source.scalars_of(runs), source.models_of(runs)
    except NoHistograms:
        return score(label, (), {tool.name: () for tool in TOOLS}, failed=("there are no histograms in the log",))
    report = judge(metrics, scalars, models=models, rules=RULES)
    contexts = []
    for run, members in groupby(range(len(metrics.series)), key=lambda index: metrics.series[index].run):
        first, *rest = members
        contexts.append(RunContext(metrics.slice(first, (rest or [first])[-1] + 1), scalars.get(run, ())))
    kept = gallery / "raw" / f"{label.name}.npz"
    return score(
        label,
        told(report.findings, loud=True),
        {tool.name: [verdict for context in contexts for verdict in tool.judge(context)] for tool in TOOLS},
        told(report.findings, loud=False),
        [f"{row.rule}: {reason.reason}" for row in report.coverage if row.error for reason in row.reasons],
        check(load_raw(kept), contexts, report.findings) if raw and kept.exists() else None,
    )


def judged_tensors(label: Label, gallery: Path) -> Outcome:
    """Judge the tensors of a run as if they had been recorded."""
    recorder = Recorder(label.name)
    for tag, series in kept_in(gallery / "raw" / f"{label.name}.npz").items():
        for step, values in sorted(series.items()):
            (recorder.scalar if is_scalar(series) else recorder.add)(step, tag, values)
    report = recorder.diagnose().report
    nothing: dict[str, tuple[Verdict, ...]] = {tool.name: () for tool in TOOLS}
    failed = [f"{row.rule}: {reason.reason}" for row in report.coverage if row.error for reason in row.reasons]
    return score(label, told(report.findings, loud=True), nothing, told(report.findings, loud=False), failed)


def unseen(label: Label) -> bool:
    """Tell whether a run's fault cannot be seen through TensorBoard's data server."""
    return {expected.rule for expected in label.expected} == {UNSEEN}


@contextmanager
def opened(folder: Path, by_python: bool) -> Iterator[Source]:
    """Open a run's log as the command line does, or through TensorBoard's Python reader."""
    if by_python:
        yield Source(load_multiplexer(folder))
    else:
        with open_logdir(folder) as source:
            yield source


def outcomes_of(
    labels: Sequence[Label], gallery: Path, *, raw: bool, jobs: int, recorded: bool = False
) -> list[Outcome]:
    """Judge runs, in several processes where asked."""
    work = partial(judged_tensors, gallery=gallery) if recorded else partial(judged, gallery=gallery, raw=raw)
    if jobs < 2:
        return [work(label) for label in labels]
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        return list(pool.map(work, labels, chunksize=4))


def parts_of(outcomes: Iterable[Outcome]) -> dict[str, list[Outcome]]:
    """Sort runs into the calibration and the validation part."""
    parts: dict[str, list[Outcome]] = {"calibration": [], "validation": []}
    for outcome in outcomes:
        parts[outcome.label.part].append(outcome)
    return {part: members for part, members in parts.items() if members}


def main() -> int:
    """Judge a gallery and print the figures; 2 where there is none."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("gallery", type=Path, help="what tests/gallery/build.py made")
    parser.add_argument("--part", choices=("calibration", "validation"), help="only this part")
    parser.add_argument("--only", default="", metavar="REGEX", help="names of runs")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write figures and outcomes to a file")
    parser.add_argument("--raw", action="store_true", help="compare with the tensors kept beside the logs")
    parser.add_argument("--recorded", action="store_true", help="judge these tensors in place of the logs")
    parser.add_argument("--show", action="store_true", help="list every miss, false alarm and wrong rule")
    parser.add_argument("--jobs", type=int, default=2)
    asked = parser.parse_args()
    labels = [
        label
        for label in labels_of(asked.gallery)
        if asked.part in (None, label.part) and re.search(asked.only, label.name)
    ]
    if not labels:
        print(f"There are no labelled runs in {asked.gallery}: python tests/gallery/build.py makes them.")
        return 2
    if asked.recorded:  # a recorder takes no step twice
        labels = [one for one in labels if (asked.gallery / "raw" / f"{one.name}.npz").exists() and not unseen(one)]
    everything = outcomes_of(labels, asked.gallery, raw=asked.raw, jobs=asked.jobs, recorded=asked.recorded)
    apart = [outcome for outcome in everything if unseen(outcome.label)]
    outcomes = [outcome for outcome in everything if not unseen(outcome.label)]
    parts = {part: figures(members) for part, members in parts_of(outcomes).items()}
    for part, members in parts_of(outcomes).items():
        print(summary(part, parts[part], members))
        if asked.show:
            print(show(members))
    if apart:
        right = sum(bool(outcome.right_by) for outcome in apart)
        print(
            f"not counted: {len(apart)} runs whose steps go back, of which TensorBoard's data server shows nothing;"
            f" read by its Python reader, {right} of them are found"
        )
    broken = Counter(reason for outcome in outcomes for reason in outcome.failed)
    for reason, count in broken.items():
        print(f"failed in {count} runs: {reason}")
    if asked.json:
        asked.json.write_bytes(msgspec.json.format(msgspec.json.encode(Results(parts, tuple(outcomes))), indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
