"""How long measuring and judging take beside TensorBoard's own reading of the same data.

``python tests/benchmarks/speed.py`` writes 3 runs x 200 tags x 100 steps x 30 buckets, reads them through TensorBoard's
data server with ``read_tensors``, and prints the time of `measure` and `judge` as a ratio to that of the reading, all
in this process, by turns, each the best of its turns, and the memory above one chunk. `measure` uses two threads.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import numpy as np
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.context import RequestContext
from tensorboard.data.provider import DataProvider, RunTagFilter
from tensorboard.plugins.histogram.summary_v2 import histogram_pb
from tensorboard.summary.writer.record_writer import RecordWriter

from tensorboard_plugin_histdiag.diagnose import judge, measure
from tensorboard_plugin_histdiag.measured import Metrics
from tensorboard_plugin_histdiag.provider.logdir import data_server
from tensorboard_plugin_histdiag.provider.sources import Source

KINDS = ("kernel", "bias", "kernel/gradient", "activation")


def write(logdir: Path, runs: int, tags: int, steps: int) -> None:
    """Log random tensors; each run writes the same histograms under its own name."""
    generator = np.random.default_rng(0)
    values = generator.normal(size=1000)
    for run in range(runs):
        folder = logdir / f"run{run}"
        folder.mkdir()
        with (folder / "events.out.tfevents.0.speed").open("wb") as file:
            writer = RecordWriter(file)
            writer.write(Event(wall_time=0, file_version="brain.Event:2").SerializeToString())
            for step in range(steps):
                shaken = values * (1 + step / 1000) + generator.normal(size=len(values)) / 50
                for tag in range(tags):
                    name = f"dense{tag // len(KINDS)}/{KINDS[tag % len(KINDS)]}"
                    summary = histogram_pb(name, shaken + tag / 1000)
                    writer.write(Event(wall_time=step, step=step * 10, summary=summary).SerializeToString())


def read_everything(provider: DataProvider, runs: int) -> None:
    """Read every record as the stock plugins do, a call a run: all in one would go beyond the server's limit."""
    for run in range(runs):
        provider.read_tensors(
            RequestContext(),
            experiment_id="",
            plugin_name="histograms",
            downsample=2**31 - 1,
            run_tag_filter=RunTagFilter([f"run{run}"], None),
        )


def race(actions: dict[str, Callable[[], object]], turns: int) -> dict[str, float]:
    """Return the shortest time of each action in seconds; they take turns, so that a slow minute hits all alike."""
    times: dict[str, list[float]] = {name: [] for name in actions}
    for _ in range(turns):
        for name, action in actions.items():
            begin = time.perf_counter()
            action()
            times[name].append(time.perf_counter() - begin)
    return {name: min(taken) for name, taken in times.items()}


def main() -> None:
    """Write, read, measure, judge; print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--tags", type=int, default=200)
    parser.add_argument("--steps", type=int, default=100)
    parser.add_argument("--turns", type=int, default=15)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        write(Path(folder), chosen.runs, chosen.tags, chosen.steps)
        with data_server(Path(folder)) as provider:
            source = Source(provider)
            series = list(source.list_series())
            batches = list(source.batches(series))
            metrics = Metrics.concatenate([measure(batch) for batch in batches])
            times = race(
                {
                    "read_tensors": lambda: read_everything(provider, chosen.runs),
                    "measure": lambda: [measure(batch) for batch in batches],
                    "judge": lambda: judge(metrics),
                },
                chosen.turns,
            )
            count = sum(len(batch) for batch in batches)
            tracemalloc.start()
            measure(batches[0])
            _, peak = tracemalloc.get_traced_memory()
            tracemalloc.stop()
            print(f"{count:,} histograms in {len(series)} series through the {source.name} provider")
            for name, taken in times.items():
                print(f"{name:19s} {taken:7.3f} s  {taken / count * 1e6:6.2f} us a histogram")
            print(f"ratio               {(times['measure'] + times['judge']) / times['read_tensors']:7.2f}")
            print(f"one chunk           {batches[0].nbytes / 2**20:7.1f} MiB, {len(batches[0])} histograms")
            print(f"measuring it takes  {peak / 2**20:7.1f} MiB more, {metrics.nbytes / 2**20:.1f} MiB of metrics")
            print(f"largest memory      {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**10:7.0f} MiB")


if __name__ == "__main__":
    main()
