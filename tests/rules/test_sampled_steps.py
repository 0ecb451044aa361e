from __future__ import annotations

import numpy as np
import pytest
from runs import found, normal, report_of, the, walk

from tensorboard_plugin_histdiag.finding import Severity, Strength

RULE = "sampled-steps"
KEPT = 50


def sampled(of: int) -> dict:
    """Keep fifty records, the last among them, as TensorBoard does."""
    generator = np.random.default_rng(0)
    weights = walk(normal(200), rate=0.001, records=of)
    chosen = [*sorted(generator.choice(of - 1, min(of - 1, KEPT - 1), replace=False).tolist()), of - 1]
    return {"fc1/kernel": {10 * n: weights[n] for n in chosen}, "fc2/kernel": {10 * n: weights[n] for n in chosen}}


def test_a_sample_is_told_with_the_way_to_see_all():
    finding = the(report_of(sampled(300), kept=KEPT), RULE)
    assert finding.severity is Severity.INFO
    assert finding.strength is Strength.CERTAIN
    assert finding.tags == ("fc1/kernel", "fc2/kernel")
    assert "--samples_per_plugin=histograms=0" in finding.explanation


@pytest.mark.parametrize("records", [20, KEPT])
def test_a_log_that_fits_is_clear(records):
    assert not found(report_of(sampled(records), kept=KEPT), RULE)


def test_nothing_is_sampled_where_all_is_kept():
    assert not found(report_of(sampled(300), kept=None), RULE)


def test_the_series_say_so_too():
    assert all(entry.sampled for entry in report_of(sampled(300), kept=KEPT).series)
