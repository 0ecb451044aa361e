"""Findings and metrics as data frames."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from test_diagnosis import RECORDS, logs  # noqa: F401 (a fixture)

import tensorboard_plugin_histdiag as histdiag
from tensorboard_plugin_histdiag.api.diagnosis import Diagnosis
from tensorboard_plugin_histdiag.extras import needed
from tensorboard_plugin_histdiag.metrics import METRICS
from tensorboard_plugin_histdiag.selection import Unknown

TENSORS = 9


@pytest.fixture(scope="module")
def diagnosis(logs: Path) -> Iterator[Diagnosis]:  # noqa: F811
    with histdiag.diagnose(logs, progress=False) as opened:
        yield opened


def test_there_is_a_row_for_every_finding_in_the_order_of_the_findings(diagnosis: Diagnosis):
    frame = diagnosis.to_frame()
    assert len(frame) == len(diagnosis.findings) > 0
    assert list(frame.fingerprint) == [finding.fingerprint for finding in diagnosis.findings]
    assert list(frame.tags) == [finding.tags for finding in diagnosis.findings]


def test_findings_can_be_filtered_by_severity_and_evidence(diagnosis: Diagnosis):
    frame = diagnosis.to_frame()
    warned = frame[frame.severity >= "warning"]
    assert set(warned.fingerprint) == {one.fingerprint for one in diagnosis.findings if one.severity != "info"}
    [evidence] = {one.evidence[0] for one in diagnosis["good"].findings if one.rule == "frozen-weights"}
    row = frame[(frame.rule == "frozen-weights") & (frame.run == "good")].iloc[0]
    assert (row.metric, row.measured, row.comparison) == (evidence.metric, evidence.label, evidence.comparison.value)
    for name in ("low", "value", "high", "threshold"):
        asked = getattr(evidence, name)
        assert np.isnan(row[name]) if asked is None else row[name] == asked


def test_columns_of_findings_have_sensible_types_also_where_there_are_none(
    diagnosis: Diagnosis,
    logs: Path,  # noqa: F811
    tmp_path: Path,
):
    config = tmp_path / "own.toml"
    config.write_text('select = ["non-finite-values"]')
    with histdiag.diagnose(logs, config=config, progress=False) as clear:
        none = clear.to_frame()
    assert len(none) == 0 < len(diagnosis.to_frame())
    for frame in (none, diagnosis.to_frame()):
        assert frame.dtypes.first_step == frame.dtypes.step == pd.Int64Dtype()
        assert frame.dtypes.value == frame.dtypes.threshold == np.float64
        assert frame.severity.cat.ordered
        assert list(frame.severity.cat.categories) == ["info", "warning", "error"]
    assert (none.dtypes == diagnosis.to_frame().dtypes).all()


def test_metrics_have_a_row_for_every_run_tag_step_and_metric(diagnosis: Diagnosis):
    frame = diagnosis.metrics_frame()
    assert list(frame.columns) == ["run", "tag", "step", "metric", "low", "value", "high"]
    assert len(frame) == TENSORS * RECORDS * len(METRICS)
    assert not frame.duplicated(["run", "tag", "step", "metric"]).any()
    for name in ("run", "tag", "metric"):
        assert isinstance(frame.dtypes[name], pd.CategoricalDtype)


def test_metrics_stand_at_their_place(diagnosis: Diagnosis):
    table = diagnosis.metrics_frame().set_index(["run", "tag", "metric", "step"]).sort_index()
    for run in diagnosis.values():
        for tensor in run.series:
            for name, bounded in tensor.items():
                rows = table.loc[run.run, tensor.tag, name]
                np.testing.assert_array_equal(rows.index, tensor.step)
                for bound in ("low", "value", "high"):
                    np.testing.assert_array_equal(rows[bound], getattr(bounded, bound))


def test_metrics_are_chosen_by_name_or_pattern(diagnosis: Diagnosis):
    frame = diagnosis.metrics_frame(metric=["spread", "mean"], run=re.compile("^fit/"), tag="layer2/kernel")
    assert list(frame.run.cat.categories) == ["fit/one", "fit/two"]
    assert list(frame.tag.cat.categories) == ["layer2/kernel"]
    assert set(frame.metric) == {"mean", "spread"}
    assert len(frame) == 2 * RECORDS * 2
    with pytest.raises(Unknown, match="did you mean 'spread'"):
        diagnosis.metrics_frame(metric="spreed")
    with pytest.raises(Unknown, match="did you mean 'layer2/kernel'"):
        diagnosis.metrics_frame(tag="layer2.kernel")
    for nothing in ({"metric": []}, {"run": []}, {"tag": ()}):
        assert diagnosis.metrics_frame(**nothing).shape == (0, len(frame.columns))


def test_a_missing_library_is_told_with_how_to_install_it(monkeypatch: pytest.MonkeyPatch, diagnosis: Diagnosis):
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(ModuleNotFoundError) as raised:
        diagnosis.to_frame()
    assert str(raised.value) == 'pandas is needed for this: pip install "tensorboard-plugin-histdiag[notebook]"'


def test_what_a_library_itself_lacks_is_told_as_it_is(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    (tmp_path / "torn_library.py").write_text("import nowhere_at_all\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(ModuleNotFoundError, match="nowhere_at_all"):
        needed("torn_library")
