"""Rule outlier-dominated."""

from __future__ import annotations

from collections.abc import Iterator

from ..context import RunContext
from ..thresholds import Thresholds
from ..words import counted, number
from ._rule import Draft, measured, names, rule
from ._shapes import lasting, note, some


@rule("outlier-dominated", scope="run", roles=("weight", "embedding"), severity="info")
def outlier_dominated(context: RunContext, limits: Thresholds) -> Iterator[Draft]:
    """A few weights are many times larger than all others.

    What it shows
        One or two buckets hold everything, and the axis reaches far beyond them for the sake of a few values.

    Why it matters
        Thirty equal buckets show nothing of the other weights then, and a quantised copy would lose them too. Single
        weights that run away may be the first sign of instability.

    How it is computed
        Largest magnitude over the 99.9 % quantile of the magnitudes: above {outlier_ratio}. Thirty equal buckets can
        show no more than 15 to 30 where the rest lies in one or two of them: there {outlier_ratio_coarse} will do. In
        at least {sustained_records} successive records, of tensors with at least {outlier_size} weights.

    What to try
        - Look at which weights they are; weight decay or clipping keeps single weights from running away.

    When it is harmless
        Embeddings of very frequent tokens, and a few large weights by which trained transformers mark tokens.

    References
        Dettmers et al. 2022, LLM.int8(); Kovaleva et al. 2021, BERT Busters
    """
    values = context.metrics.values
    ratio = values["outlier_ratio"].value
    flags = ratio > limits.outlier_ratio
    flags |= (ratio > limits.outlier_ratio_coarse) & (values["resolution"].value > limits.coarse_resolution)
    # Where nearly all are 0 their quantile is no measure.
    flags &= (ratio < float("inf")) & ~(values["zeros"].value >= limits.mostly_zero)
    found = list(lasting(context, flags, ("weight", "embedding"), limits.outlier_size, limits))
    if not found:
        return
    worst, records = max(found, key=lambda one: float(one[0].value("outlier_ratio")[one[1].stop - 1]))
    at = records.stop - 1
    times = number(float(worst.value("outlier_ratio")[at]))
    tensors = counted(len(found), "weight tensor")
    yield note(
        found,
        f"largest weight about {times} times the 99.9 % quantile ({tensors})",
        f"In {names(some(found))} a few weights are far larger than the rest: in {worst.tag} the largest is about"
        f" {times} times as large as 99.9 % of them (step {int(worst.step[at]):,}).",
        "outliers",
        [
            measured(series, "outlier_ratio", span.stop - 1, over=limits.outlier_ratio, label="largest over 99.9 %")
            for series, span in found
        ],
    )
