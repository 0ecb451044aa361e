"""The only door for data: a log directory or a TensorBoard data provider in, histogram batches and scalars out."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from ..scalar import Scalar, ScalarKind
from .event_files import event_files, flaws
from .logdir import NoServer, data_server, load_multiplexer
from .remote import Unreadable, is_remote, remote_provider
from .source import NoHistograms, NotReadable, Progress, Source, SourceError, named

__all__ = [
    "NoHistograms",
    "NotReadable",
    "Scalar",
    "ScalarKind",
    "Source",
    "SourceError",
    "named",
    "none_found",
    "open_logdir",
]


@contextmanager
def open_logdir(path: str | os.PathLike[str], *, progress: Progress | None = None) -> Iterator[Source]:
    """Open a log directory with every logged step kept.

    TensorBoard's data server reads it where there is a binary for this platform, its Python reader otherwise.
    Nothing is written to the directory.

    Parameters
    ----------
    path
        A directory that holds event files, at any depth; or an address such as ``gs://bucket/logs``, as far as
        TensorBoard reads it.
    progress
        Called with a short sentence whenever something that takes time begins.

    Raises
    ------
    SourceError
        TensorBoard cannot read the address, or a folder.
    NoHistograms
        There is no such directory, it holds no event files, or no histograms are in them.
    """
    tell = progress or (lambda text: None)
    if is_remote(os.fspath(path)):
        with _open_remote(os.fspath(path), tell) as source:
            yield source
        return
    root = Path(path).expanduser()
    try:
        files = event_files(root)
    except OSError as error:
        raise NotReadable(f"Cannot read {root}: {error.strerror}.") from None
    if not files:
        raise NoHistograms(f'There are no event files under {root} (none with "tfevents" in its name).')
    found = flaws(files)
    tell(f"Reading {sum(size for each in files.values() for _, size in each) / 1e6:.1f} MB of event files")
    with ExitStack() as stack:
        try:
            source = Source(stack.enter_context(data_server(root)))
            for _ in source.batches(downsample=1):
                pass
            if source.foreign:
                raise NoServer("the data server keeps only the images where they share tags with histograms")
        except NoServer as reason:
            stack.close()
            tell(f"Reading with TensorBoard's slower Python reader: {reason}")
            try:
                source = Source(load_multiplexer(root))
            except OSError as error:
                raise SourceError(f"TensorBoard cannot read {error.filename}: {error.strerror}.") from None
            except UnicodeEncodeError:
                raise SourceError(f"TensorBoard cannot read {root}: a folder's name is not in UTF-8.") from None
        source.unopened = (*found.unread, *found.cut)
        if not source.list_series():
            raise none_found(root, found.unread)
        yield source


def none_found(root: Path, nothing: Sequence[str]) -> NoHistograms:
    """Say that there are no histograms, or none that can be read, as `event_files.flaws` says of some files."""
    if nothing:
        return NotReadable(f"There are no histograms in what can be read under {root}. {' '.join(nothing)}")
    return NoHistograms(f"There are no histograms in the event files under {root}.")


@contextmanager
def _open_remote(address: str, tell: Progress) -> Iterator[Source]:
    tell(f"Reading {address}")
    try:
        with remote_provider(address, tell) as provider:
            source = Source(provider)
            if not source.list_series():
                raise NotReadable(f"There are no histograms under {address}.")
            yield source
    except Unreadable as error:
        raise SourceError(str(error)) from None
