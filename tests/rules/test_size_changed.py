from __future__ import annotations

import numpy as np
from runs import draws, equal, exponential, found, measured_of, normal, report_of, the, trained, walk

from tensorboard_plugin_histdiag.diagnose import judge, measure
from tensorboard_plugin_histdiag.finding import Severity, Strength
from tensorboard_plugin_histdiag.histogram import HistogramBatch, Record, Series

RULE = "size-changed"
SMALL, LARGE = (walk(normal(size), rate=0.01, records=10) for size in (300, 400))


def test_a_layer_that_is_another_size_from_a_step_on_is_certain_and_dated():
    tensors = {"fc1/kernel": SMALL[:6] + LARGE[6:], "fc2/kernel": SMALL}
    finding = the(report_of(tensors), RULE)
    assert finding.tags == ("fc1/kernel",)
    assert (finding.severity, finding.strength) == (Severity.WARNING, Strength.CERTAIN)
    assert finding.first_step == 60
    assert "has 300 values until step 50 and 400 at step 60." in finding.explanation


def test_two_tensors_under_one_tag_are_said_to_be_so():
    turns = [(SMALL if n % 2 else LARGE)[n] for n in range(10)]
    assert "do two tensors share the tag?" in the(report_of({"fc1/kernel": turns}), RULE).explanation


def test_all_layers_of_another_model_are_one_finding():
    tensors = {f"fc{n}/kernel": SMALL[:5] + LARGE[5:] for n in range(1, 6)}
    finding = the(report_of(tensors), RULE)
    assert len(finding.tags) == 5
    assert "fc2, fc3 and 2 more, too" in finding.explanation


def test_outputs_and_their_gradients_may_follow_the_batch():
    """Trap 17: the last batch of an epoch is smaller."""
    batches = [np.random.default_rng(n).normal(0, 1, (32 if n % 5 else 20, 16)) for n in range(20)]
    tensors = {"fc1/activation": batches, "fc1/attention_weights": batches, "fc1/activation/gradient": batches}
    assert not found(report_of(tensors), RULE)


def test_sparse_gradients_may_come_in_any_number():
    """Trap 6: the gradient of an embedding holds the rows that the batch has looked up."""
    rows = [np.random.default_rng(n).normal(0, 1, 16 * (20 + n % 7)) for n in range(20)]
    assert not found(report_of({"embedding/embeddings/gradient": rows, "fc1/kernel/gradient": rows}), RULE)


def test_all_trained_parameters_in_one_tensor_may_become_more():
    """Traps 23 and 35: gradual unfreezing."""
    assert not found(report_of({"weights": SMALL[:5] + LARGE[5:]}), RULE)


def test_ordinary_trainings_are_clear():
    assert not found(trained(), RULE)


def test_counts_rounded_to_float32_are_not_another_size():
    """The data server gives float32: of 40 million values in one bucket up to 2 are lost."""

    def rows(step: int) -> np.ndarray:
        count = np.random.default_rng(step).multinomial(1_000_000_001, np.full(30, 1 / 30))
        edges = np.linspace(-1, 1, 31)
        return np.stack([edges[:-1], edges[1:], count], axis=1).astype(np.float32)

    records = [Record(step, 1e9 + step, rows(step)) for step in range(10)]
    metrics = measure(HistogramBatch.from_records([(Series("run", "fc1/kernel"), records)]))
    assert len(set(metrics.size)) > 1
    assert not found(judge(metrics), RULE)


def test_values_beyond_all_buckets_are_not_missing():
    """PyTorch's buckets end at 1e20: of weights that explode it counts fewer and fewer."""
    exploding = SMALL[:5] + [array * 1e22 for array in SMALL[5:]]
    metrics = measured_of({"fc1/kernel": exploding}, buckets=exponential)
    assert len(set(metrics.size[np.isfinite(metrics.size)])) > 1
    assert not found(judge(metrics), RULE)


def test_a_record_of_nan_has_no_size():
    broken = [*SMALL[:4], np.full(300, np.nan), *SMALL[5:]]
    assert not found(judge(measured_of({"fc1/kernel": broken}, buckets=equal)), RULE)


def test_gradients_drawn_anew_are_clear():
    assert not found(report_of({"fc1/kernel/gradient": draws(lambda rng: rng.normal(0, 1, 300), 10)}), RULE)
