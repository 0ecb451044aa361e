"""The states of the tab that are recorded hold what the routes answer today."""

from __future__ import annotations

import base64
import gzip
import json
from typing import Any

import msgspec
import pytest
from record_tab import LOGS, RECORDED, record

from tensorboard_plugin_histdiag.comparison import RunComparison
from tensorboard_plugin_histdiag.report import SCHEMA_VERSION, Report, Rules


def recorded(name: str) -> Any:
    return json.loads(gzip.decompress((RECORDED / f"{name}.json.gz").read_bytes()))


def again(content: Any, kind: type[msgspec.Struct]) -> Any:
    """Read JSON as a struct and write it again: what either knows alone is lost or added."""
    return json.loads(msgspec.json.encode(msgspec.json.decode(json.dumps(content), type=kind)))


def layout(arrays: str) -> Any:
    """Return the header of an answer: numbers differ with the machine that trains."""
    content = base64.b64decode(arrays)
    return json.loads(content[8 : 8 + int.from_bytes(content[:8], "little")])


@pytest.mark.parametrize("name", LOGS)
def test_recorded_reports_and_comparisons_are_of_this_schema(name: str):
    found = recorded(name)
    assert found["report"]["schema_version"] == SCHEMA_VERSION
    assert again(found["report"], Report) == found["report"]
    for others in found["compare"].values():
        for comparison in others.values():
            assert again(comparison, RunComparison) == comparison


def test_the_recorded_documentation_is_of_this_schema():
    rules = recorded("rules")
    assert again(rules, Rules) == rules


def test_recording_anew_gives_the_same_series_and_arrays_of_the_same_names_and_sizes():
    now, before = record("few-steps"), recorded("few-steps")
    assert now["report"]["series"] == before["report"]["series"]
    assert layout(now["histograms"]) == layout(before["histograms"])
    for run, metrics in before["metrics"].items():
        assert layout(now["metrics"][run]) == layout(metrics)
