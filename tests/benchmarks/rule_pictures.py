"""Draw a sick and a healthy series for every rule: ``python tests/benchmarks/rule_pictures.py GALLERY FIGURES.json``.

The sick one is of a fault that the rule rightly names in the validation part of the gallery; the healthy one has the
same role in a healthy run, where there is one of the same family. They go to ``docs/rules/<rule>-sick.svg`` and
``-healthy.svg``, where `rule_pages` finds them.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path

import msgspec
import paths  # noqa: F401
from accuracy import Results
from ridges import draw
from rule_pages import PART, PICTURES
from scoring import OWN, Outcome

from tensorboard_plugin_histdiag.histogram import HistogramBatch, Series
from tensorboard_plugin_histdiag.rules import RULES
from tensorboard_plugin_histdiag.sources import open_logdir
from tensorboard_plugin_histdiag.tags import parse

FEWEST = 3


def sick_ones(rule: str, outcomes: Iterable[Outcome]) -> list[tuple[Outcome, str, int]]:
    """Return the runs of which a rule is true, each with a tag and since when; those with few findings first."""
    found = []
    for outcome in outcomes:
        expected = {tag for one in outcome.label.expected if one.rule == rule for tag in one.tags}
        true_of = {*outcome.right_by, *outcome.label.notes}
        for one in (*outcome.spoken, *outcome.noted):
            tags = [tag for tag in one.since if tag in expected or not expected]
            if one.rule == rule and rule in true_of and tags:
                found.append((outcome, tags[0], one.since[tags[0]]))
    return sorted(found, key=lambda each: (len(each[0].answers[OWN].problems), each[0].label.name, each[1]))


def healthy_ones(like: Outcome, outcomes: Iterable[Outcome]) -> list[Outcome]:
    """Return healthy runs, those that are most like a sick one first."""
    label = like.label
    return sorted(
        (each for each in outcomes if each.label.healthy and each.label.learned and not each.answers[OWN].found),
        key=lambda each: (each.label.family != label.family, each.label.writer != label.writer, each.label.name),
    )


def series_of(gallery: Path, name: str, fits: Callable[[Series], bool]) -> Iterator[HistogramBatch]:
    """Read the series of a run that fit and have enough records for a picture, one after the other."""
    with open_logdir(gallery / "logs" / name) as source:
        for series in source.list_series():
            if fits(series):
                yield from (batch for batch in source.batches([series]) if len(batch) >= FEWEST)


def called(series: Series, tag: str) -> bool:
    """Tell whether a series has this tag."""
    return series.tag == tag


def like(series: Series, role: str) -> bool:
    """Tell whether a series has this role."""
    return parse(series.tag).role == role


def sides(batch: HistogramBatch) -> tuple[bool, bool]:
    """Tell whether any value is below 0, and any above."""
    there = ~batch.empty
    return bool((batch.minimum[there] < 0).any()), bool((batch.maximum[there] > 0).any())


def alike(one: HistogramBatch, other: HistogramBatch) -> bool:
    """Tell whether two series have values on the same sides of 0, as those of one activation; zeros are like all."""
    return sides(one) == sides(other) or not any(sides(one))


def pictures_of(rule: str, outcomes: Sequence[Outcome], gallery: Path) -> dict[str, str]:
    """Draw what a rule is about, by kind of picture; nothing where the gallery does not show it."""
    for sick, tag, since in sick_ones(rule, outcomes):
        batch = next(series_of(gallery, sick.label.name, partial(called, tag=tag)), None)
        if batch is None:
            continue
        drawn = {"sick": draw(batch, f"{tag}, sick", since)}
        for healthy in healthy_ones(sick, outcomes)[:20]:
            for other in series_of(gallery, healthy.label.name, partial(like, role=parse(tag).role)):
                if alike(batch, other):
                    return drawn | {"healthy": draw(other, f"{other.series[0].tag}, healthy")}
        return drawn
    return {}


def main() -> None:
    """Draw all rules."""
    gallery, figures = Path(sys.argv[1]), Path(sys.argv[2])
    results = msgspec.json.decode(figures.read_bytes(), type=Results)
    outcomes = [outcome for outcome in results.outcomes if outcome.label.part == PART]
    PICTURES.mkdir(parents=True, exist_ok=True)
    for rule in RULES:
        drawn = pictures_of(rule.name, outcomes, gallery)
        for kind, picture in drawn.items():
            (PICTURES / f"{rule.name}-{kind}.svg").write_text(picture, encoding="utf-8")
        print(f"{rule.name}: {' and '.join(drawn) or 'not seen in this gallery'}")


if __name__ == "__main__":
    main()
