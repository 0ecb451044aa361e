"""Every rule is complete: its row in the table, its file, its tests, its words, its thresholds."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
import pytest

from tensorboard_plugin_histdiag.rules import RULES, documentation
from tensorboard_plugin_histdiag.rules._rule import SECTIONS, rule, sections
from tensorboard_plugin_histdiag.thresholds import Thresholds

HERE = Path(__file__).parent
PACKAGE = HERE.parent / "tensorboard_plugin_histdiag"
LIMITS = Thresholds()


@pytest.mark.parametrize("judged", RULES, ids=lambda one: one.name)
class TestEveryRule:
    def test_has_a_file_of_its_name_in_the_package_and_among_the_tests(self, judged):
        name = judged.name.replace("-", "_")
        assert judged.function.__module__ == f"tensorboard_plugin_histdiag.rules.{name}"
        assert judged.function.__name__ == name
        assert (HERE / "rules" / f"test_{name}.py").is_file()

    def test_has_a_test_of_a_sick_and_one_of_a_healthy_run(self, judged):
        text = (HERE / "rules" / f"test_{judged.name.replace('-', '_')}.py").read_text(encoding="utf-8")
        assert f'RULE = "{judged.name}"' in text
        names = re.findall(r"^def (test_\w+)", text, re.MULTILINE)
        assert len(names) >= 3
        assert [name for name in names if re.search("clear|not|is_none|left_alone|may_|fits", name)]

    def test_has_a_complete_docstring(self, judged):
        found_sections = sections(judged.function)
        assert list(found_sections) == list(SECTIONS)
        assert all(found_sections.values())
        assert judged.summary.endswith(".")
        assert len(judged.summary) <= 100

    def test_names_thresholds_that_exist(self, judged):
        placeholders = set(re.findall(r"\{(\w+)\}", judged.function.__doc__))
        assert placeholders <= {field.name for field in msgspec.structs.fields(Thresholds)}
        assert "{" not in "".join(map(str, msgspec.structs.astuple(judged.documentation(LIMITS))))

    def test_advises_what_can_be_done_and_cites_its_source(self, judged):
        document = judged.documentation(LIMITS)
        assert 1 <= len(document.advice) <= 2
        assert all(line.endswith(".") for line in document.advice)
        assert all(document.references)

    def test_is_explained_by_rules_that_exist(self, judged):
        assert set(judged.explained_by) <= {one.name for one in RULES} - {judged.name}


def test_every_file_of_a_rule_has_its_row_in_the_table():
    files = {path.stem for path in (PACKAGE / "rules").glob("[a-z]*.py")}
    assert files == {one.name.replace("-", "_") for one in RULES}


def test_names_and_documentation_come_in_the_order_of_the_table():
    assert [document.rule for document in documentation().rules] == [one.name for one in RULES]
    assert len({one.name for one in RULES}) == len(RULES)


def test_every_threshold_is_used():
    code = "".join(path.read_text(encoding="utf-8") for path in PACKAGE.rglob("*.py"))
    unused = [field.name for field in msgspec.structs.fields(Thresholds) if not re.search(rf"\.{field.name}\b", code)]
    assert not unused


def test_a_docstring_without_a_section_makes_no_rule():
    def silent(series, context, limits):
        """Say nothing."""

    with pytest.raises(ValueError, match="lacks What it shows"):
        rule("silent", scope="series", severity="info")(silent)
