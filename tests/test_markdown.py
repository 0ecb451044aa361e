"""The report as Markdown, read by a parser of Markdown: names in it are text, whatever they are."""

from __future__ import annotations

import html
import re

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from rendered import HOSTILE, hostile_report, matches_snapshot
from reports import evidence, finding, report, run_entry, series, sick_report

from tensorboard_plugin_histdiag.finding import Severity
from tensorboard_plugin_histdiag.formats import markdown
from tensorboard_plugin_histdiag.formats.markdown import code, plain
from tensorboard_plugin_histdiag.formats.names import printable, shorten

PARSER = MarkdownIt("commonmark").enable(["table", "strikethrough"])
ATTACKS = [
    *HOSTILE,
    "@everyone fixes #12, GH-3 and o/r#4",
    "`` ` ``",
    "`",
    "a`b``c",
    "a|b\\|c\\",
    "</details><script>alert(1)</script><img src=x onerror=alert(2)>",
    "[x](javascript:alert(1)) ![y](https://evil/z.png) <https://evil> https://evil www.evil.com",
    "**b** _i_ __u__ ~~s~~ $x$ &lt; :+1:",
    "# heading",
    "1. list",
    "- [ ] task",
    "--- | ---",
]
TAGS = {
    "h3",
    "h4",
    "p",
    "table",
    "thead",
    "tbody",
    "tr",
    "th",
    "td",
    "code",
    "ul",
    "li",
    "strong",
    "details",
    "summary",
}


def shown(rendered: str) -> str:
    return PARSER.render(rendered)


def text_of(markup: str) -> str:
    return html.unescape(re.sub(r"<[^>]*>", "", markup)).strip()


def test_a_sick_log_reads_as_kept():
    known = {sick_report().findings[1].fingerprint}
    matches_snapshot("sick.md", markdown.render(sick_report(), known=known))


def test_a_log_without_findings_has_no_table():
    healthy = report(runs=(run_entry(),), series=(series(0, "w"),))
    assert "|" not in markdown.render(healthy)
    assert "<details>" not in markdown.render(healthy)


@pytest.mark.parametrize("name", ATTACKS, ids=range(len(ATTACKS)))
def test_names_from_a_log_make_no_markup(name):
    page = shown(markdown.render(hostile_report(name)))
    assert {tag.lower() for tag in re.findall(r"<\s*/?\s*([a-zA-Z]\w*)", page)} <= TAGS
    assert not re.findall(r"<[^>]*\b(on\w+|href|src)=", page)
    assert page.count("<details>") == page.count("</details>") == page.count("<summary>") == 1
    [findings, *_] = re.findall(r"<tbody>(.*?)</tbody>", page, re.S)
    assert [row.count("<td>") for row in findings.split("</tr>")[:-1]] == [6, 6, 6]
    assert all("<code>" in row and row.index("@") > row.index("<code>") for row in page.splitlines() if "@" in row)


def test_nobody_is_mentioned_and_nothing_is_linked_outside_of_code():
    outside = re.sub(r"`+[^`]*`+", "", markdown.render(hostile_report("@me #1 https://x :eyes: GH-7")))
    assert not re.search(r"@\w|#\d|://|:\w+:|GH-", outside)


@given(st.text(max_size=60))
def test_a_name_reads_in_code_as_it_is_printed(name):
    [found] = re.findall(r"<code>(.*?)</code>", shown(f"x {code(name)} x"), re.S)
    assert html.unescape(found) == (shorten(printable(name), 80) or " ")


@given(st.text(st.characters(exclude_characters="\\"), max_size=60))
def test_a_name_reads_in_a_table_as_it_is_printed(name):
    page = shown(f"| a | b |\n| --- | --- |\n| {code(name, cell=True)} | x |")
    [found] = re.findall(r"<td><code>(.*?)</code></td>\n<td>x</td>", page, re.S)
    assert html.unescape(found) == (shorten(printable(name), 80) or " ")


@given(st.text(st.characters(exclude_categories=["Z", "C"]) | st.sampled_from(" @#:*_`|<"), max_size=60))
def test_a_sentence_reads_as_it_is_printed(text):
    page = shown(plain(text))
    assert {tag.lower() for tag in re.findall(r"<\s*/?\s*([a-zA-Z]\w*)", page)} <= {"p", "code"}
    assert text_of(page) == printable(" ".join(text.split()))


@pytest.mark.parametrize("name", ["*_`|<" * 100, "@a `` " * 100, "encoder/block_1.weight " * 30, "名|" * 200])
def test_a_great_many_long_names_fit_into_a_comment(name):
    findings = tuple(
        finding(
            f"rule-{number % 40}",
            run=f"{name}{number}",
            tags=tuple(f"{name}{number}/{tag}" for tag in range(5)),
            explanation=f"In {name} {number}",
            evidence=(evidence(tag=name, label=f"of {name}"),) * 5,
            advice=(f"Rename {name}.",) * 2,
        )
        for number in range(60)
    )
    runs = tuple(run_entry(one.run) for one in findings)
    rendered = markdown.render(report(runs=runs, findings=findings, messages=(name,) * 9))
    assert 10_000 < len(rendered) < 65_536
    shown_rows = rendered.count("\n| ✗ error |")
    assert f"{60 - shown_rows} more findings are left out here." in rendered
    assert shown_rows >= 6


def test_a_great_many_findings_fit_into_a_comment():
    tags = [f"{'layer' * 900}{number}" for number in range(300)]
    severe = [finding(f"rule-{n % 40}", tags=(tag,), title=tag, severity=Severity.ERROR) for n, tag in enumerate(tags)]
    advised = tuple(msgspec.structs.replace(one, explanation=one.title * 9, advice=(one.title,) * 2) for one in severe)
    rendered = markdown.render(report(runs=(run_entry(),), findings=advised, messages=tuple(tags)))
    assert len(rendered) < 65_536
    assert "250 more findings are left out here" in rendered
    assert "28 more rules found something" in rendered
    assert "297 more such messages" in rendered
