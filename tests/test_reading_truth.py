"""Every sentence of a reading is true of its series: on made series and the corpus; and a false one is found out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

import msgspec
import numpy as np
import pytest
from readings import BELL, ROWS, SHAPES, measured, steps_of
from told import check, check_log

from tensorboard_plugin_histdiag.diagnose import judge
from tensorboard_plugin_histdiag.measured import Metrics
from tensorboard_plugin_histdiag.report import Report

NUMBER = re.compile(r"(?<![\w.])-?\d+(?:,\d{3})*(?:\.\d+)?(?:e-?\d+)?")
SWAPS = (("right", "left"), ("increase", "decrease"), ("grew", "shrank"), ("spread", "mean"), ("Two", "Three"))
GROWING = [1.0, 1.2, 1.7, 2.5, 2.6, 2.6, 2.6, 2.6]
NAN = np.array([1.0, np.nan])
MOVES = {
    "grows": steps_of(BELL, GROWING),
    "shrinks": steps_of(BELL, GROWING[::-1]),
    "shifts": steps_of(BELL, [1.0] * 8, list(np.linspace(0, 0.5, 8))),
    "comes back": steps_of(BELL, [1, 1.4, 1.8, 2.4, 1.8, 1.4, 1.1, 1.02]),
    "mean comes back": steps_of(BELL, [1] * 8, [0, 0.1, 0.3, 0.4, 0.3, 0.1, 0, 0]),
    "jumps": steps_of(BELL, [*np.linspace(1, 1.05, 10), *np.linspace(2.5, 2.55, 10)]),
    "jumps back": steps_of(BELL, [*[1.0, 1.01] * 5, *[2.5, 2.51] * 4, *[1.0, 1.01] * 5]),
    "drifts": steps_of(BELL, [1, 1.01, 1.02, 1.03]),
    "varies": steps_of(BELL, [1, 3, 2, 1.2, 2.8, 1.1, 2.6, 0.9]),
    "one value": [np.full(4, value) for value in (0.5, 3.0, 0.75, 1.25)],
    "one value back": [np.full(4, value) for value in (0.5, 3.0, 0.75, 0.5)],
    "lost once": [BELL, BELL, NAN, BELL * 1.5, BELL * 1.6],
    "lost at the end": [BELL, BELL, BELL * 2, NAN, NAN],
    "lost often": [BELL, NAN, BELL, NAN, BELL * 2],
    "no longer": [BELL, BELL, np.zeros(64), np.zeros(64), np.zeros(64)],
    "at times": [BELL, np.zeros(64), BELL, np.zeros(64), np.zeros(64)],
}
TAGS = ("fc1/kernel", "fc1/bias", "fc1/activation", "fc1/kernel/gradient", "something")


@cache
def judged(name: str, tag: str, rows: str) -> tuple[Report, Metrics]:
    tensors = MOVES[name] if name in MOVES else steps_of(SHAPES[name][0], GROWING)
    metrics = measured(tensors, tag, ROWS[rows])
    return judge(metrics), metrics


def with_text(report: Report, text: str) -> Report:
    """Return a report that reads another text."""
    (reading,) = report.readings
    return msgspec.structs.replace(report, readings=(msgspec.structs.replace(reading, text=text),))


def falsified(text: str) -> Iterator[str]:
    """Yield the text with each number made another, and with each word turned to its opposite."""
    said = re.split(" There is an? (?:error|warning)", text)[0]  # whose titles are no figures
    for number in NUMBER.finditer(said):
        value = float(number[0].replace(",", ""))
        # Steps are ten apart here: what lies between belongs to no record.
        other = f"{value + 7:g}" if value == int(value) else f"{value * 1.07 + 0.0:.3g}"
        yield text[: number.start()] + other + text[number.end() :]
    for one, other in SWAPS:
        for here, there in ((one, other), (other, one)):
            if re.search(rf"\b{here}\b", said):
                yield re.sub(rf"\b{here}\b", there, said, count=1) + text[len(said) :]


@pytest.mark.parametrize("rows", ROWS)
@pytest.mark.parametrize("tag", TAGS)
@pytest.mark.parametrize("name", [*SHAPES, *MOVES])
def test_every_sentence_is_true(name, tag, rows):
    assert check(*judged(name, tag, rows)).complaints == []


@pytest.mark.parametrize("tag", TAGS)
@pytest.mark.parametrize("name", [*SHAPES, *MOVES])
def test_a_false_number_or_word_is_found_out(name, tag):
    report, metrics = judged(name, tag, "thirty")
    for text in falsified(report.readings[0].text):
        assert check(with_text(report, text), metrics).complaints, text


def test_a_sentence_that_nobody_knows_is_found_out():
    report, metrics = judged("grows", "fc1/kernel", "thirty")
    text = report.readings[0].text
    for other in (f"{text} All is well.", text.replace("Bell-shaped", "Lovely"), "", f"{text} {text}"):
        assert check(with_text(report, other), metrics).complaints, other


def test_what_is_said_of_the_findings_is_compared_with_them():
    report, metrics = judged("lost at the end", "fc1/kernel", "thirty")
    text = report.readings[0].text
    assert "There is an error about it: Non-finite values." in text
    swaps = {"Non-finite values": "Small updates", "There is an error about": "", "an error": "a warning"}
    for one, instead in swaps.items():
        other = text.replace(one, instead)
        assert check(with_text(report, other), metrics).complaints, other


@pytest.mark.parametrize("reader", ["rust", "multiplexer"])
def test_every_reading_of_the_corpus_is_true_of_its_series(corpus, providers, reader):
    tally = check_log(providers(corpus)[reader])
    assert tally.complaints == []
    assert tally.series > 70
    assert tally.numbers > 400
