"""Which histograms a log holds, from what TensorBoard lists."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from tensorboard.plugins.histogram import metadata

from ..histogram import Series

Listed = Mapping[Series, tuple[int, float]]
"""All histogram series, sorted by run and tag, with their last step and wall time."""


def histogram_series(listed: Mapping[str, Mapping[str, Any]]) -> dict[Series, tuple[int, float]]:
    """Choose the histogram series among time series by run and tag."""
    found = {
        Series(run, tag, entry.description or ""): (int(entry.max_step), float(entry.max_wall_time))
        for run, tags in listed.items()
        for tag, entry in tags.items()
        if entry.max_step is not None and _version(entry.plugin_content) == metadata.PROTO_VERSION
    }
    # By a key: there may be thousands, and two series take long to compare.
    return {series: found[series] for series in sorted(found, key=lambda series: (series.run, series.tag))}


@lru_cache(maxsize=16)  # it is the same for thousands
def _version(content: bytes) -> int:
    """Return the version of a histogram series' metadata, -1 where they are not that."""
    try:
        return int(metadata.parse_plugin_metadata(content).version)
    except Exception:  # protobuf's DecodeError lives in another place from version to version
        return -1
