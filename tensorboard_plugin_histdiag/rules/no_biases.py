"""Rule no-biases."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..context import RunContext
from ..finding import Comparison, Evidence, Severity, Span
from ..thresholds import Thresholds
from ..words import counted
from ._rule import Draft, NotApplicable, Outcome, rule

_ADDS = ("bias", "norm-shift", "norm-scale", "bias-gradient", "norm-gradient")
"""Roles of what a network with biases or normalisation layers logs."""
_PARAMETER = re.compile(r"\.weight|kernel(?:/histogram|:\d)")
"""What frameworks call weights when all parameters of a model are logged in a loop, biases among them."""


@rule("no-biases", scope="run", roles=("weight",), severity="info", title="No biases")
def no_biases(context: RunContext, limits: Thresholds) -> Iterator[Outcome]:
    """No layer of this run has a bias, as far as it is logged.

    What it shows
        Weights of several layers, and neither biases nor normalisation layers beside any of them.

    Why it matters
        Without a bias every unit's boundary passes through the origin, which limits what it can fit.

    How it is computed
        At least {bias_layers} weight tensors under the names that PyTorch and Keras give them where all parameters
        of a model are logged, and no tensor in the run that is a bias, or the scale or shift of a normalisation layer,
        or a gradient of one.

    What to try
        - If biases were left out by mistake, add them (bias=True, use_bias=True).

    When it is harmless
        Biases that exist and are not logged. Networks that do without on purpose, as some language models do.

    References
        Goodfellow et al. 2016, Deep Learning, section 6.1
    """
    weights = [series for series in context.having("weight") if len(series) and series.size[0] >= limits.least_size]
    weights = [series for series in weights if _PARAMETER.search(series.tag)]
    if len(weights) < limits.bias_layers:
        yield NotApplicable(f"fewer than {limits.bias_layers} tensors that are weights by name")
        return
    if context.having(*_ADDS) or context.adapters:
        return
    first = weights[0]
    yield Draft(
        series=tuple(weights),
        spans=tuple(Span(one.tag, int(one.step[0]), int(one.step[-1]), Severity.INFO) for one in weights),
        summary=f"{counted(len(weights), 'weight tensor')}, no bias",
        explanation=(
            f"{counted(len(weights), 'weight tensor')} and neither a bias nor a normalisation layer are logged. Either"
            " biases are left out of the log, or the layers have none."
        ),
        evidence=(Evidence(first.tag, "", "biases logged", None, 0.0, 0.0, 0.0, "", 0.0, Comparison.EQUAL, ""),),
    )
