"""The notes of labels: true of made tensors that have what they speak of, and of no plain ones."""

from __future__ import annotations

from collections.abc import Callable

import noted
import numpy as np
import pytest
from log import Series, Tensors

RNG = np.random.default_rng(0)
RECORDS = 16


def over(make: Callable[[int], np.ndarray]) -> Series:
    """Return a series of records."""
    return {10 * number: np.float32(make(number)) for number in range(RECORDS)}


def bell(*shape: int) -> np.ndarray:
    return RNG.normal(0, 0.1, shape)


def losses(make: Callable[[int], float]) -> Series:
    return {10 * number: np.array(make(number), dtype=np.float64) for number in range(RECORDS)}


def plain() -> Tensors:
    """Return three layers that learn: they move a little, settle, and the loss falls."""
    start = {f"fc{number}": bell(60, 40) for number in (1, 2, 3)}
    kept: Tensors = {}
    for name, first in start.items():
        kept[f"{name}.weight"] = over(lambda at, first=first: first * (1.2 - 0.2 * 0.5**at))
        kept[f"{name}.bias"] = over(lambda at: bell(40) * 0.1)
        kept[f"{name}.weight.grad"] = over(lambda at: bell(60, 40) * (0.5 + 0.5 * RNG.random()))
        kept[f"{name}.bias.grad"] = over(lambda at: bell(40))
    kept["loss"] = losses(lambda at: 0.9**at)
    return kept


RESTING = {"loss": losses(lambda at: max(0.7**at, 0.3))}


def with_fc1(make: Callable[[int], np.ndarray], **also: Series) -> Tensors:
    return plain() | {"fc1.weight": over(make)} | also


FIRST = bell(60, 40)
ONE = np.arange(2400).reshape(60, 40) == 5
FLAT = RNG.uniform(-0.1, 0.1, (60, 40))
SIGNS = np.where(FIRST > 0, 0.5, -0.5)
MADE: dict[str, Callable[[], Tensors]] = {
    "mostly-zero-weights": lambda: with_fc1(lambda at: bell(60, 40) * (np.arange(40) > 38)),
    "discrete-weights": lambda: with_fc1(lambda at: 0.1 * np.round(bell(60, 40) * 15)),
    "still-initial": lambda: with_fc1(lambda at: FLAT * (1 + 1e-5 * at)),
    "no-biases": lambda: {tag: one for tag, one in plain().items() if "bias" not in tag},
    "edge-pile-up": lambda: with_fc1(lambda at: bell(60, 40).clip(-0.12, 0.12)),
    "outlier-dominated": lambda: with_fc1(lambda at: bell(60, 40) + 90.0 * ONE),
    "multiple-clusters": lambda: with_fc1(lambda at: SIGNS + bell(60, 40)),
    "steady-drift": lambda: with_fc1(lambda at: FIRST + 0.05 * at) | RESTING,
    "unsettled": lambda: with_fc1(lambda at: FIRST * 1.1**at) | RESTING,
    "overfitting": lambda: plain() | {"val_loss": losses(lambda at: abs(at - 5) + 1.0)},
    "loss-flat": lambda: plain() | {"loss": losses(lambda at: 1.0 - 0.001 * at)},
    "float16-range": lambda: with_fc1(lambda at: FIRST * 1e6),
    "rounded-updates": lambda: with_fc1(lambda at: np.float16(FIRST + bell(60, 40) * 0.01)),
    "unbalanced-gradients": lambda: plain() | {"fc1.weight.grad": over(lambda at: bell(60, 40) * 1e-5)},
    "oscillating-weights": lambda: with_fc1(lambda at: FIRST + 0.02 * (-1) ** at),
}


def test_nothing_is_noted_of_a_plain_run():
    assert noted.noted(plain()) == ()


@pytest.mark.parametrize("rule", MADE)
def test_a_note_is_true_of_what_has_it(rule):
    assert noted.noted(MADE[rule]()) == (rule,)


def test_gradients_of_one_norm_are_clipped():
    kept = plain()
    gradients = {tag: one for tag, one in kept.items() if "grad" in tag}
    for step in gradients["fc1.bias.grad"]:
        norm = sum(float(np.square(one[step]).sum()) for one in gradients.values()) ** 0.5
        for one in gradients.values():
            one[step] = one[step] / norm
    assert noted.noted(kept) == ("always-clipped",)


def test_inputs_out_of_scale_are_noted():
    kept = plain()
    kept["fc1.weight.grad"] = over(lambda at: bell(60, 40) * 1000.0)
    assert noted.noted(kept) == ("unnormalised-inputs",)


def test_a_note_that_tensors_do_not_tell_is_kept_as_the_recipe_has_it():
    assert noted.told_by(("sampled-steps", "no-biases"), plain()) == ("sampled-steps",)


def test_every_note_has_a_run():
    assert set(noted.NOTES) == {*MADE, "always-clipped", "unnormalised-inputs"}
