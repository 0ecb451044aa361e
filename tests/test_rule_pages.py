"""The page of the rules says what the rules say."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

sys.path[:0] = [str(Path(__file__).resolve().parent / "benchmarks")]

import accuracy  # noqa: E402
import charts  # noqa: E402
import made_runs  # noqa: E402
import ridges  # noqa: E402
import rule_pages  # noqa: E402
import rule_pictures  # noqa: E402
import views  # noqa: E402
from label import Expected, Label  # noqa: E402
from log import HistogramPb  # noqa: E402
from runs import equal, normal, walk  # noqa: E402
from scoring import OWN, RuleTally, Tally  # noqa: E402
from tables import Figures  # noqa: E402

from tensorboard_plugin_histdiag.histogram import HistogramBatch, Record, Series  # noqa: E402
from tensorboard_plugin_histdiag.rules import RULES, documentation  # noqa: E402

SVG = "{http://www.w3.org/2000/svg}"
PAGE = rule_pages.PAGE.read_text(encoding="utf-8")


def test_the_page_is_made_from_the_rules_as_they_are():
    """To renew it: python tests/benchmarks/rule_pages.py."""
    assert rule_pages.page(documentation(), rule_pages.written()) == PAGE


def test_every_rule_has_a_section_and_a_line_in_the_contents():
    for rule in RULES:
        assert f"\n- [{rule.name}](#{rule.name}): " in PAGE
        assert f"\n## {rule.name}\n" in PAGE


def test_the_pictures_that_the_page_shows_are_there():
    for target in re.findall(r"\]\(([^)#:]+)\)", PAGE):
        assert (rule_pages.PAGE.parent / target).is_file(), target


@pytest.mark.parametrize("rule", [rule.name for rule in RULES])
def test_every_rule_has_a_small_picture_of_a_sick_and_of_a_healthy_run(rule):
    """To draw them: python tests/benchmarks/rule_pictures.py GALLERY FIGURES.json."""
    for kind in ("sick", "healthy"):
        drawn = (rule_pages.PICTURES / f"{rule}-{kind}.svg").read_text(encoding="utf-8")
        assert len(drawn) <= 25_000
        assert kind in texts_of(ElementTree.fromstring(drawn))[0]
        assert f"docs/rules/{rule}-{kind}.svg" in PAGE


def test_figures_are_put_into_words_and_kept_when_the_text_is_renewed():
    rules = documentation()
    name = rules.rules[0].rule
    rows = {
        name: RuleTally(expected=4, found=4, right=3, timed=2, timely=2, named=3, alarmed=1, astray=0),
        "no-biases": RuleTally(notable=3, noted=2, noted_healthy=1),
    }
    counts = Figures({OWN: Tally(healthy=50)}, rows, {}, {}, {}, {}, {}, {}, None, ())
    text = rule_pages.page(rules, rule_pages.sentences(counts))
    kept = dict(rule_pages.FIGURES.findall(text))
    assert kept[name] == (
        "Faults of this kind: 4; rightly diagnosed 75.0 % of 4, in time 100.0 % of 2.\n"
        "Rightly named by this rule: 3 runs. Wrong about 0 runs with another fault.\n"
        "False alarms: 1 on 50 healthy runs."
    )
    assert kept["no-biases"] == "Noted in 2 of 3 runs of which it is true; in 1 of 50 healthy runs besides."
    untold = "No run is labelled as one of which it is true. Noted in 0 of 50 healthy runs."
    assert kept["float16-range"] == untold
    assert kept["dead-units"].endswith("False alarms: 0 on 50 healthy runs.")
    assert {*kept} == {rule_pages.ALL, *(rule.name for rule in RULES)}
    assert kept[rule_pages.ALL].endswith("| histdiag | - | - | - | 0.0 % of 50 |")
    assert rule_pages.page(rules, kept) == text


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("a < b", "a \\< b"),
        ("max|x| of `w_1 * 2`", "max\\|x\\| of `w_1 * 2`"),
        ("- first\n- second", "- first\n- second"),
    ],
)
def test_what_markdown_would_read_as_markup_is_escaped_outside_of_code(text, written):
    assert rule_pages.lines(text) == written


def picture(arrays: list[np.ndarray], since: int | None = None) -> ElementTree.Element:
    records = [Record(step * 10, 1e9, equal(array)) for step, array in enumerate(arrays)]
    batch = HistogramBatch.from_records([(Series("run", "fc1/kernel"), records)])
    return ElementTree.fromstring(ridges.draw(batch, "a <tag> & more", since))


def texts_of(drawn: ElementTree.Element) -> list[str]:
    return [text.text or "" for text in drawn.iter(SVG + "text")]


def test_a_picture_has_a_ridge_for_each_record_and_other_colours_from_the_onset_on():
    drawn = picture(walk(normal(400), rate=0.1, records=10), since=60)
    colours = [line.get("stroke") or "" for line in drawn.iter(SVG + "polyline")]
    reds = [int(colour[1:3], 16) > int(colour[5:7], 16) for colour in colours]
    assert reds == [False] * 6 + [True] * 4
    assert texts_of(drawn)[0] == "a <tag> & more"
    assert texts_of(drawn)[3:] == ["0", "40", "90"]


def test_a_record_that_is_not_finite_is_named_in_the_picture():
    drawn = picture([normal(400), normal(400), np.full(4, np.nan)])
    assert "not finite" in texts_of(drawn)
    assert len(list(drawn.iter(SVG + "polyline"))) == 2


@pytest.mark.parametrize("arrays", [[np.zeros(9)] * 4, [np.full(3, np.nan)] * 3, [np.array([1e30])] * 3])
def test_any_series_can_be_drawn(arrays):
    assert texts_of(picture(arrays))


def line(y: list[float], **known: object) -> charts.Curve:
    return charts.Curve("", np.arange(len(y), dtype=float), np.array(y), **known)  # type: ignore[arg-type]


def strokes_of(drawn: str) -> list[tuple[str, list[list[float]]]]:
    lines = ElementTree.fromstring(drawn).iter(SVG + "polyline")
    return [
        (
            each.get("stroke") or "",
            [[float(part) for part in pair.split(",")] for pair in (each.get("points") or "").split()],
        )
        for each in lines
    ]


def test_a_line_is_struck_from_its_onset_on_and_rises_with_its_values():
    before, after = strokes_of(charts.lines("loss", [line([3.0, 2.0, 1.0, 5.0], since=2)]))
    assert before[0] != after[0]
    assert [len(points) for _, points in (before, after)] == [3, 2]
    assert before[1][-1] == after[1][0]
    assert before[1][0][1] < before[1][1][1] < before[1][2][1] > after[1][1][1]


def test_a_line_has_a_gap_and_a_word_where_its_values_are_not_finite():
    drawn = charts.lines("loss", [line([1.0, 2.0, np.nan, 3.0, 4.0])])
    assert [len(points) for _, points in strokes_of(drawn)] == [2, 2]
    assert "not finite" in texts_of(ElementTree.fromstring(drawn))


@pytest.mark.parametrize("log", [True, False])
@pytest.mark.parametrize("y", [[0.0, 0.0], [1e30, 1.0], [np.nan, np.inf], [5.0], [-1.0, 2.0]])
def test_any_figures_can_be_drawn_within_the_picture(y, log):
    for _, points in strokes_of(charts.lines("any", [line(y), line(y)], log=log)):
        assert all(0 <= one <= 360 and 0 <= two <= 220 for one, two in points)


def test_a_row_has_a_stroke_for_each_logged_step_and_goes_on_dotted_where_it_stopped():
    drawn = ElementTree.fromstring(
        charts.rows("log", [charts.Row("a", [0, 10, 20], 20), charts.Row("b", range(0, 60, 10))])
    )
    paths = list(drawn.iter(SVG + "path"))
    assert [(each.get("d") or "").count("M") for each in paths] == [3, 1, 6]
    assert paths[1].get("stroke-dasharray")


@pytest.mark.parametrize("rule", made_runs.MADE)
def test_what_is_made_for_a_picture_is_found_by_the_rule_and_can_be_drawn(rule):
    view = rule_pictures.made_view(rule, made_runs.MADE[rule]())
    drawn = views.PICTURED.get(rule, views.ridges)(view)
    assert drawn
    assert texts_of(ElementTree.fromstring(drawn))[0].endswith("(made for this picture)")


def test_the_pictures_of_a_rule_are_of_a_run_that_it_is_true_of_and_of_a_healthy_one(tmp_path: Path):
    still = np.random.default_rng(0).uniform(-0.2, 0.2, 900)
    moving = walk(normal(900), rate=0.05, records=12)
    frozen = Label("sick", "mlp", "histogram-pb", "sgd", "flat", 10, 0, (Expected("frozen-weights", ("a/kernel",)),))
    healthy = Label("healthy", "mlp", "histogram-pb", "sgd", "flat", 10, 0, learned=True)
    for label in (frozen, healthy):
        log = HistogramPb(tmp_path / "logs" / label.name)
        for record, values in enumerate(moving):
            log.histogram("a/kernel", values if label.healthy else still, 10 * record)
            log.histogram("b/kernel", values, 10 * record)
        log.close()
    outcomes = accuracy.outcomes_of([frozen, healthy], tmp_path, raw=False, jobs=1)
    drawn = rule_pictures.pictures_of("frozen-weights", outcomes, tmp_path)
    assert {kind: texts_of(ElementTree.fromstring(text))[0] for kind, text in drawn.items()} == {
        "sick": "a/kernel, sick",
        "healthy": "a/kernel, healthy",
    }
    assert rule_pictures.pictures_of("dead-units", outcomes, tmp_path) == {}
