"""The page with everything in it: what it holds, how large it gets, and that no name can break out of it."""

from __future__ import annotations

import base64
import functools
import gzip
import json
import re
from collections.abc import Iterator
from datetime import datetime, timezone
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import hostile
import msgspec
import numpy as np
import pytest
from served import write_run

import tensorboard_plugin_histdiag as histdiag
from tensorboard_plugin_histdiag.api.diagnosis import Diagnosis
from tensorboard_plugin_histdiag.formats import embedded, html
from tensorboard_plugin_histdiag.formats.sampled import kept_records
from tensorboard_plugin_histdiag.server import bundle

STEPS = 300
MADE = datetime(2026, 1, 2, 3, 4, tzinfo=timezone.utc)


@pytest.fixture(scope="module")
def static(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A bundle of two lines: what a page holds does not depend on the tab."""
    folder = tmp_path_factory.mktemp("static")
    texts = {
        "index.js": 'const a="</script>";function r$(){}export{r$ as render};\n',
        "offline.js": "(()=>{'<!--'})()\n",
    }
    for name in ("styles", "help", "snippets"):
        texts[f"{name}.json"] = json.dumps({name: "</script>"})
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bundle, "read", functools.partial(bundle.read, folder=folder))
        yield folder


@pytest.fixture(scope="module")
def diagnosis(tmp_path_factory: pytest.TempPathFactory, static: Path) -> Iterator[Diagnosis]:
    """Two runs that share two tensors, on one of which something is found."""
    logs = tmp_path_factory.mktemp("page") / "logs"
    write_run(logs / "one", range(STEPS))
    write_run(logs / "two", range(STEPS), seed=1)
    write_run(logs / "two", [STEPS], tags=(hostile.TAGS["script"],))
    with histdiag.diagnose(logs, progress=False) as opened:
        yield opened


class Elements(HTMLParser):
    """Collects elements with their attributes and texts, as a browser finds them."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, str] = {}
        self._id: str | None = None
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        self._id = dict(attrs).get("id")

    def handle_endtag(self, tag: str) -> None:
        self._id = None

    def handle_data(self, data: str) -> None:
        if self._id:
            self.texts[self._id] = data


def blocks(page: str) -> dict[str, bytes]:
    found = Elements(page).texts.items()
    return {name.removeprefix("histdiag-"): gzip.decompress(base64.b64decode(text)) for name, text in found}


def arrays(block: bytes) -> dict[str, np.ndarray]:
    """Read a block as the page does."""
    size = int.from_bytes(block[:8], "little")
    types = {"F64": "<f8", "I32": "<i4", "U8": "u1"}
    read = {}
    for name, entry in json.loads(block[8 : 8 + size]).items():
        if name == "__metadata__":
            continue
        begin, end = entry["data_offsets"]
        array = np.frombuffer(block[8 + size + begin : 8 + size + end], types[entry["dtype"]])
        planes = len(entry["shape"]) > 1
        read[name] = np.ascontiguousarray(array.reshape(8, -1).T).view("<f8").ravel() if planes else array
    return read


def report_of(page: str) -> dict[str, Any]:
    return json.loads(blocks(page)["report"])


def test_a_page_holds_all_that_the_routes_would_answer(diagnosis: Diagnosis):
    held = blocks(html.page(diagnosis))
    report = json.loads(held["report"])
    assert [one["run"] for one in report["runs"]] == list(diagnosis) == ["one", "two"]
    assert [one["fingerprint"] for one in report["findings"]] == [one.fingerprint for one in diagnosis.findings]
    assert report["progress"] == {"judged": 5, "total": 5}
    assert report["revision"]
    assert report["log"]
    metrics = diagnosis.metrics
    for place, run in enumerate(diagnosis):
        records = arrays(held[f"records-{place}"])
        own = [one.run == run for one in metrics.series]
        np.testing.assert_array_equal(records["series"], np.flatnonzero(own))
        np.testing.assert_array_equal(np.diff(records["start"]), metrics.records[own])
        of_run = np.repeat(own, metrics.records)
        for name, bounded in metrics.values.items():
            for side, values in arrays(held[f"metric-{place}-{name}"]).items():
                expected = getattr(bounded, side.rpartition(".")[2])[of_run]
                np.testing.assert_allclose(values, expected, rtol=2.0**-24, atol=0, err_msg=side)
    assert len(arrays(held["scalars-0"])["0.value"]) == STEPS
    comparison = json.loads(held["compare-1-0"])
    assert (comparison["run"], comparison["other"]) == ("two", "one")
    assert {row["tag"] for row in comparison["tensors"]} == {"dense/bias", "dense/kernel"}
    assert json.loads(held["styles"]) == {"styles": "</script>"}
    assert {"rules", "help", "snippets"} <= set(held)


def test_histograms_are_those_of_the_log_to_seven_digits(diagnosis: Diagnosis):
    held = arrays(blocks(html.page(diagnosis))["histograms-1"])
    series = diagnosis.metrics.series[1]
    batch = diagnosis.histograms(series.run, series.tag)
    full = batch.count > 0
    np.testing.assert_array_equal(held["step"], batch.step)
    np.testing.assert_array_equal(held["count"], batch.count[full])
    np.testing.assert_allclose(held["left"], batch.left[full], rtol=2.0**-24)
    np.testing.assert_array_equal(np.diff(held["start"]), np.bincount(batch.owner[full], minlength=len(batch)))


def test_rounding_keeps_what_float32_holds_and_what_is_no_number():
    with np.errstate(over="ignore"):
        values = np.array([0.1, -3.3333333, 1e-42, 3e38, 65504], dtype=np.float32).astype(np.float64)
        edge = np.array([0.0, -0.0, np.nan, np.inf, -np.inf, np.finfo(float).max, np.finfo(float).smallest_subnormal])
    np.testing.assert_array_equal(embedded.rounded(values), values)
    np.testing.assert_array_equal(embedded.rounded(edge[:-1]), edge[:-1])
    assert 0 <= embedded.rounded(edge[-1:])[0] < 1e-300
    fine = np.random.default_rng(0).normal(size=1000) * 10.0 ** np.arange(-500, 500).clip(-290, 290)
    np.testing.assert_allclose(embedded.rounded(fine), fine, rtol=2.0**-24, atol=0)
    assert (np.sort(embedded.rounded(fine)) == embedded.rounded(np.sort(fine))).all()


def test_the_same_diagnosis_gives_the_same_page(diagnosis: Diagnosis):
    assert html.page(diagnosis, made=MADE) == html.page(diagnosis, made=MADE)


def test_a_page_of_a_log_says_of_when_it_is(diagnosis: Diagnosis):
    [message] = report_of(html.page(diagnosis, made=MADE))["messages"][:1]
    assert message == "This page shows the log as it was on 2026-01-02 at 03:04 UTC."


def test_the_page_asks_for_nothing_and_holds_only_its_own_elements(diagnosis: Diagnosis):
    page = html.page(diagnosis)
    elements = Elements(page).found
    assert {tag for tag, _ in elements} <= {
        *("html", "head", "meta", "link", "title", "style", "script", "body", "noscript"),
        *("p", "b", "br", "code", "table", "thead", "tbody", "tr", "th", "td"),
    }
    [policy] = [attrs["content"] for _, attrs in elements if attrs.get("http-equiv") == "Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; script-src 'unsafe-inline';")
    assert not [attrs for _, attrs in elements if {"src", "onerror", "onload"} & set(attrs)]
    assert [attrs["href"] for _, attrs in elements if "href" in attrs] == ["data:,"]
    scripts = [attrs for tag, attrs in elements if tag == "script"]
    assert scripts[-2:] == [{}, {"type": "module"}]
    assert {attrs["type"] for attrs in scripts[:-2]} == {"application/gzip"}
    # Whatever stands in a string of a script cannot end it.
    assert 'const a="<\\/script>";function r$(){}r$();</script>' in page
    assert "'<\\!--'" in page


def test_names_stand_as_text_where_no_script_runs(tmp_path: Path, static: Path):
    hostile.write(tmp_path / "logs", steps=5)
    with histdiag.diagnose(tmp_path / "logs", progress=False) as diagnosis:
        assert diagnosis.findings
        page = html.page(diagnosis)
    outside = re.sub(r'<script type="application/gzip"[^<]*</script>', "", page)
    assert "<img" not in outside
    assert "&lt;img src=x onerror=alert(1)&gt;" in outside
    assert not re.findall("[\u202a-\u202e\u2066-\u2069\u200f\u2028\x07]", outside)
    assert [tag for tag, _ in Elements(page).found].count("script") == page.count("<script")
    assert {one["run"] for one in report_of(page)["runs"]} == set(hostile.RUNS.values())


@pytest.mark.parametrize("share", [0.7, 0.4, 0.25])
def test_a_page_stays_below_its_limit_and_says_what_it_leaves_out(diagnosis: Diagnosis, share: float):
    whole = html.page(diagnosis)
    limit = int(len(whole) * share)
    page = html.page(diagnosis, limit_bytes=limit)
    assert len(page.encode()) <= limit
    [message] = report_of(page)["messages"]
    held = blocks(page)
    kept = sum(len(arrays(held[f"records-{place}"])["step"]) for place in range(2))
    total = len(diagnosis.metrics.step)
    assert kept < total
    assert f"it holds {kept:,} of {total:,} records" in message
    assert not report_of(whole)["messages"]
    records = arrays(held["records-0"])
    for id, series in enumerate(diagnosis["one"].series[:2]):
        own = records["step"][records["start"][id] : records["start"][id + 1]]
        assert {0, STEPS - 1} <= set(own)
        assert report_of(page)["series"][series.entry.id]["sampled"] == (len(own) < STEPS)
        if f"histograms-{id}" in held:
            np.testing.assert_array_equal(arrays(held[f"histograms-{id}"])["step"], own)


def test_of_a_long_scalar_some_points_are_left_out_and_that_is_said(static: Path):
    recorder = histdiag.Recorder()
    length, gap = 2 * embedded.MOST_POINTS + 1, 1001
    for step in range(4):
        recorder.add(step, "dense/kernel", np.arange(9.0))
    for step in range(length):
        recorder.scalar(step, "loss", np.nan if step == gap else 1.0)
        recorder.scalar(step, "accuracy", 0.5) if step < embedded.MOST_POINTS else None
    diagnosis = recorder.diagnose()
    assert {finding.rule for finding in diagnosis.findings} >= {"loss-not-finite"}
    page = html.page(diagnosis)
    assert report_of(page)["messages"] == [
        "Of a scalar this page holds 4,000 points, spread evenly: 1 scalar had more."
    ]
    accuracy, loss = (arrays(blocks(page)["scalars-0"])[f"{place}.step"] for place in range(2))
    assert len(accuracy) == embedded.MOST_POINTS
    assert len(loss) == embedded.MOST_POINTS + 1
    assert {0, gap, length - 1} <= {*loss}
    values = arrays(blocks(page)["scalars-0"])["1.value"]
    assert loss[np.isnan(values)].tolist() == [gap]


def test_a_page_without_a_record_says_why(static: Path):
    [message] = report_of(html.page(histdiag.diagnose_tensors({"dense/kernel/gradient": None})))["messages"]
    assert message.startswith("'dense/kernel/gradient' was None at every record")


def test_no_page_is_larger_than_asked_for(diagnosis: Diagnosis):
    with pytest.raises(html.PageError, match="without a histogram, more than"):
        html.page(diagnosis, limit_bytes=10_000)
    shell = len(html.page(diagnosis)) - sum(map(len, Elements(html.page(diagnosis)).texts.values()))
    smallest = next(
        limit for limit in range(shell, 10**6, 2000) if _made(diagnosis, limit) and not _made(diagnosis, limit - 2000)
    )
    assert len(html.page(diagnosis, limit_bytes=smallest)) <= smallest
    assert "it has no histograms of" in report_of(html.page(diagnosis, limit_bytes=smallest))["messages"][-1]


def _made(diagnosis: Diagnosis, limit: int) -> bool:
    try:
        return bool(html.page(diagnosis, limit_bytes=limit))
    except html.PageError:
        return False


def test_a_closed_diagnosis_gives_a_page_without_histograms(tmp_path: Path, static: Path):
    write_run(tmp_path / "logs" / "run", range(4))
    with histdiag.diagnose(tmp_path / "logs", progress=False) as diagnosis:
        pass
    page = html.page(diagnosis)
    assert not [name for name in blocks(page) if name.startswith(("histograms", "compare"))]
    assert report_of(page)["messages"] == ["This page has no histograms: the diagnosis was closed before."]
    assert "records-0" in blocks(page)


def test_without_the_tab_no_page_is_made(diagnosis: Diagnosis, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    unbuilt = bundle.read(bundle.ENTRY, folder=tmp_path)
    assert unbuilt
    monkeypatch.setattr(bundle, "read", {bundle.ENTRY: unbuilt}.get)
    with pytest.raises(html.PageError, match="not built"):
        html.page(diagnosis)


def test_what_findings_speak_of_is_kept_and_denser_samples_hold_the_others(tmp_path: Path, static: Path):
    hostile.write(tmp_path / "logs", steps=40)
    with histdiag.diagnose(tmp_path / "logs", runs=hostile.RUNS["image"], progress=False) as diagnosis:
        metrics, findings = diagnosis.metrics, diagnosis.findings
    before = kept_records(metrics, findings, 1)
    assert before.all()
    for stride in (2, 4, 8, 16, 64):
        kept = kept_records(metrics, findings, stride)
        assert not (kept & ~before).any()
        before = kept
        for finding in findings:
            for tag in finding.tags:
                [index] = [at for at, one in enumerate(metrics.series) if one.tag == tag]
                own = slice(metrics.series_start[index], metrics.series_start[index + 1])
                assert {finding.first_step, finding.last_step} <= set(metrics.step[own][kept[own]])
                assert kept[own].sum() >= min(40, 40 // max(1, stride // 4))
    moved = msgspec.structs.replace(findings[0], first_step=7, last_step=13)
    [index] = [at for at, one in enumerate(metrics.series) if one.tag == moved.tags[0]]
    own = slice(metrics.series_start[index], metrics.series_start[index + 1])
    assert {0, 7, 13, 39} <= set(metrics.step[own][kept_records(metrics, [moved], 1024)[own]])
    struck = {tag for finding in findings for tag in finding.tags}
    assert struck
    quiet = next(at for at, one in enumerate(metrics.series) if one.tag not in struck)
    own = slice(metrics.series_start[quiet], metrics.series_start[quiet + 1])
    assert list(np.flatnonzero(kept_records(metrics, findings, 16)[own])) == [0, 16, 32, 39]


def test_only_as_many_runs_are_compared_as_a_page_can_hold(diagnosis: Diagnosis, monkeypatch: pytest.MonkeyPatch):
    assert embedded.pairs_to_compare(diagnosis.report) == [("one", "two"), ("two", "one")]
    monkeypatch.setattr(embedded, "MOST_COMPARED", 3)  # two tensors, in both orders
    assert embedded.pairs_to_compare(diagnosis.report) == []
    assert not [name for name in blocks(html.page(diagnosis)) if name.startswith("compare")]
