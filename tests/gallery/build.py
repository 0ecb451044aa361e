"""Train the runs of the large gallery: `python tests/gallery/build.py tests/gallery/built`.

Below the folder: `logs/<name>/`, what the writers wrote; `raw/<name>.npz`, the tensors themselves under "step tag";
`labels/<name>.json`, what is known of each run; `labels.json`, all of them in one list. Of the rules that a recipe
expects a label keeps those that the tensors bear out (truth.py), and they tell its notes (noted.py); `--relabel` asks
them again without training. `asked/<name>.json` is the label as the recipe has it: what is there already under the same
one is kept.
"""

from __future__ import annotations

import argparse
import importlib
import os
import re
import shutil
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from functools import cache
from multiprocessing import get_context
from pathlib import Path

HERE = Path(__file__).resolve().parent
# One thread a training, told before a framework is loaded; the worker processes inherit it.
THREADS = dict.fromkeys(
    ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"),
    "1",
) | {"TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": ""}

if __name__ in ("__main__", "__mp_main__"):
    os.environ.update(THREADS)
sys.path[:0] = [str(path) for path in (HERE, HERE.parent, HERE.parent.parent) if str(path) not in sys.path]

import msgspec  # noqa: E402
import numpy as np  # noqa: E402
import truth  # noqa: E402
from consequences import also_true  # noqa: E402
from label import Label, Run  # noqa: E402
from log import KeepingRaw, kept_in, open_writer, tags_in  # noqa: E402
from noted import told_by  # noqa: E402

LOG_THEMSELVES = ("keras", "tf1")  # with a callback, or in their graph; only the tensors are kept through the log


def recipes() -> list[str]:
    """List the modules beside this one that have recipes: those with a function ``runs`` of the seed."""
    return sorted(path.stem for path in HERE.glob("*.py") if "\ndef runs(seed: int)" in path.read_text("utf-8"))


@cache
def runs_of(module: str, seed: int) -> dict[str, Run]:
    """Return a module's runs by name; raises ImportError where its framework is missing."""
    runs = importlib.import_module(module).runs(seed)
    repeated = [name for name, count in Counter(run.label.name for run in runs).items() if count > 1]
    if repeated:
        raise ValueError(f"{module} has several runs of the same name: {repeated}")
    return {run.label.name: run for run in runs}


def labels_of(module: str, seed: int) -> list[Label]:
    """Return the labels of a module's runs, before training."""
    return [run.label for run in runs_of(module, seed).values()]


def train(module: str, seed: int, name: str, out: Path) -> tuple[Label, float]:
    """Train one run into its folder, file its label with the score filled in, and tell how long it took."""
    start = time.perf_counter()
    run = runs_of(module, seed)[name]
    folder, raw = out / "logs" / name, out / "raw" / f"{name}.npz"
    shutil.rmtree(folder, ignore_errors=True)
    for old in (raw, out / "labels" / f"{name}.json", out / "asked" / f"{name}.json"):
        old.unlink(missing_ok=True)
    if run.label.writer in LOG_THEMSELVES:
        log = KeepingRaw(Unlogged(), raw)
    else:
        log = KeepingRaw(open_writer(run.label.writer, folder), raw)
    try:
        score, learned = run.train(log, folder)
    finally:
        log.close()
    label = msgspec.structs.replace(run.label, score=round(float(score), 4), learned=bool(learned))
    label = checked(label, raw)
    if unlogged := {tag for one in label.expected for tag in one.tags} - tags_in(folder):
        raise ValueError(f"the label names tags that are not in the log: {sorted(unlogged)}")
    _write(out / "labels" / f"{name}.json", label)
    _write(out / "asked" / f"{name}.json", run.label)
    return label, time.perf_counter() - start


def checked(label: Label, raw: Path) -> Label:
    """Return the label with the rules that the tensors bear out; raises ValueError where the fault does not show."""
    kept = kept_in(raw)
    label = msgspec.structs.replace(label, notes=told_by(label.notes, kept))
    if label.healthy:
        return label
    with np.errstate(all="ignore"):
        expected = truth.borne_out(label, kept)
    if not expected:
        raise ValueError(f"the tensors bear out none of {[one.rule for one in label.expected]}")
    label = msgspec.structs.replace(label, expected=expected)
    return msgspec.structs.replace(label, allowed=also_true(label, kept))


class Unlogged:
    """A log that writes nothing, for runs that log by themselves."""

    def histogram(self, tag: str, values: object, step: int) -> None:
        """Let it pass."""

    def scalar(self, tag: str, value: float, step: int) -> None:
        """Let it pass."""

    def close(self) -> None:
        """Have nothing to write."""


def built(out: Path, label: Label) -> bool:
    """Tell whether a run is there, under the label that it has now."""
    path = out / "asked" / f"{label.name}.json"
    return path.exists() and msgspec.json.decode(path.read_bytes(), type=Label) == label


def relabel(out: Path, only: str = "") -> list[str]:
    """Hold the labels of what is built against the tensors anew; return the runs in which the fault does not show."""
    wrong = []
    for path in sorted((out / "labels").glob("*.json")):
        if not re.search(only, path.stem):
            continue
        now = msgspec.json.decode(path.read_bytes(), type=Label)
        asked = msgspec.json.decode((out / "asked" / path.name).read_bytes(), type=Label)
        try:
            label = checked(
                msgspec.structs.replace(asked, score=now.score, learned=now.learned), out / "raw" / f"{path.stem}.npz"
            )
        except ValueError as error:
            print(f"{path.stem}: {error}", flush=True)
            wrong.append(path.stem)
        else:
            _write(path, label)
    collect(out)
    return wrong


def collect(out: Path) -> list[Label]:
    """Gather the labels of all runs that are built into labels.json."""
    labels = [msgspec.json.decode(path.read_bytes(), type=Label) for path in sorted((out / "labels").glob("*.json"))]
    _write(out / "labels.json", labels)
    return labels


def load(out: Path) -> list[Label]:
    """Read the labels of a gallery that has been built."""
    return msgspec.json.decode((out / "labels.json").read_bytes(), type=list[Label])


def build(out: Path, modules: Iterable[str], seed: int = 0, only: str = "", part: str = "", jobs: int = 2) -> list[str]:
    """Train what is not built yet, one module after the other; return what went wrong.

    Parameters
    ----------
    only
        A regular expression that is searched for in the names; empty for all.
    part
        "calibration" or "validation"; empty for both.
    """
    for folder in ("labels", "asked"):
        (out / folder).mkdir(parents=True, exist_ok=True)
    _keep_to_one_seed(out, seed)
    wrong: list[str] = []
    for module in modules:
        # Spawned, as frameworks do not survive a fork; a pool a module, so that a process loads one framework.
        with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
            try:
                labels = pool.submit(labels_of, module, seed).result()
            except ImportError as missing:
                print(f"{module}: skipped, {missing}")
                continue
            chosen = [one for one in labels if re.search(only, one.name) and part in ("", one.part)]
            waiting = [one.name for one in chosen if not built(out, one)]
            print(f"{module}: {len(labels)} runs, {len(chosen)} chosen, {len(chosen) - len(waiting)} there already")
            wrong += _train_all(pool, module, seed, waiting, out)
    labels = collect(out)
    print(f"{len(labels)} runs in {out}: {sum(one.healthy for one in labels)} healthy")
    return wrong


def _train_all(pool: ProcessPoolExecutor, module: str, seed: int, names: Sequence[str], out: Path) -> Iterator[str]:
    """Train the named runs with a line of progress for each, and yield those that failed."""
    running = {pool.submit(train, module, seed, name, out): name for name in names}
    for count, one in enumerate(as_completed(running), start=1):
        name, error = running[one], one.exception()
        if error is not None:
            print(f"[{count:3}/{len(names)}] {name}: {type(error).__name__}: {error}", flush=True)
            yield name
            continue
        label, seconds = one.result()
        state = "learned" if label.learned else "did not learn"
        print(f"[{count:3}/{len(names)}] {name}: score {label.score:.2f}, {state}, {seconds:.1f} s", flush=True)


def _keep_to_one_seed(out: Path, seed: int) -> None:
    """Refuse to mix the draws of two seeds in one folder: their runs bear the same names."""
    path = out / "seed"
    if path.exists() and path.read_text("utf-8") != str(seed):
        raise SystemExit(f"{out} was built with --seed {path.read_text('utf-8')}: choose another folder")
    path.write_text(str(seed), encoding="utf-8")


def _write(path: Path, content: Label | list[Label]) -> None:
    """Write a file of JSON in one stroke, as two builds may be at work in one folder."""
    new = path.with_name(f"{path.name}.{os.getpid()}")
    new.write_bytes(msgspec.json.format(msgspec.json.encode(content), indent=1))
    new.replace(path)


def main() -> int:
    """Build from the command line; 1 if a run failed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition(":")[0])
    parser.add_argument("out", type=Path, metavar="OUT")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", default="", metavar="REGEX", help="names of runs")
    parser.add_argument("--part", default="", choices=["calibration", "validation"])
    parser.add_argument("--modules", nargs="+", default=recipes(), choices=recipes(), metavar="MODULE")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument(
        "--relabel", action="store_true", help="only hold the labels of what is built against the tensors"
    )
    asked = parser.parse_args()
    if asked.relabel:
        return 1 if relabel(asked.out, asked.only) else 0
    wrong = build(asked.out, asked.modules, asked.seed, asked.only, asked.part, asked.jobs)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
