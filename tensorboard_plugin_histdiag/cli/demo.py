"""``histdiag demo``: small trainings, healthy and sick, shown in TensorBoard."""

from __future__ import annotations

import argparse
from pathlib import Path


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Say what the command takes."""
    parser = commands.add_parser(
        "demo",
        help="train small networks, healthy and sick, and show them in TensorBoard",
        description="Train eight small networks, two healthy and six sick, log them and show them in TensorBoard.",
        allow_abbrev=False,
    )
    parser.add_argument("--logdir", type=Path, metavar="DIR", help="where to log (default: a temporary directory)")
    parser.add_argument("--no-serve", action="store_true", help="log only, do not start TensorBoard")
    parser.add_argument("--port", type=_port, default=6006, help="the next free one is taken from here (default: 6006)")
    parser.set_defaults(run_command=run)


def run(arguments: argparse.Namespace) -> int:
    """Train, log and serve until interrupted."""
    from rich.console import Console

    from ..demo import run

    return run(arguments.logdir, serve=not arguments.no_serve, port=arguments.port, console=Console(stderr=True))


def _port(text: str) -> int:
    if text.isdecimal() and int(text) < 2**16:
        return int(text)
    raise argparse.ArgumentTypeError(f"{text!r} is no port (0 to 65535)")
