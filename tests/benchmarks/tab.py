"""How the Diagnostics tab stands large logs, beside TensorBoard's own Histograms tab on the same log, in one run.

``python tests/benchmarks/tab.py`` writes a log with 5,000 series x 100 steps and one with 20 runs x 300 series, starts
TensorBoard on each and visits both tabs in Chromium by turns: the stock tab, ours while the server still measures
(cold), ours again (warm), the stock tab again. Times depend on the machine and on what else runs there; the ratios,
of the warm visits, less so. browser/scale.mjs does the visiting.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import time
import urllib.parse
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import paths  # noqa: F401
from large_logs import DEAD, EXPLODING, VANISHING, network, transformer, write_run
from test_browser import run_node

from tensorboard_plugin_histdiag.demo import serve

Figures = Mapping[str, Any]

ENDS = [
    f"{part}{kind}"
    for part in ("embedding/weight", "positions/weight", "head/weight", "head/bias")
    for kind in ("", "/gradient")
]
PATIENCE = 600.0


def write_one(folder: Path) -> int:
    """Log one run with 5,000 series; return how many there are."""
    tags = [*transformer(96), *ENDS]
    write_run(folder / "run", tags, 100, (VANISHING, DEAD))
    return len(tags)


def write_many(folder: Path) -> int:
    """Log 20 runs with 300 series, three of them sick; return how many series there are."""
    tags = network(50)
    for run in range(20):
        write_run(folder / f"run{run:02}", tags, 100, (VANISHING, EXPLODING, DEAD)[run : run + 1], seed=run)
    return 20 * len(tags)


LOGS: Mapping[str, tuple[str, Callable[[Path], int], int]] = {
    "one": ("5,000 series x 100 steps", write_one, 5000),
    "many": ("20 runs x 300 series x 100 steps", write_many, 6000),
}


def visit(address: str, tab: str, tensors: int, pid: int) -> Figures:
    """Measure a visit to a tab in a browser of its own, and the processor time that it costs the server."""
    before = _processor_seconds(pid)
    figures = json.loads(run_node("scale.mjs", address, tab, str(tensors)))
    return {**figures, "server": _processor_seconds(pid) - before}


def _processor_seconds(pid: int) -> float:
    """Return the processor time of a process so far, NaN where the system does not tell."""
    stat = Path(f"/proc/{pid}/stat")
    if not stat.exists():
        return float("nan")
    fields = stat.read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def wait_until_loaded(address: str, series: int) -> None:
    """Wait until the data server has read the whole log: both tabs then have the same to show."""
    end = time.monotonic() + PATIENCE
    records = -1
    while time.monotonic() < end:
        tags = json.load(urllib.request.urlopen(f"{address}data/plugin/histograms/tags"))
        last = [(run, max(own)) for run, own in tags.items()][-1] if tags else None
        if last and sum(map(len, tags.values())) == series:
            query = urllib.parse.urlencode({"run": last[0], "tag": last[1]})
            found = len(json.load(urllib.request.urlopen(f"{address}data/plugin/histograms/histograms?{query}")))
            if found == records:
                return
            records = found
        time.sleep(2.0)
    raise TimeoutError("TensorBoard has not read the log.")


def rows(stock: Figures, cold: Figures, warm: Figures) -> list[tuple[str, str, float, float, float]]:
    """Return name, unit and figures of each line of the table."""

    def line(name: str, unit: str, stock_of: Callable[[Figures], float] | None, ours_of: Callable[[Figures], float]):
        return (name, unit, stock_of(stock) if stock_of else float("nan"), ours_of(cold), ours_of(warm))

    def megabytes(when: str, *names: str) -> Callable[[Figures], float]:
        return lambda figures: sum(figures[when]["memory"][name] for name in names) / 1e6

    def bytes_of(when: str, kind: str) -> Callable[[Figures], float]:
        return lambda figures: sum(route[kind] for route in figures[when]["traffic"].values()) / 1e6

    def block(*phases: str) -> Callable[[Figures], float]:
        return lambda figures: max(figures["blocks"][phase]["longest"] for phase in phases)

    return [
        line(
            "verdict, or first page of charts",
            "s",
            lambda f: f["first"]["page"] / 1e3,
            lambda f: f["first"]["verdict"] / 1e3,
        ),
        line(
            "heatmap, or first page of charts",
            "s",
            lambda f: f["first"]["page"] / 1e3,
            lambda f: f["first"]["heatmap"] / 1e3,
        ),
        line("all is measured", "s", None, lambda f: f["first"]["complete"] / 1e3),
        line("scrolling, a tensor", "ms", lambda f: f["scrolled"]["each"], lambda f: f["scrolled"]["each"]),
        line("choosing a tensor, typically", "ms", None, lambda f: f["selected"]["typical"]),
        line("choosing a tensor, at worst", "ms", None, lambda f: f["selected"]["worst"]),
        line("a key in the heatmap", "ms", None, lambda f: f["selected"]["press"]),
        line("longest block, loading", "ms", block("load"), block("load")),
        line("longest block, scrolling", "ms", block("scrolling"), block("scrolling")),
        line("longest block, measuring", "ms", None, block("measuring")),
        line("longest block, choosing", "ms", None, block("selecting", "keys")),
        line("memory, loaded", "MB", megabytes("loaded", "heap", "buffers"), megabytes("loaded", "heap", "buffers")),
        line("memory, half scrolled", "MB", _halfway, _halfway),
        line("memory, scrolled", "MB", megabytes("after", "heap", "buffers"), megabytes("after", "heap", "buffers")),
        line(
            "nodes, scrolled",
            "1,000",
            lambda f: f["after"]["memory"]["nodes"] / 1e3,
            lambda f: f["after"]["memory"]["nodes"] / 1e3,
        ),
        line("received, loaded", "MB", bytes_of("loaded", "wire"), bytes_of("loaded", "wire")),
        line("unpacked, loaded", "MB", bytes_of("loaded", "unpacked"), bytes_of("loaded", "unpacked")),
        line("server, processor time", "s", lambda f: f["server"], lambda f: f["server"]),
    ]


def _halfway(figures: Figures) -> float:
    memory = figures["scrolled"]["halfway"]
    return (memory["heap"] + memory["buffers"]) / 1e6


def show(title: str, visits: Sequence[tuple[Figures, Figures, Figures]]) -> None:
    """Print a table of medians, and what each route has sent."""
    print(f"\n{title}, medians of {len(visits)}" if len(visits) > 1 else f"\n{title}")
    print(f"{'':34}{'stock':>10}{'ours cold':>11}{'ours warm':>11}{'':7}{'warm/stock':>10}")
    for lines in zip(*(rows(*each) for each in visits), strict=True):
        name, unit = lines[0][:2]
        stock, cold, warm = (sorted(line[at] for line in lines)[len(lines) // 2] for at in (2, 3, 4))
        ratio = "" if stock != stock or stock == 0 else f"{warm / stock:.2f}"
        print(f"{name:34}{_figure(stock):>10}{_figure(cold):>11}{_figure(warm):>11} {unit:6}{ratio:>10}")
    for name, figures in zip(("stock", "ours cold", "ours warm"), visits[-1], strict=True):
        for route, own in sorted(figures["after"]["traffic"].items()):
            sizes = f"{own['wire'] / 1e3:,.0f} kB received, {own['unpacked'] / 1e3:,.0f} kB unpacked"
            largest = f"the largest {own['largest'] / 1e3:,.0f} kB"
            print(f"  {name:10} {route:11} {own['requests']:5} requests, {sizes}, {largest}")


def _figure(value: float) -> str:
    return "" if value != value else f"{value:,.1f}" if value < 100 else f"{value:,.0f}"


def main() -> None:
    """Write, serve, visit; print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--logs", nargs="+", choices=LOGS, default=list(LOGS))
    parser.add_argument("--tensors", type=int, default=300, help="how many to scroll through")
    parser.add_argument("--turns", type=int, default=1)
    parser.add_argument("--keep", type=Path, help="a folder for the logs, written once and used again")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        for name in chosen.logs:
            title, write, series = LOGS[name]
            logdir = (chosen.keep or Path(temporary)) / name
            if not logdir.exists():
                write(logdir)
            visits = []
            for _ in range(chosen.turns):
                with serve.tensorboard(logdir, 6206) as (address, process):
                    base = address.partition("#")[0]
                    wait_until_loaded(base, series)
                    first = visit(base, "histograms", chosen.tensors, process.pid)
                    cold, warm = (visit(base, "histdiag", chosen.tensors, process.pid) for _ in range(2))
                    again = visit(base, "histograms", chosen.tensors, process.pid)
                visits.append((min(first, again, key=lambda figures: figures["first"]["page"]), cold, warm))
            show(title, visits)


if __name__ == "__main__":
    main()
