"""Record what the routes answer for the states of the tab, for its development page and its visual snapshots.

Run ``python tests/record_tab.py`` after a change of what the routes answer, or with the names of some logs; they are
trained and written anew.
"""

from __future__ import annotations

import base64
import functools
import gzip
import itertools
import json
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import numpy as np
from runs import training_of
from served import Client, client, finished, get, multiplexer
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.plugins.histogram.summary_v2 import histogram_pb
from tensorboard.plugins.scalar.summary_v2 import scalar_pb
from tensorboard.summary.writer.record_writer import RecordWriter
from test_diagnose import TINY_LOSS, tiny_tensors

from tensorboard_plugin_histdiag.demo.network import textbook_cross_entropy

RECORDED = Path(__file__).parent / "snapshots" / "tab"
KEPT = 24
"""Histograms that TensorBoard keeps of a series here; as many as the tab's small pictures show."""
DRAWN = {"mean", "spread", "drift", "zeros"}
"""Metrics that the tab draws of every tensor."""

Run = tuple[Mapping[str, Mapping[int, np.ndarray]], Mapping[str, Mapping[int, float]]]
"""Tensors and scalars, by tag and step."""


def train(**recipe: Any) -> Run:
    """Train for 110 steps and look every tenth."""
    tensors, scalars = training_of(**{"steps": 110, "width": 24, "hidden": 2, **recipe})
    return tensors, {one.tag: dict(zip(one.step.tolist(), one.value.tolist(), strict=True)) for one in scalars}


def only(run: Run, kept: Callable[[str], bool]) -> Run:
    return {tag: steps for tag, steps in run[0].items() if kept(tag)}, run[1]


def with_names(run: Run, names: Sequence[str]) -> Run:
    """Put each layer under one of the names."""
    layers = [*dict.fromkeys(tag.partition("/")[0] for tag in run[0])]
    return {f"{names[layers.index(tag.partition('/')[0]) + 1]}/{tag}": steps for tag, steps in run[0].items()}, run[1]


def up_to(run: Run, last: int) -> Run:
    return {tag: {step: one for step, one in steps.items() if step <= last} for tag, steps in run[0].items()}, run[1]


def throw_biases(step: int, layers: Any, inputs: np.ndarray) -> np.ndarray:
    """Kill most units of the second layer."""
    if step == 60:
        layers[1].bias[:20] -= 20.0
    return inputs


def break_one_image(step: int, layers: Any, inputs: np.ndarray) -> np.ndarray:
    """Let one image be far too bright."""
    return np.concatenate([inputs[:1] * 1e6, inputs[1:]]) if step == 60 else inputs


def tiny_run() -> Run:
    """Return the run of the golden report."""
    tensors = {tag: {10 * n: array for n, array in enumerate(arrays)} for tag, arrays in tiny_tensors().items()}
    return tensors, {"loss": {10 * n: loss for n, loss in enumerate(TINY_LOSS)}}


HOSTILE = ("<img src=x onerror=alert(1)>", "\u202edense", "a\"b'c&amp;${x}", "long" * 100)

dying = functools.partial(train, fault=throw_biases)

LOGS: dict[str, Callable[[], dict[str, Run]]] = {
    "golden": lambda: {"tiny": tiny_run()},
    "two-runs": lambda: {"healthy": train(), "dying": dying()},
    "vanishing": lambda: {"vanishing": train(activation="sigmoid", hidden=6)},
    "frozen": lambda: {"frozen": train(hidden=3, frozen=("dense2",))},
    "many": lambda: {"too fast": train(hidden=6, schedule=lambda step: 2.0)},
    "few-steps": lambda: {"short": up_to(train(), 10)},
    "weights-only": lambda: {"weights": only(train(), lambda tag: tag.endswith(("kernel", "bias")))},
    "no-histograms": lambda: {"scalars": only(train(), lambda tag: False)},
    "not-finite": lambda: {"broken": train(fault=break_one_image, loss=textbook_cross_entropy)},
    "sampled": lambda: {"sampled": train(interval=1, width=12)},
    "hostile": lambda: {HOSTILE[0]: with_names(dying(), HOSTILE)},
}


def write(folder: Path, run: Run) -> None:
    """Log a run as TensorFlow 2 does, at times that are always the same."""
    folder.mkdir(parents=True)
    tensors, scalars = run
    with (folder / "events.out.tfevents.1700000000.recorded").open("wb") as file:
        records = RecordWriter(file)
        records.write(Event(wall_time=1.7e9, file_version="brain.Event:2").SerializeToString())
        for step in sorted({step for steps in (tensors or scalars).values() for step in steps}):
            event = Event(step=step, wall_time=1.7e9 + step)
            with np.errstate(invalid="ignore", over="ignore"):
                for tag, steps in tensors.items():
                    event.summary.value.extend(histogram_pb(tag, steps[step]).value)
            for tag, figures in scalars.items():
                event.summary.value.extend(scalar_pb(tag, figures[step]).value)
            records.write(event.SerializeToString())


def bytes_of(served: Client, route: str) -> str:
    answer = get(served, route)
    assert answer.status_code == 200, answer.text
    return base64.b64encode(answer.data).decode()


def answers(served: Client) -> dict[str, Any]:
    """Ask every route for what the tab may show; of the metrics, those that it draws unasked or judged by."""
    report = finished(served)
    runs = [run["run"] for run in report["runs"]]
    ids = ",".join(str(series["id"]) for series in report["series"])
    judged = {row["metric"] for finding in report["findings"] for row in finding["evidence"] if row["metric"]}
    metrics = ",".join([*sorted(judged | DRAWN), "loss"])
    return {
        "report": {**report, "log": "recorded"},
        "metrics": {run: bytes_of(served, f"metrics?{urlencode({'run': run, 'metric': metrics})}") for run in runs},
        "histograms": bytes_of(served, f"histograms?series={ids}") if ids else "",
        "compare": {
            run: {other: get(served, f"compare?{urlencode({'run': run, 'with': other})}").json}
            for run, other in itertools.permutations(runs, 2)
        },
    }


def record(name: str) -> dict[str, Any]:
    """Return what the routes answer about a log."""
    with tempfile.TemporaryDirectory() as folder:
        for run, content in LOGS[name]().items():
            write(Path(folder, "logs", run), content)
        with multiplexer(Path(folder, "logs"), KEPT) as data:
            return answers(client(data.provider, sampling_hints={"histograms": KEPT}))


def save(path: Path, content: Any) -> None:
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    path.write_bytes(gzip.compress(text.encode(), 9, mtime=0))


def main(names: Sequence[str]) -> None:
    RECORDED.mkdir(parents=True, exist_ok=True)
    for name in names or LOGS:
        found = record(name)
        save(RECORDED / f"{name}.json.gz", found)
        print(name, *(f"{one['severity']} {one['rule']}" for one in found["report"]["findings"]), sep=", ")
    with tempfile.TemporaryDirectory() as folder, multiplexer(Path(folder)) as data:
        save(RECORDED / "rules.json.gz", get(client(data.provider), "rules").json)


if __name__ == "__main__":
    main(sys.argv[1:])
