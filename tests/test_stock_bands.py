"""The nine values that TensorBoard's own Distributions tab shows; the tab's bands are held to them by Vitest.

`python tests/test_stock_bands.py` writes the golden file anew, from the histograms of `test_stock_bins.py` as histdiag
reads them.
"""

from __future__ import annotations

import json

from tensorboard.plugins.distribution.compressor import compress_histogram
from test_frontend import FRONTEND

BINS = FRONTEND / "test" / "draw" / "golden.json"
GOLDEN = FRONTEND / "test" / "draw" / "stock-bands.json"
# The stock tab cannot take the difference of the largest doubles, and stretches a bucket over the gap before it.
LEFT_OUT = (
    "the largest doubles",
    "exponential buckets",
    "buckets of no width",
    "a bucket of no width on an inner edge",
)


def bands() -> dict[str, list[list[float] | None]]:
    """Return the nine values of each step by case; None for a step without values."""
    return {
        case["name"]: [[value for _, value in compress_histogram(step)] if step else None for step in case["steps"]]
        for case in json.loads(BINS.read_text("utf-8"))
        if case["name"] not in LEFT_OUT
    }


def test_the_golden_bands_are_those_of_the_installed_tensorboard():
    assert json.loads(GOLDEN.read_text("utf-8")) == bands()


if __name__ == "__main__":
    GOLDEN.write_text(json.dumps(bands(), indent=1) + "\n", "utf-8")
