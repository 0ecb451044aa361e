"""Rule activation-explosion."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ..bounded import Bools, Floats
from ..context import RunContext
from ..finding import Mark, MarkKind, Severity, Span, Strength
from ..measured import SeriesMetrics, stretches
from ..model.model import LIMITED, SHARES
from ..thresholds import Thresholds
from ..words import number
from ._activations import is_output
from ._depth import growth, growth_evidence, hidden_chain
from ._rule import Draft, NotApplicable, Outcome, measured, quotient, rule, span_of, sustained

_ROLES = ("activation", "pre-activation", "attention")
_WINDOW = 3
"""Records over which a size is taken."""
_QUARTERS = 4


def _screen(context: RunContext, limits: Thresholds) -> Bools:
    first, last = context.first_of("rms"), context.last_of("rms")
    grown = context.most("rms") > limits.activation_growth * context.least("rms")
    candidate: Bools = grown | (first > limits.activation_depth_growth) | ~np.isfinite(last)
    return candidate | (context.most("maximum") > limits.attention_logit)


@rule(
    "activation-explosion",
    scope="series",
    roles=_ROLES,
    severity="warning",
    screen=_screen,
    explained_by=("poor-initialisation", "weight-explosion", "exploding-gradients", "large-updates"),
    trend=True,
)
def activation_explosion(series: SeriesMetrics, context: RunContext, limits: Thresholds) -> Iterator[Outcome]:
    """Outputs grow a hundred-fold from layer to layer, or all through training without coming to rest.

    What it shows
        At the first record each hidden layer's outputs are larger than those of the one before, up to more than a
        hundred times; or one layer's outputs widen all through training.

    Why it matters
        Large outputs saturate what follows, overflow in 16 bits, and make the loss a matter of a few examples.
        Attention whose scores grow without limit looks at one token only.

    How it is computed
        Through depth, at the first record: rms of the last hidden layer above {activation_depth_growth} times the first
        one's (and above {activation_depth_growth} itself), rising steadily over at least {activation_layers} layers
        whose order is known. In time: rms of the last records above {activation_growth} times that of the first ones
        and of the other outputs then, and {activation_late_growth} times that of three quarters of the run; a note
        where the loss falls. Layers whose function has limits, as the log tells, are not judged. Attention scores:
        largest above {attention_logit} and twice what it was.

    What to try
        - Initialise by the rule for the activation function, or normalise the layers' outputs.
        - Lower the learning rate; for attention, normalise queries and keys.

    When it is harmless
        Inputs that are not normalised make all layers large alike, which does not count. Predictions of large numbers
        must grow; outputs of the last layer, or of any where the order is not known, are noted only.

    References
        He et al. 2015, Delving Deep into Rectifiers; Dehghani et al. 2023, Scaling Vision Transformers to 22 Billion
        Parameters; Wortsman et al. 2023, Small-scale proxies for large-scale Transformer training instabilities
    """
    if series.role == "attention":
        draft = _attention(series, limits)
    elif series.role == "activation" and context.model.function(series) in LIMITED | SHARES:
        yield NotApplicable("the layer's function has limits")
        return
    else:
        draft = _through_depth(series, context, limits) or _in_time(series, context, limits)
    if draft is not None:
        yield draft


def _through_depth(series: SeriesMetrics, context: RunContext, limits: Thresholds) -> Draft | None:
    """Judge the last hidden layer of a network by the first one, at the first record."""
    if not len(series) or not series["rms"].value[0] > limits.activation_depth_growth or not context.order_known:
        return None
    chain = hidden_chain(context, series.info.network, limits)
    ratio = growth(chain) if chain and chain[-1].tag == series.tag else None
    start = float(chain[0]["rms"].value[0]) if chain else 0.0
    if ratio is None or not float(series["rms"].value[0]) > limits.activation_depth_growth * max(start, 1.0):
        return None
    large = tuple(
        one for one in reversed(chain) if float(one["rms"].value[0]) > limits.activation_depth_growth * max(start, 1.0)
    )
    step = int(series.step[0])
    certain = ratio.low[0] > limits.activation_depth_growth and series["rms"].low[0] > limits.activation_depth_growth
    return Draft(
        series=large,
        spans=tuple(_while_large(one, limits) for one in large),
        summary=f"outputs grow {number(float(ratio.value[0]))}-fold through depth",
        explanation=(
            f"At step {step:,} the outputs of {series.layer or series.tag} are {number(float(ratio.value[0]))} times"
            f" those of {chain[0].layer or chain[0].tag} (rms {number(float(series['rms'].value[0]))} and"
            f" {number(start)}): over {len(chain)} layers they grow on the whole way."
        ),
        evidence=(growth_evidence(series, ratio, step, over=limits.activation_depth_growth),),
        marks=tuple(Mark(MarkKind.STEP, one.tag, step, None, None, None, "grown") for one in large),
        strength=Strength.CERTAIN if certain else Strength.LIKELY,
    )


def _while_large(series: SeriesMetrics, limits: Thresholds) -> Span:
    """Return the span from the first record to the last before it becomes small, if it does."""
    return span_of(series, stretches(series["rms"].value > limits.activation_depth_growth)[0], Severity.WARNING)


def _in_time(series: SeriesMetrics, context: RunContext, limits: Thresholds) -> Draft | None:
    """Judge a layer by what its outputs were at the beginning and at three quarters of the run."""
    known = np.flatnonzero(np.isfinite(series["rms"].value))
    if len(known) < _WINDOW * _QUARTERS:
        return None
    size = series["rms"].value[known]
    first, late, last = (_typical(size, at) for at in (0, len(size) * 3 // _QUARTERS, len(size) - _WINDOW))
    start = max(first, _usual_start(context))
    if not (last > limits.activation_growth * start and last > limits.activation_late_growth * late):
        return None
    gain = context.loss_gain()
    # Where the order of layers is not known, any of them may be the last.
    mild = not context.order_known or is_output(series, context) or (gain is not None and gain >= limits.loss_gain)
    severity = Severity.INFO if mild else Severity.WARNING
    began = int(known[np.argmax(size > limits.activation_growth * start)])
    span = span_of(series, slice(began, int(known[-1]) + 1), severity)
    lowest = float(np.median(series["rms"].low[known[-_WINDOW:]]))
    return Draft(
        series=(series,),
        spans=(span,),
        summary=f"outputs grow {number(last / first)}-fold and go on",
        explanation=(
            f"The outputs of {series.layer or series.tag} have grown from an rms of {number(first)} to {number(last)},"
            f" and {number(last / late)}-fold in the last quarter of the run alone."
        ),
        evidence=(
            quotient(
                series.tag,
                "rms, last over first records",
                last / start,
                low=lowest / start,
                over=limits.activation_growth,
                metric="rms",
            ),
            quotient(
                series.tag, "growth in the last quarter", last / late, over=limits.activation_late_growth, metric="rms"
            ),
        ),
        marks=(Mark(MarkKind.STEP_RANGE, series.tag, span.first_step, span.last_step, None, None, "explodes"),),
        severity=severity,
    )


def _typical(size: Floats, at: int) -> float:
    return float(np.median(size[at : at + _WINDOW]))


def _usual_start(context: RunContext) -> float:
    """Return the median rms of all outputs at their first records: what starts from next to 0 has a right to grow."""
    first = context.first_of("rms")[context.in_roles(*_ROLES[:2])]
    first = first[np.isfinite(first)]
    return float(np.median(first)) if len(first) else 0.0


def _attention(series: SeriesMetrics, limits: Thresholds) -> Draft | None:
    """Judge the scores before the softmax; what is masked has large negative ones, so the largest counts."""
    most = series["maximum"].value
    large = (most > limits.attention_logit) & (most > limits.activation_late_growth * most[0])
    spans = sustained(large, limits)
    if series.info.hint != "logits" or not spans:
        return None
    records = slice(spans[0].start, spans[-1].stop)
    span = span_of(series, records, Severity.WARNING)
    return Draft(
        series=(series,),
        spans=(span,),
        summary=f"attention scores up to {number(float(np.nanmax(most)))}",
        explanation=(
            f"The largest attention score of {series.layer or series.tag} has grown from {number(float(most[0]))} to"
            f" {number(float(np.nanmax(most)))}. A softmax of such scores looks at one place only."
        ),
        evidence=(measured(series, "maximum", records, over=limits.attention_logit, label="largest score"),),
        marks=(Mark(MarkKind.STEP_RANGE, series.tag, span.first_step, span.last_step, None, None, "scores explode"),),
        strength=Strength.CERTAIN,
    )
