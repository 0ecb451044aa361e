"""Sentences about what shape and movement usually mean for a kind of tensor, and about the findings."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np

from .facts import LEVELS, Facts, Told, kind, unless

WEIGHTS = ("weight", "embedding")
OUTPUTS = ("activation", "pre-activation")


def of(told: Told, *roles: str) -> Iterator[str]:
    """Complain where the series is of none of these kinds."""
    yield from unless(told.facts.role in roles, f"it is a {told.facts.role}")


def gradient(told: Told) -> Iterator[str]:
    yield from unless(told.facts.role.endswith("gradient"), f"it is a {told.facts.role}")


def largest(facts: Facts) -> np.ndarray:
    """float64[n]: the largest magnitude of each finite record."""
    return np.maximum(np.abs(facts.of("minimum")), np.abs(facts.of("maximum")))


def growth(told: Told) -> float:
    """Return the typical magnitude of the last quarter over that of the first."""
    size = told.facts.of("mean_abs")
    quarter = max(1, len(size) // 4)
    first, last = (np.quantile(part, 0.5, method="higher") for part in (size[:quarter], size[-quarter:]))
    return float(last / first)


def flat(told: Told, record: int) -> bool:
    quantiles = told.facts.quantiles(record)
    return bool(np.abs((quantiles - quantiles[0]) / np.ptp(quantiles) - LEVELS).max() < 0.1)


# Weights and biases


@kind("pruned", r"Pruned or masked weights; or a penalty drives them to 0\.")
def pruned(told: Told) -> Iterator[str]:
    yield from of(told, *WEIGHTS)
    yield from unless(told.facts.last("zeros") >= 0.25, "few are 0")


@kind(
    "looks initial",
    r"It still looks like its uniform initialisation(?P<how>: this layer has probably not learned"
    r"|: this layer has probably hardly learned|, though it has moved a little)\.",
)
def looks_initial(told: Told) -> Iterator[str]:
    yield from of(told, *WEIGHTS)
    yield from unless(flat(told, 0) and flat(told, -1), "it is not flat, or did not begin so")
    drift, how = told.facts.last("drift"), told["how"] or ""
    if "not" in how:
        yield from unless(told.has("to the last bit"), "it has changed")
    elif "hardly" in how:
        yield from unless(drift < 1e-3, f"it has drifted by {drift:.3g}")
    else:
        yield from unless(drift >= 1e-3, f"it has drifted by {drift:.3g} alone")


@kind("not learned since", r"(?:This layer|It) has not learned since then, or it is frozen on purpose\.")
def not_learned(told: Told) -> Iterator[str]:
    yield from of(told, *WEIGHTS, "bias", "norm-scale", "norm-shift")
    yield from unless(told.has("to the last bit"), "it has changed")


@kind("hardly learned", r"It has hardly learned, or in moves that keep the shape, which a histogram does not show\.")
def hardly_learned(told: Told) -> Iterator[str]:
    yield from of(told, *WEIGHTS)
    yield from unless(told.facts.last("drift") < 1e-3, f"it has drifted by {told.facts.last('drift'):.3g}")


@kind("keeps its shape", r"It learns and keeps its shape\.")
def keeps_its_shape(told: Told) -> Iterator[str]:
    yield from of(told, *WEIGHTS)
    yield from unless(told.facts.last("drift") >= 1e-2, f"it has drifted by {told.facts.last('drift'):.3g}")
    first, last = (
        (told.facts.quantiles(record) - told.facts.of("mean")[record]) / told.facts.of("spread")[record]
        for record in (0, -1)
    )
    # The ends are single values, and go their own way.
    apart = np.abs(first - last)[1:-1].max()
    yield from unless(apart < 0.5, f"its levels moved by {apart:.2f} spreads")


@kind("widens", r"The layer (?P<how>learned and settled|is still learning|learns)\.")
def widens(told: Told) -> Iterator[str]:
    yield from of(told, *WEIGHTS)
    spread = told.facts.of("spread")
    moved = spread[-1] > spread[0] or told.facts.last("drift") >= 0.25
    yield from unless(moved, "it neither widens nor moves")
    ending = {"learned and settled": "; steady since", "is still learning": "; still moving at the end"}
    how = told["how"] or ""
    yield from unless(how not in ending or told.has(ending[how]), "its movement does not say so")


@kind("grows a lot", r"Weights that grow so much often mean that training diverges; or they began very small\.")
def grows_a_lot(told: Told) -> Iterator[str]:
    yield from of(told, *WEIGHTS)
    spread = told.facts.of("spread")
    yield from unless(0 < 10 * spread[0] <= spread[-1], f"from {spread[0]:.3g} to {spread[-1]:.3g}")


@kind("vanishing weights", r"Weights that shrink so much are driven to 0 by a penalty that outweighs the loss\.")
def vanishing(told: Told) -> Iterator[str]:
    yield from of(told, *WEIGHTS)
    for name in ("mean_abs", "spread"):
        values = told.facts.of(name)
        yield from unless(values[-1] <= 0.11 * values[0], f"{name} went from {values[0]:.3g} to {values[-1]:.3g}")


@kind("smaller weights", r"Weights get smaller: often a sign of learning with regularisation\.")
def smaller(told: Told) -> Iterator[str]:
    yield from of(told, *WEIGHTS)
    for name in ("mean_abs", "spread"):
        values = told.facts.of(name)
        yield from unless(values[-1] < values[0], f"{name} went from {values[0]:.3g} to {values[-1]:.3g}")


@kind("to a range", r"Weights converge to a range\.")
def to_a_range(told: Told) -> Iterator[str]:
    yield from of(told, *WEIGHTS)
    spread, size = told.facts.of("spread"), told.facts.of("mean_abs")
    yield from unless(spread[-1] < spread[0], f"spread went from {spread[0]:.3g} to {spread[-1]:.3g}")
    yield from unless(size[-1] >= size[0], "they get smaller")


# Gradients


@kind("no gradient", r"No gradient arrives here\.")
def no_gradient(told: Told) -> Iterator[str]:
    yield from gradient(told)
    yield from unless(not largest(told.facts).any(), "some do")


@kind("no gradient any more", r"No gradient arrives here any more\.")
def no_gradient_any_more(told: Told) -> Iterator[str]:
    yield from gradient(told)
    arrived = largest(told.facts) > 0
    yield from unless(arrived.any(), "none ever did")
    last = int(np.flatnonzero(arrived)[-1])
    yield from unless(len(arrived) - 1 - last >= 3, f"it arrived {len(arrived) - 1 - last} records before the end")


@kind("no gradient at times", r"No gradient arrives at (?P<none>\d+) of (?P<all>\d+) records, the last among them\.")
def no_gradient_at_times(told: Told) -> Iterator[str]:
    yield from gradient(told)
    arrived = largest(told.facts) > 0
    yield from told.step("none", int((~arrived).sum()))
    yield from told.step("all", len(arrived))
    yield from unless(arrived.any() and not arrived[-1], "it arrives at the last")


@kind(
    "no gradient at first", r"No gradient arrived here at first: usual behind a layer that starts at 0, or .* at once\."
)
def no_gradient_at_first(told: Told) -> Iterator[str]:
    yield from gradient(told)
    arrived = largest(told.facts) > 0
    yield from unless(not arrived[0] and arrived[-1], "it did")


@kind(
    "rounding", r"Next to nothing beside the gradient of the layer's weights: what rounding leaves, as .* attention\."
)
def rounding(told: Told) -> Iterator[str]:
    yield from of(told, "bias-gradient")
    own = np.median(told.facts.of("mean_abs"))
    weights = [one for one in told.facts.peers if one.layer == told.facts.layer and one.role == "weight-gradient"]
    yield from unless(weights, "the weights' is not logged")
    for weight in weights:
        other = np.median(weight.of("mean_abs"))
        yield from unless(own < 2e-5 * other, f"{own:.3g} beside {other:.3g}")


@kind("gradients shrink", r"Usual while training converges; or less of the signal arrives here\.")
def shrink(told: Told) -> Iterator[str]:
    yield from gradient(told)
    yield from unless(growth(told) < 1 / 1.5, f"typical sizes went {growth(told):.3g}-fold")
    yield from unless(told.has("shrank"), "the movement does not say so")


@kind("gradients grow", r"Gradients grow: usual while weights grow, and a sign of instability where the loss .* them\.")
def grow(told: Told) -> Iterator[str]:
    yield from gradient(told)
    yield from unless(growth(told) > 1.5, f"typical sizes went {growth(told):.3g}-fold")
    yield from unless(told.has("spread grew") or told.has("spread from one value"), "the movement does not say so")


# Outputs


@kind("none fires", r"No unit fires\.")
def none_fires(told: Told) -> Iterator[str]:
    yield from of(told, *OUTPUTS)
    yield from unless(largest(told.facts)[-1] == 0, "some output is not 0")


@kind("same outputs", r"Every output is the same, whatever the input\.")
def same_outputs(told: Told) -> Iterator[str]:
    yield from of(told, *OUTPUTS)
    yield from unless(told.facts.last("minimum") == told.facts.last("maximum") != 0, "they differ, or are 0")


@kind("ReLU", r"An ordinary share for a ReLU\.")
def ordinary(told: Told) -> Iterator[str]:
    yield from of(told, *OUTPUTS)
    yield from unless(told.facts.last("minimum") == 0 and 0.05 < told.facts.last("zeros") < 0.9, "it is not")


@kind("sparse ReLU", r"A very sparse ReLU, or units that no longer fire\.")
def sparse(told: Told) -> Iterator[str]:
    yield from of(told, *OUTPUTS)
    yield from unless(told.facts.last("minimum") == 0 and told.facts.last("zeros") >= 0.9, "it is not")


@kind(
    "sure",
    r"(?P<few>Hardly any unit fires; or probabilities|A ReLU, or probabilities) of a network that is very sure\.",
)
def sure(told: Told) -> Iterator[str]:
    yield from of(told, *OUTPUTS)
    yield from unless(
        told.facts.last("minimum") == 0 and 0.9 < told.facts.last("maximum") <= 1, "they are no probabilities"
    )
    few = (told["few"] or "").startswith("Hardly")
    yield from unless(few == (told.facts.last("zeros") >= 0.9), "as many are 0")


@kind(
    "on or off",
    r"Many outputs are fully on or off: saturated units, or gates and probabilities that are meant to be so\.",
)
def on_or_off(told: Told) -> Iterator[str]:
    yield from of(told, *OUTPUTS)
    edges = max(told.facts.last("zeros"), told.facts.last("edge_low")) + told.facts.last("edge_high")
    yield from unless(edges > 0.15, f"{edges:.2f} of the values lie in the outermost buckets")


# Where these functions end; others end nowhere
ENDS = {
    **dict.fromkeys(("tanh", "softsign"), (-1, 1)),
    **dict.fromkeys(("sigmoid", "hardsigmoid", "softmax"), (0, 1)),
    "relu6": (0, 6),
    **dict.fromkeys(("relu", "softplus", "exponential"), (0, np.inf)),
}


@kind("function", r"(?P<how>Its function is|It goes into) (?P<function>[a-z]\w*) \(from the model\)\.")
def function(told: Told) -> Iterator[str]:
    """What a function gives lies between its ends; what goes into it may lie anywhere."""
    gives = told["how"] == "Its function is"
    yield from of(told, "activation" if gives else "pre-activation")
    low, high = ENDS.get(told["function"] or "", (-np.inf, np.inf))
    inside = (told.facts.of("minimum") >= low - 1e-6) & (told.facts.of("maximum") <= high + 1e-6)
    yield from unless(not gives or bool(inside.all()), f"it gives values between {low} and {high} alone")


# Findings


@kind(
    "warning",
    r"There is (?:an error about it: (?P<errors>.+?)(?:; and a warning: (?P<also>.+?))?"
    r"|a warning about it: (?P<warnings>.+?))\.(?= At step | From step | \d|$)",
)
def warning(told: Told) -> Iterator[str]:
    said = {title: "error" for title in re.split("; ", told["errors"] or "") if title}
    said |= {title: "warning" for title in re.split("; ", told["warnings"] or told["also"] or "") if title}
    yield from unless(said == dict(told.facts.warnings), "the findings say otherwise")
    well = ("settled.", "still learning.", "layer learns.", "keeps its shape", "Usual while", "An ordinary share")
    before = re.split("There is an? (?:error|warning)", told.text)[0]
    yield from unless(not any(one in before for one in well), "and says that all is well")
