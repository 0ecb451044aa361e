"""What TensorBoard's own Time Series card draws of crafted histograms; the tab's twin is held to it by Vitest.

`python tests/test_stock_bins.py` writes the golden file anew: it logs the histograms below, opens the real card on the
real TensorBoard in Chromium, and takes down the bins that the card computes, beside the buckets that histdiag reads.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorboard_data_server
from tensorboard.compat.proto import event_pb2
from test_browser import run_node, tensorboard
from test_frontend import FRONTEND, installed
from writers import HUGE, legacy_event, log_events, rows_event, values_event

from tensorboard_plugin_histdiag.provider.sources import open_logdir

GOLDEN = FRONTEND / "test" / "draw" / "golden.json"
RNG = np.random.default_rng(11)
NORMAL = [RNG.normal(0.02 * i, 0.1 * (i + 1), 400).astype(np.float32) for i in range(4)]
INF = float("inf")
SPREAD = [[-1.0, -0.25, 6], [-0.25, 0.5, 9], [0.5, 2.0, 3]]
EXPONENTS = range(8, -9, -2)
LIMITS = [-HUGE, *(-(1.1**i) for i in EXPONENTS), 0.0, *(1.1**i for i in reversed(EXPONENTS)), HUGE]

# Steps as values (what `tf.summary.histogram` makes of them), as rows of buckets, or in the old form of PyTorch.
CASES: dict[str, list[Any]] = {
    "ordinary steps over their joint domain": NORMAL,
    "one step": NORMAL[:1],
    "exponential buckets": [
        [[-1.1, -1.0, 2], *([-1 / 1.1**i, -1 / 1.1 ** (i + 1), i] for i in range(9)), [0.0, 1e-12, 3], [1.0, 1.1, 4]]
    ],
    "old buckets between the largest doubles": [(LIMITS, [0, *range(1, 20), 0], -2.3, 2.0)],
    "uneven rows": [SPREAD, [[-0.3, -0.1, 2], [-0.1, 1.7, 11.5]]],
    "a constant alone": [np.full(48, 0.25)],
    "a constant of zero": [np.zeros(7), np.zeros(9)],
    "a constant of PyTorch": [([0.24, 0.26, HUGE], [0, 12, 0], 0.25, 0.25)],
    "a constant that is negative": [np.full(5, -3.0), np.full(5, -3.0)],
    "a constant below -10": [np.full(5, -100.0)],
    "a constant among spread": [NORMAL[0], np.full(60, 0.05)],
    "a constant of old TensorFlow": [[[1.0, 2.0, 10]]],
    "one bucket": [[[0.0, 3.0, 30]], [[1.0, 2.5, 10]]],
    "buckets of no width": [[[0.0, 0.0, 4], [0.1, 0.35, 8], [0.35, 0.35, 5], [0.35, 0.9, 3], [1.0, 1.0, 2]]],
    "a bucket of no width on an inner edge": [[[0.0, 0.25, 3], [0.5, 0.5, 7], [0.75, 1.0, 2]]],
    "negative values only": [-np.abs(NORMAL[1]) - 4, -np.abs(NORMAL[2]) - 4],
    "an outlier": [np.append(NORMAL[0], 1000.0), NORMAL[1]],
    "very small values": [[[1e-9, 2e-9, 5], [2e-9, 4e-9, 1]], [[-3e-9, 0.0, 2]]],
    "very large values": [[[-1e300, 0.0, 5], [0.0, 1e300, 6]]],
    "an empty step": [np.zeros(0), NORMAL[0], NORMAL[1]],
    "the largest doubles": [[[-HUGE, 0.0, 5], [0.0, HUGE, 5]]],
    "a step of NaN among others": [NORMAL[0], [[float("nan"), float("nan"), 5]], NORMAL[1]],
    "a step with an infinite edge": [NORMAL[0], [[0.0, 1.0, 5], [1.0, INF, 1]], NORMAL[1]],
}
APART = 1000  # case i has the steps from i * APART on


def events() -> Iterator[event_pb2.Event]:
    for i, (name, records) in enumerate(CASES.items()):
        for k, record in enumerate(records):
            tag, step = f"stock/{name}", i * APART + k
            if isinstance(record, np.ndarray):
                yield values_event(tag, step, record)
            elif isinstance(record, tuple):
                limits, counts, least, most = record
                yield legacy_event(tag, step, limits=limits, counts=counts, least=least, most=most)
            else:
                yield rows_event(tag, step, np.array(record))


def drawn(logdir: Path) -> dict[int, list[Any]]:
    """Return what the stock card draws: the bins of each step, by the first step of the series."""
    with tensorboard(logdir) as address:
        printed = run_node("stock_bins.mjs", address, str(len(CASES)))
    return {steps[0]["step"]: steps for steps in json.loads(printed)}


def golden(logdir: Path) -> list[dict[str, Any]]:
    """Return for each case its buckets as histdiag reads them, null for a step that is not finite, and the stock bins.

    A step's bins are ``[left of the first, width, counts]``; JSON has null for what is NaN.
    """
    log_events(logdir / "run", events())
    stock = drawn(logdir)
    with open_logdir(logdir) as source:
        batches = {series.tag: (batch, own) for batch in source.batches() for own, series in enumerate(batch.series)}
    found = []
    for i, (name, records) in enumerate(CASES.items()):
        batch, own = batches[f"stock/{name}"]
        first = batch.series_start[own]
        steps = []
        for h in range(first, first + len(records)):
            rows = slice(batch.start[h], batch.start[h + 1])
            edges = np.column_stack([batch.left[rows], batch.right[rows], batch.count[rows]])
            steps.append(None if batch.nonfinite[h] else edges.tolist())
        bins = [
            [step["bins"][0]["x"], step["bins"][0]["dx"], [one["y"] for one in step["bins"]]] if step["bins"] else None
            for step in stock[i * APART]
        ]
        found.append({"name": name, "steps": steps, "bins": bins})
    return found


def test_the_golden_bins_are_those_of_the_stock_card(tmp_path: Path):
    kept = json.loads(GOLDEN.read_text(encoding="utf-8"))
    if not installed():
        pytest.skip("frontend/node_modules is not installed")
    if tensorboard_data_server.server_binary() is None:
        pytest.skip("the golden file holds what TensorBoard's data server serves")
    made = golden(tmp_path)
    assert [case["name"] for case in made] == [case["name"] for case in kept]
    for mine, theirs in zip(made, kept, strict=True):
        assert rounded(mine) == rounded(theirs), mine["name"]


def rounded(case: dict[str, Any]) -> Any:
    """Return the case to ten digits: the last ones depend on how a machine adds."""
    return json.loads(json.dumps(case), parse_float=lambda text: float(f"{float(text):.10g}"))


def main() -> None:
    with tempfile.TemporaryDirectory() as logdir:
        cases = golden(Path(logdir))
    lines = ",\n".join(json.dumps(case, separators=(",", ":"), allow_nan=False) for case in cases)
    GOLDEN.write_text(f"[\n{lines}\n]\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
