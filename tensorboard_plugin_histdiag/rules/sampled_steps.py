"""Rule sampled-steps."""

from __future__ import annotations

from collections.abc import Iterator

from ..context import RunContext
from ..finding import Comparison, Evidence, Severity, Span, Strength
from ..thresholds import Thresholds
from ._rule import Draft, rule


@rule("sampled-steps", scope="run", severity="info")
def sampled_steps(context: RunContext, limits: Thresholds) -> Iterator[Draft]:
    """TensorBoard has kept a random sample of the records.

    What it shows
        More histograms were logged than TensorBoard keeps for a tag: what you see, here and in the stock tabs, is a
        random sample, often without the first record.

    Why it matters
        A short event between two kept records is not visible, and a first record that is missing hides the
        initialisation.

    How it is computed
        The series is as long as TensorBoard's limit and its steps are uneven.

    What to try
        - Start TensorBoard with --samples_per_plugin=histograms=0 to keep every record; "histograms" is plural.

    When it is harmless
        For a view of the whole training a sample is enough.

    References
        TensorBoard documentation, samples_per_plugin; TensorBoard issue 3579
    """
    struck = [series for series in context.series if context.is_sampled(series)]
    if not struck:
        return
    first = struck[0]
    yield Draft(
        series=tuple(struck),
        spans=tuple(Span(series.tag, int(series.step[0]), int(series.step[-1]), Severity.INFO) for series in struck),
        summary=f"{context.kept} records kept of each of {len(struck)} tensors",
        explanation=(
            f"TensorBoard kept {context.kept} randomly chosen records of each of {len(struck)} tensors. To see all,"
            " start it with --samples_per_plugin=histograms=0."
        ),
        evidence=(
            Evidence(
                first.tag,
                "",
                "records kept",
                None,
                None,
                float(len(first)),
                None,
                "",
                float(context.kept or 0),
                Comparison.EQUAL,
                "",
            ),
        ),
        strength=Strength.CERTAIN,
    )
