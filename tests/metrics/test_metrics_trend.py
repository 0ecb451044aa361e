from __future__ import annotations

import numpy as np
import pytest

from tensorboard_plugin_histdiag.metrics.trend import binned, kendall_tau, theil_sen


def test_the_slope_over_the_run_is_its_rise_whatever_a_few_records_do():
    values = np.linspace(2.0, 5.0, 25)
    values[[3, 11]] = 1e9
    assert theil_sen(values) == pytest.approx(3.0)


def test_tau_is_one_for_what_only_rises_and_minus_one_for_what_only_falls():
    rising = np.exp(np.arange(400.0) / 50)
    assert kendall_tau(rising) == 1
    assert kendall_tau(-rising) == -1


def test_long_series_are_judged_by_32_medians_and_gaps_are_left_out():
    values = np.arange(500.0)
    values[::7] = np.nan
    assert len(binned(values)) == 32
    assert kendall_tau(values) == 1


def test_one_record_has_no_trend():
    assert np.isnan([theil_sen(np.array([1.0])), kendall_tau(np.array([np.nan, 1.0]))]).all()
