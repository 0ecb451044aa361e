"""Findings and metrics as pandas data frames."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..extras import needed
from ..finding import Comparison, Evidence, Finding, Severity, Strength
from ..measured import Metrics
from ..metrics import BY_NAME
from ..selection import Asked, matching

if TYPE_CHECKING:
    import pandas as pd

_WORST_LAST = [severity.value for severity in reversed(Severity)]


def findings_frame(findings: Sequence[Finding]) -> pd.DataFrame:
    """Make a row of each finding; see `Diagnosis.to_frame`."""
    pandas = needed("pandas")
    rules = {finding.fingerprint: finding.rule for finding in findings}
    leading = [finding.evidence[0] if finding.evidence else None for finding in findings]

    def text(values: Iterable[str]) -> Any:
        return pandas.Series(list(values), dtype="string")

    def steps(values: Iterable[int | None]) -> Any:
        return pandas.Series(list(values), dtype="Int64")

    def sorts(values: Iterable[str | None], known: Iterable[str], *, ordered: bool = False) -> Any:
        return pandas.Series(pandas.Categorical(list(values), list(known), ordered=ordered))

    def numbers(name: str) -> Any:
        return pandas.Series([_number(one, name) for one in leading], dtype="float64")

    frame: pd.DataFrame = pandas.DataFrame(
        {
            "severity": sorts((one.severity.value for one in findings), _WORST_LAST, ordered=True),
            "strength": sorts((one.strength.value for one in findings), [one.value for one in Strength]),
            "rule": text(one.rule for one in findings),
            "run": text(one.run for one in findings),
            "tag": text(next(iter(one.tags), "") for one in findings),
            "layer": text(next(iter(one.layers), "") for one in findings),
            "role": text(one.role for one in findings),
            "tags": pandas.Series([one.tags for one in findings], dtype="object"),
            "first_step": steps(one.first_step for one in findings),
            "last_step": steps(one.last_step for one in findings),
            "metric": text(one.metric if one else "" for one in leading),
            "measured": text(one.label if one else "" for one in leading),
            "step": steps(one.step if one else None for one in leading),
            "low": numbers("low"),
            "value": numbers("value"),
            "high": numbers("high"),
            "comparison": sorts(
                (one.comparison.value if one else None for one in leading), [one.value for one in Comparison]
            ),
            "threshold": numbers("threshold"),
            "unit": text(one.unit if one else "" for one in leading),
            "title": text(one.title for one in findings),
            "summary": text(one.summary for one in findings),
            "explanation": text(one.explanation for one in findings),
            "advice": text(" ".join(one.advice) for one in findings),
            "explained_by": text(
                ", ".join(dict.fromkeys(map(rules.__getitem__, one.explained_by))) for one in findings
            ),
            "fingerprint": text(one.fingerprint for one in findings),
        }
    )
    return frame


def _number(evidence: Evidence | None, name: str) -> float:
    """Return a figure of the evidence; what is not finite stands there as a word."""
    if evidence is None:
        return np.nan
    figure = getattr(evidence, name)
    if name == "value" and figure is None and evidence.word in ("inf", "-inf"):
        return float(evidence.word)
    return np.nan if figure is None else float(figure)


def metrics_frame(metrics: Metrics, metric: Asked, run: Asked, tag: Asked) -> pd.DataFrame:
    """Make a row of each metric at each record; see `Diagnosis.metrics_frame`."""
    pandas = needed("pandas")
    runs = list(dict.fromkeys(series.run for series in metrics.series))
    tags = list(dict.fromkeys(series.tag for series in metrics.series))
    wanted = matching(run, runs, "run"), matching(tag, tags, "tensor")
    names = [name for name in BY_NAME if name in matching(metric, BY_NAME, "metric")]
    chosen = np.array([one.run in wanted[0] and one.tag in wanted[1] for one in metrics.series], dtype=np.bool_)
    record = np.flatnonzero(np.repeat(chosen, metrics.records))
    owner = np.repeat(np.arange(len(metrics.series)), metrics.records)[record]

    def names_of(place: Sequence[int], known: list[str]) -> Any:
        used, codes = np.unique(np.array(place, dtype=np.int64)[owner], return_inverse=True)
        return pandas.Categorical.from_codes(np.repeat(codes, len(names)), [known[code] for code in used])

    at_run, at_tag = ({name: place for place, name in enumerate(known)} for known in (runs, tags))
    bounds = {
        bound: np.reshape(
            [getattr(metrics.values[name], bound)[record] for name in names], (len(names), len(record))
        ).T.reshape(-1)
        for bound in ("low", "value", "high")
    }
    frame: pd.DataFrame = pandas.DataFrame(
        {
            "run": names_of([at_run[one.run] for one in metrics.series], runs),
            "tag": names_of([at_tag[one.tag] for one in metrics.series], tags),
            "step": np.repeat(metrics.step[record], len(names)),
            "metric": pandas.Categorical.from_codes(np.tile(np.arange(len(names)), len(record)), names),
            **bounds,
        }
    )
    return frame
