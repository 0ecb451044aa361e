"""Draw a sick and a healthy run for every rule: ``python tests/benchmarks/rule_pictures.py GALLERY FIGURES.json``.

The sick one is of a fault, or a note, that the rule rightly names in the validation part of the gallery, and made for
the picture where there is none (`made_runs`). The healthy one is of a healthy run of the gallery, of the same family
where there is one. They go to ``docs/rules/<rule>-sick.svg`` and ``-healthy.svg``, where `rule_pages` finds them.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import msgspec
import numpy as np
import paths  # noqa: F401
from accuracy import UNSEEN, Results, judged, labels_of, opened, unseen
from made_runs import MADE, Made
from rule_pages import PART, PICTURES
from runs import RUN, SPACING, measured_of, report_of
from scoring import OWN, Outcome
from views import PICTURED, View, ridges

from tensorboard_plugin_histdiag.context import RunContext
from tensorboard_plugin_histdiag.diagnose import measure
from tensorboard_plugin_histdiag.histogram import HistogramBatch, Record, Series
from tensorboard_plugin_histdiag.measured import Metrics
from tensorboard_plugin_histdiag.rules import RULES

NOTE = "made for this picture"
FEW, TRIED = 8, 25
_NEXT_TO_NOTHING = 1e-3


def sick_ones(rule: str, outcomes: Iterable[Outcome]) -> list[tuple[Outcome, str, dict[str, int], str]]:
    """Return the runs of which a rule is true, with a tag, since when and what is said; those with few findings first.

    Where the label has tags, those are meant.
    """
    found = []
    for outcome in outcomes:
        expected = {tag for one in outcome.label.expected if one.rule == rule for tag in one.tags}
        true_of = {*outcome.right_by, *outcome.label.notes}
        for one in (*outcome.spoken, *outcome.noted):
            tags = [tag for tag in one.since if tag in expected or not expected]
            if one.rule == rule and rule in true_of and tags:
                found.append((outcome, tags[0], one.since, one.text.partition(". ")[0]))
    return sorted(found, key=lambda each: (len(each[0].answers[OWN].problems), each[0].label.name, each[1]))


def healthy_ones(rule: str, like: Outcome | None, outcomes: Iterable[Outcome]) -> list[Outcome]:
    """Return healthy runs of which a rule is not true either, those that are most like a sick one first."""
    family, writer = (like.label.family, like.label.writer) if like else ("mlp", "tf2")
    return sorted(
        (
            each
            for each in outcomes
            if each.label.healthy and each.label.learned and not each.answers[OWN].found
            if rule not in {*each.label.notes, *(one.rule for one in each.noted)}
        ),
        key=lambda each: (each.label.family != family, len(each.noted), each.label.writer != writer, each.label.name),
    )


def run_of(gallery: Path, outcome: Outcome) -> tuple[RunContext, dict[str, HistogramBatch]]:
    """Read the run with most series: its metrics and scalars, and the histograms by tag."""
    with opened(gallery / "logs" / outcome.label.name, unseen(outcome.label)) as source:
        batches = list(source.batches())
        names = [series.run for batch in batches for series in batch.series]
        run = max(dict.fromkeys(names), key=names.count)
        scalars = source.scalars_of([run]).get(run, ())
    metrics = Metrics.concatenate([measure(batch) for batch in batches]).arranged()
    own = [place for place, series in enumerate(metrics.series) if series.run == run]
    context = RunContext(metrics.slice(own[0], own[-1] + 1), scalars)
    places = [(batch, place) for batch in batches for place, series in enumerate(batch.series) if series.run == run]
    return context, {batch.series[place].tag: batch.slice_series(place, place + 1) for batch, place in places}


def made_view(rule: str, made: Made) -> View:
    """Judge what was made for a rule, and return what it finds.

    Raises
    ------
    ValueError
        If the rule finds nothing there.
    """
    report = report_of(made.tensors, *made.scalars, buckets=made.buckets, kept=made.kept, rules=RULES)
    finding = next((one for one in report.findings if one.rule == rule), None)
    if finding is None:
        raise ValueError(f"{rule} finds nothing in the run that was made for its picture")
    context = RunContext(measured_of(made.tensors, buckets=made.buckets), made.scalars, made.kept)
    tag, since = finding.tags[0], {span.tag: span.first_step for span in finding.spans}
    return View(
        f"{tag}, sick ({NOTE})", finding.summary, tag, since, context, made_batch(made, tag), logged=made.logged
    )


def made_batch(made: Made, tag: str) -> HistogramBatch | None:
    """Return the histograms of a made series; None where the tag is that of a scalar."""
    arrays = made.tensors.get(tag)
    if arrays is None:
        return None
    pairs = arrays.items() if isinstance(arrays, dict) else ((SPACING * n, array) for n, array in enumerate(arrays))
    records = [Record(step, 1e9 + step, made.buckets(np.asarray(array))) for step, array in pairs]
    return HistogramBatch.from_records([(Series(RUN, tag), records)])


def sick_views(rule: str, outcomes: Sequence[Outcome], gallery: Path) -> Iterator[tuple[Outcome | None, View]]:
    """Yield what the sick picture may show: runs of the gallery, then what was made."""
    for outcome, tag, since, said in sick_ones(rule, outcomes):
        context, batches = run_of(gallery, outcome)
        folder = gallery / "logs" / outcome.label.name
        yield outcome, View(f"{tag}, sick", said, tag, since, context, batches.get(tag), folder)
    if rule in MADE:
        yield None, made_view(rule, MADE[rule]())


def healthy_views(sick: View, healthy: Outcome, gallery: Path) -> Iterator[View]:
    """Yield what the healthy picture may show: series of the same role, first those of the same name."""
    context, batches = run_of(gallery, healthy)
    series, folder = sick.series, gallery / "logs" / healthy.label.name
    if series is None:  # it speaks of a scalar
        kinds, scalars = {one.kind for one in sick.context.scalars}, {one.kind: one.tag for one in context.scalars}
        if {kind for kind in kinds if kind.endswith("loss")} <= {*scalars}:
            yield View(f"{scalars.get('loss', 'loss')}, healthy", "", "", {}, context, None, folder)
        return
    last = re.split(r"[./_]", sick.tag)[-1]
    for one in sorted(context.having(series.role), key=lambda one: not one.tag.endswith(last)):
        batch = batches.get(one.tag)
        if batch is not None and (sick.batch is None or alike(sick.batch, batch)) and one.size[0] >= FEW:
            yield View(f"{one.tag}, healthy", "", one.tag, {}, context, batch, folder)


def sides(batch: HistogramBatch) -> tuple[bool, bool]:
    """Tell whether any value to speak of is below 0, and any above."""
    low, high = batch.minimum[~batch.empty], batch.maximum[~batch.empty]
    least = _NEXT_TO_NOTHING * max(-low.min(initial=0.0), high.max(initial=0.0))
    return bool((low < -least).any()), bool((high > least).any())


def alike(one: HistogramBatch, other: HistogramBatch) -> bool:
    """Tell whether two series have values on the same sides of 0, as those of one activation; zeros are like all."""
    return sides(one) == sides(other) or not any(sides(one))


def pictures_of(rule: str, outcomes: Sequence[Outcome], gallery: Path) -> dict[str, str]:
    """Draw what a rule is about, by kind of picture; nothing where neither the gallery nor what was made shows it."""
    draw = PICTURED.get(rule, ridges)
    for outcome, sick in sick_views(rule, outcomes, gallery):
        drawn = draw(sick)
        if drawn is None:
            continue
        for healthy in healthy_ones(rule, outcome, outcomes)[:TRIED]:
            for view in healthy_views(sick, healthy, gallery):
                other = draw(view)
                if other is not None:
                    return {"sick": drawn, "healthy": other}
        return {"sick": drawn}
    return {}


def main() -> None:
    """Draw all rules, or those that are named after the files."""
    gallery, figures, *named = sys.argv[1:]
    results = msgspec.json.decode(Path(figures).read_bytes(), type=Results)
    outcomes = [outcome for outcome in results.outcomes if outcome.label.part == PART]
    PICTURES.mkdir(parents=True, exist_ok=True)
    for rule in (rule for rule in RULES if not named or rule.name in named):
        seen = [*outcomes]
        if rule.name == UNSEEN:  # the figures leave these runs out
            apart = [label for label in labels_of(Path(gallery)) if unseen(label) and label.part == PART]
            seen += [judged(label, Path(gallery), raw=False) for label in apart[:1]]
        drawn = pictures_of(rule.name, seen, Path(gallery))
        for kind, picture in drawn.items():
            (PICTURES / f"{rule.name}-{kind}.svg").write_text(picture, encoding="utf-8")
        print(f"{rule.name}: {' and '.join(drawn) or 'not seen in this gallery'}", flush=True)


if __name__ == "__main__":
    main()
