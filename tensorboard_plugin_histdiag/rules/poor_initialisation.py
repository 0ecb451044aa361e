"""Rule poor-initialisation."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
import numpy as np

from ..bounded import Bools
from ..context import RunContext
from ..finding import Comparison, Evidence, Mark, MarkKind, Severity, Strength
from ..measured import SeriesMetrics
from ..thresholds import Thresholds
from ..words import number
from ._rule import Draft, NotApplicable, Outcome, quotient, rule, span_of
from ._weights import starts_at_initialisation


def _screen(context: RunContext, limits: Thresholds) -> Bools:
    first = context.first_of("spread")
    constant = context.first_of("minimum") == context.first_of("maximum")
    inputs = context.inputs()
    wide = first * context.first_size() ** 0.25 > limits.wide_initialisation
    candidate: Bools = constant | np.where(np.isnan(inputs), wide, first * (inputs / 2) ** 0.5 > limits.wide_over_he)
    return candidate


@rule("poor-initialisation", scope="series", roles=("weight",), severity="warning", screen=_screen)
def poor_initialisation(series: SeriesMetrics, context: RunContext, limits: Thresholds) -> Iterator[Outcome]:
    """A weight matrix starts with one value everywhere, or far too wide.

    What it shows
        The first histogram is a single spike, or its spread is many times what any common initialiser gives.

    Why it matters
        With one value everywhere all units of a layer compute the same and get the same gradient: they stay copies
        of each other. Weights that are too wide saturate or explode at the first step.

    How it is computed
        Minimum = maximum at the first record, an error if still so at the second. Or spread times N^(1/4) above
        {wide_initialisation}, where N is the number of weights; common initialisers give 0.2 to 3. Where the log tells
        the layer's units: spread over He's, sqrt(2 / inputs), above {wide_over_he}; LeCun's, Glorot's and He's give
        about 1 at most, a fixed spread of 0.05 gives 5.6 with 25,000 inputs; a note in front of a normalisation. Only
        where logging starts at step 0 or 1 and steps do not look like epochs; one value at {sustained_records} records
        from the first on counts anywhere, as no training has spread it.

    What to try
        - Initialise weights at random: He's rule for ReLU, Glorot's for tanh and sigmoid. Biases may start at 0.

    When it is harmless
        A last layer that starts at 0, LoRA's B matrix, zero-initialised residual branches: their partners break the
        symmetry. Zeros that have spread by the second record are therefore not reported.

    References
        Glorot & Bengio 2010; He et al. 2015, Delving Deep into Rectifiers
    """
    # Keras logs its first histogram after an epoch: what is still one value then was one value before.
    stuck = len(series) >= limits.sustained_records and bool(
        (series["minimum"].value == series["maximum"].value)[: limits.sustained_records].all()
    )
    if not (stuck or starts_at_initialisation(series, context)):
        yield NotApplicable("the first record is not the initialisation")
        return
    if "lora" in series.tag.lower() or series.size[0] < limits.least_size:
        yield NotApplicable("adapters and tiny tensors may start with one value")
        return
    low, high = series["minimum"].value, series["maximum"].value
    if low[0] == high[0]:
        held = int(np.argmin(np.append(low == high, False)))
        if low[0] == 0 and held == 1 < len(series):
            return  # zeros that spread at once stand between partners that do not: a residual branch, a head
        if _is_scale(series, context):
            yield NotApplicable("scales of normalisation layers start at 1")
            return
        severity = Severity.ERROR if held >= 2 else Severity.WARNING
        yield _draft(
            series,
            slice(0, held),
            severity,
            f"one value everywhere: {number(float(low[0]))}",
            f"All {series.size[0]:,.0f} weights of {series.layer or series.tag} are {number(float(low[0]))} at step"
            f" {int(series.step[0]):,}"
            + (f" and still at step {int(series.step[held - 1]):,}." if held > 1 else ".")
            + " All units of the layer then compute the same and are taught the same."
            + _drawn(series, context),
            msgspec.structs.replace(
                quotient(series.tag, "maximum - minimum", 0.0, over=0.0, step=int(series.step[0]), metric="spread"),
                comparison=Comparison.EQUAL,
            ),
            Strength.CERTAIN,
        )
        return
    inputs = context.model.inputs(series)
    if np.isnan(inputs):
        scale, threshold, label = float(series.size[0]) ** 0.25, limits.wide_initialisation, "spread x N^(1/4)"
        measure, usual = "when scaled by N^(1/4)", "0.2 to 3"
    else:
        scale, threshold, label = (inputs / 2) ** 0.5, limits.wide_over_he, "spread over He's"
        measure, usual = f"times He's for {inputs:,.0f} inputs", "about 1 at most"
    spread = series["spread"]
    least, value, most = (float(bound[0]) for bound in (spread.low, spread.value, spread.high))
    if value * scale > threshold >= least * scale and series["resolution"].value[0] > limits.coarse_resolution:
        yield NotApplicable("buckets too coarse to tell the spread")
        return
    if value * scale > threshold:
        yield _draft(
            series,
            slice(0, 1),
            # Behind a normalisation the weights' scale has no effect but on how fast they learn.
            Severity.INFO if context.model.feeds_norm(series) else Severity.WARNING,
            f"initial spread {number(value)}, far too wide",
            f"{series.layer or series.tag} starts with a spread of {number(value)} over"
            f" {series.size[0]:,.0f} weights: {number(value * scale)} {measure}, where common initialisers"
            f" give {usual}.{_drawn(series, context)}",
            quotient(
                series.tag,
                label,
                value * scale,
                low=least * scale,
                high=most * scale,
                over=threshold,
                step=int(series.step[0]),
                metric="spread",
            ),
            Strength.CERTAIN if least * scale > threshold else Strength.LIKELY,
        )


def _drawn(series: SeriesMetrics, context: RunContext) -> str:
    """Say how the model draws the weights, where the log tells."""
    drawn = context.model.initialiser(series)
    return f" The model draws them by {drawn}." if drawn else ""


def _draft(
    series: SeriesMetrics,
    records: slice,
    severity: Severity,
    summary: str,
    text: str,
    evidence: Evidence,
    strength: Strength,
) -> Draft:
    span = span_of(series, records, severity)
    return Draft(
        series=(series,),
        spans=(span,),
        summary=summary,
        explanation=text,
        evidence=(evidence,),
        marks=(Mark(MarkKind.STEP, series.tag, span.first_step, None, None, None, "initial weights"),),
        severity=severity,
        strength=strength,
    )


def _is_scale(series: SeriesMetrics, context: RunContext) -> bool:
    """Tell whether this is no matrix: ones without a bias beside them that would tell, or slopes of a PReLU."""
    if "prelu" in series.tag.lower():
        return True
    return context.sibling(series, "bias") is None and bool(series["minimum"].value[0] == 1)
