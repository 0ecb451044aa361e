"""The renderers: exact text at 80 columns, JSON that reads back, and names that attack the terminal."""

from __future__ import annotations

import io
import json
import math
import re

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rendered import HOSTILE, hostile_report, matches_snapshot
from reports import evidence, finding, group, report, rule_doc, rules, run_entry, series, sick_report
from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from tensorboard_plugin_histdiag.finding import Comparison
from tensorboard_plugin_histdiag.formats import documentation, markdown, text
from tensorboard_plugin_histdiag.formats import json as json_format
from tensorboard_plugin_histdiag.formats.names import printable, shorten
from tensorboard_plugin_histdiag.formats.page import Page, Paper
from tensorboard_plugin_histdiag.formats.words import count, listed, measured, number, steps, threshold, when
from tensorboard_plugin_histdiag.report import Coverage, Progress, Reason, Report, Rules
from tensorboard_plugin_histdiag.rules import documentation as documented


def clean_report() -> Report:
    return report(
        progress=Progress(2, 2),
        runs=(run_entry("train", missing=()),),
        series=(series(0, "dense/kernel", run="train"), series(1, "dense/bias", run="train")),
        coverage=(
            Coverage("train", "dead-units", 0, 2, 0, 0, ()),
            Coverage("train", "vanishing-gradients", 0, 1, 0, 0, ()),
        ),
    )


def unjudged_report() -> Report:
    why = "it has fewer than 3 records"
    return report(
        progress=Progress(1, 4),
        runs=(run_entry("short", first_step=0, last_step=0),),
        series=(series(0, "w", run="short", judged=False, why_not=why),),
        coverage=(Coverage("short", "frozen-weights", 0, 0, 1, 0, (Reason(why, 1),)),),
    )


@pytest.mark.parametrize("verbose", [False, True], ids=["brief", "verbose"])
def test_a_sick_log_reads_as_kept(verbose):
    matches_snapshot(f"sick-{'verbose' if verbose else 'brief'}.txt", text.render(sick_report(), verbose=verbose))


def test_a_healthy_log_says_what_was_checked():
    matches_snapshot("clean.txt", text.render(clean_report()))


@pytest.mark.parametrize(("number", "more"), [(10, None), (11, "1 more run"), (300, "290 more runs")])
def test_of_many_healthy_runs_ten_are_named(number, more):
    many = report(runs=tuple(run_entry(f"trial{n}") for n in range(number)))
    assert text.render(many).count("\nRun trial") == 10
    assert (f"\nAnd {more} without findings: --verbose has them all\n" in text.render(many)) == (more is not None)
    assert text.render(many, verbose=True).count("\nRun trial") == number


def test_a_finding_about_the_loss_alone_counts_no_tensor():
    lone = finding("loss-diverging", tags=("train/loss",), layers=(), role="", title="The loss diverges")
    base = clean_report()
    rendered = text.render(msgspec.structs.replace(base, findings=(lone,), runs=(run_entry(),)))
    assert rendered.startswith("1 error beside ")
    assert "Tag       train/loss" in rendered


def test_a_log_that_cannot_be_judged_says_why():
    matches_snapshot("unjudged.txt", text.render(unjudged_report()))


def test_a_rule_reads_as_kept():
    matches_snapshot("explain.txt", documentation.explain(rule_doc()))


def test_the_table_of_rules_reads_as_kept():
    matches_snapshot("rules.txt", documentation.table(rules()))
    matches_snapshot("rules.md", documentation.markdown(rules()))


@pytest.mark.parametrize("width", [40, 60, 80, 100])
@pytest.mark.parametrize("verbose", [False, True], ids=["brief", "verbose"])
def test_no_line_is_wider_than_the_terminal_or_ends_in_spaces(width, verbose):
    for line in text.render(sick_report(), Paper(width), verbose=verbose).splitlines():
        assert cell_len(line) <= width
        assert line == line.rstrip()


@pytest.mark.parametrize("width", [40, 60, 80])
def test_the_table_of_rules_fits_the_terminal(width):
    table = documentation.table(documented(), Paper(width))
    assert max(map(cell_len, table.splitlines())) <= width


def test_colour_changes_nothing_but_colour():
    colored = text.render(sick_report(), Paper(color=True), verbose=True)
    assert "\x1b[" in colored
    assert Text.from_ansi(colored).plain.rstrip("\n") == text.render(sick_report(), verbose=True).rstrip("\n")


@pytest.mark.parametrize("name", HOSTILE, ids=range(len(HOSTILE)))
@pytest.mark.parametrize("verbose", [False, True], ids=["brief", "verbose"])
def test_names_from_a_log_are_only_text(name, verbose):
    rendered = text.render(hostile_report(name), verbose=verbose)
    assert all(character == "\n" or character.isprintable() for character in rendered)
    assert all(cell_len(line) <= 80 for line in rendered.splitlines())


@pytest.mark.parametrize("name", HOSTILE, ids=range(len(HOSTILE)))
def test_names_from_a_log_add_no_colour(name):
    """Without its escapes the coloured text is the plain one: no code came in with a name."""
    colored = text.render(hostile_report(name), Paper(color=True))
    assert Text.from_ansi(colored).plain.rstrip("\n") == text.render(hostile_report(name)).rstrip("\n")


@pytest.mark.parametrize(
    "name",
    [
        "::error::owned",
        f"{'a' * 60} ::stop-commands::x",
        "##[error]owned",
        "x##vso[task.complete result=Failed]",
        "##teamcity[buildStop]",
    ],
)
@pytest.mark.parametrize("color", [False, True], ids=["plain", "colour"])
def test_names_from_a_log_are_no_commands_to_what_builds(name, color):
    rendered = text.render(hostile_report(name), Paper(color=color), verbose=True)
    plain = Text.from_ansi(rendered).plain
    assert not [line for line in plain.splitlines() if line.lstrip().startswith("::")]
    assert not re.search(r"##(vso|teamcity)?\[", plain)
    assert "\\x3a:" in plain or "\\x23#" in plain
    assert not [
        line for line in markdown.render(hostile_report(name)).splitlines() if re.match(r"\s*(::|##\w*\[)", line)
    ]


def test_markup_in_a_name_is_shown_as_it_is():
    assert "[red]not markup[/red]" in text.render(hostile_report("[red]not markup[/red]"))


def test_an_escape_in_a_name_is_shown_as_it_was_written():
    assert r"\x1b[2J" in text.render(hostile_report("\x1b[2J"))
    assert r"\u202egnp" in text.render(hostile_report("\u202egnp"))


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "cp437", "latin-1"])
def test_every_encoding_can_print_the_report(encoding):
    rendered = text.render(hostile_report("名前 ≥ é"), Paper(encoding=encoding), verbose=True)
    assert rendered.encode(encoding).decode(encoding) == rendered


def test_signs_have_a_form_in_ascii():
    rendered = text.render(sick_report(), Paper(encoding="ascii"))
    assert "x error  Gradients vanish" in rendered
    assert "! warning  Most units are dead" in rendered


@given(st.text(), st.sampled_from(["utf-8", "ascii", "cp1252"]))
def test_printable_text_is_printable_and_stays_so(name, encoding):
    once = printable(name, encoding)
    once.encode(encoding)
    assert not any(0xD800 <= ord(character) < 0xE000 or ord(character) < 32 for character in once)
    assert printable(once, encoding) == once


@given(st.text(alphabet=st.characters(exclude_categories=["C", "Z"])), st.integers(16, 100))
def test_a_shortened_name_fits_and_keeps_its_ends(name, width):
    short = shorten(name, width)
    assert cell_len(short) <= width
    assert short == name or "..." in short


def test_a_long_name_loses_its_middle():
    assert shorten("model/block_17/attention/query/kernel", 24) == "model/block...ery/kernel"


def test_a_page_never_leaves_two_lines_free():
    page = Page(Paper())
    page.blank()
    page.add("one")
    page.blank()
    page.blank()
    page.add("two")
    assert str(page) == "one\n\ntwo\n"


@pytest.mark.parametrize("pretty", [False, True])
def test_json_reads_back_as_the_same_report(pretty):
    encoded = json_format.render(sick_report(), pretty=pretty)
    assert msgspec.json.decode(encoded, type=Report) == sick_report()
    assert ("\n  " in encoded) == pretty


def test_the_rules_as_json_read_back():
    assert msgspec.json.decode(json_format.render(rules()), type=Rules) == rules()


@pytest.mark.parametrize("name", [*HOSTILE, "\U0001f4a5 \x7f"], ids=range(len(HOSTILE) + 1))
def test_json_is_ascii_whatever_the_names_are(name):
    encoded = json_format.render(hostile_report(name))
    assert encoded.isascii()
    assert encoded.rstrip("\n").isprintable()
    assert json.loads(encoded)["series"][0]["tag"] == name
    assert msgspec.json.decode(encoded, type=Report) == hostile_report(name)


def test_rich_prints_the_rendered_text_unchanged():
    """What the command line writes needs no further console: nothing in it is markup or wraps again."""
    rendered = text.render(sick_report())
    console = Console(file=io.StringIO(), width=80, markup=False, highlight=False, emoji=False)
    with console.capture() as captured:
        console.print(rendered, end="", soft_wrap=True)
    assert captured.get() == rendered


def test_figures_keep_three_digits():
    assert [number(value) for value in (0.0, 12.0, 999.7, 12345.6, 0.12345, 4.171e-4, 2.1e-7, 1e9, -3.0, math.inf)] == [
        "0",
        "12",
        "1,000",
        "12,346",
        "0.123",
        "4.17e-4",
        "2.1e-7",
        "1e9",
        "-3",
        "inf",
    ]


def test_counts_and_lists_are_english():
    assert [count(1, "error"), count(2, "error"), count(1234, "series")] == ["1 error", "2 errors", "1,234 series"]
    assert [listed([]), listed(["a"]), listed(["a", "b", "c"])] == ["", "a", "a, b and c"]


def test_a_value_stands_with_its_bounds_and_its_threshold():
    assert measured(evidence(unit="fold")) == "2.1e-7 (1.94e-7 to 2.26e-7) fold"
    assert measured(evidence(low=0.0, value=0.875, high=0.9, unit="share")) == "87.5 % (0 % to 90 %)"
    assert number(0.99999, "share") == "99.9 %"
    assert threshold(evidence(threshold=0.5, unit="share")) == "under the threshold of 50 %"
    assert measured(evidence(value=None, word="nan")) == "nan"
    assert measured(evidence(low=None, high=None)) == "2.1e-7"
    assert measured(evidence(low=0.0, value=0.0, high=None)) == "0"
    assert measured(evidence(high=None)) == "2.1e-7 (at least 1.94e-7)"
    assert measured(evidence(low=None)) == "2.1e-7 (at most 2.26e-7)"
    assert measured(evidence(low=0.0, value=0.0, high=0.0)) == "0"
    assert threshold(evidence(comparison=Comparison.OVER, threshold=0.5)) == "over the threshold of 0.5"
    assert threshold(evidence(threshold=None)) == ""


def test_a_finding_says_whether_it_still_holds():
    run = run_entry()
    assert when(finding(), run) == "since step 20, to the last record"
    assert when(finding(last_step=90), run) == "steps 20 to 90"
    assert when(finding(first_step=90, last_step=90), run) == "at step 90"


def test_steps_are_called_so_and_epochs_told_of_once():
    epochs = run_entry(last_step=9, steps_are_epochs=True)
    assert steps(0, 9, epochs) == "steps 0 to 9 (epochs)"
    assert when(finding(first_step=2, last_step=9), epochs) == "since step 2, to the last record"
    assert (steps(3, 3), steps(None, None, epochs)) == ("step 3", "no steps")


def test_a_finding_outside_of_all_groups_is_shown():
    sick = sick_report()
    assert text.render(msgspec.structs.replace(sick, groups=())).count("(dead-units, likely)") == 3


def test_a_cause_in_another_group_is_named():
    sick = sick_report()
    alone = msgspec.structs.replace(sick, groups=tuple(group([member]) for member in sick.findings))
    assert "probably a consequence of: Gradients vanish towards the input" in text.render(alone)
