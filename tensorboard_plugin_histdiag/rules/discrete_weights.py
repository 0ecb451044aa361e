"""Rule discrete-weights."""

from __future__ import annotations

from collections.abc import Iterator

from ..context import RunContext
from ..thresholds import Thresholds
from ..words import counted
from ._rule import Draft, measured, names, rule
from ._shapes import lasting, note, some


@rule("discrete-weights", scope="run", roles=("weight", "embedding"), severity="info")
def discrete_weights(context: RunContext, limits: Thresholds) -> Iterator[Draft]:
    """Weights take only a few separate values.

    What it shows
        A comb: narrow buckets with weights in them, and empty ones between.

    Why it matters
        Weights that are quantised, or copies of each other, tell less than their number suggests. The rules about
        shapes leave these tensors alone.

    How it is computed
        At most {discrete_levels} buckets hold weights, each apart from the next, at least {discrete_each} weights to
        a value, in at least {sustained_records} successive records; tensors of at least {shape_size} weights of which
        fewer than {coarse_mass} lie in one bucket.

    What to try
        - If the weights are not meant to be quantised: look whether they were loaded or initialised in copies.

    When it is harmless
        Quantisation-aware training, binary and ternary networks, shared weights.

    References
        Courbariaux et al. 2015, BinaryConnect; Li et al. 2016, Ternary Weight Networks
    """
    values = context.metrics.values
    levels = values["levels"].value
    flags = (levels > 1) & (levels <= limits.discrete_levels)
    flags &= context.metrics.size >= limits.discrete_each * levels
    flags &= values["top_mass"].value < limits.coarse_mass
    found = list(lasting(context, flags, ("weight", "embedding"), limits.shape_size, limits))
    if not found:
        return
    most = max(int(series.value("levels")[records.stop - 1]) for series, records in found)
    tensors = counted(len(found), "weight tensor")
    yield note(
        found,
        f"at most {most} separate values in {tensors}",
        f"The weights of {names(some(found))} fall into {'at most ' if len(found) > 1 else ''}{most} groups with gaps"
        " between them: quantised, or copies of each other.",
        "separate values",
        [
            measured(series, "levels", records.stop - 1, under=limits.discrete_levels, label="separate values")
            for series, records in found
        ],
    )
