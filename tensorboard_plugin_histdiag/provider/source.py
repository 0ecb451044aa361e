"""Histogram batches and scalars from one TensorBoard data provider."""

from __future__ import annotations

import hashlib
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import groupby, islice
from typing import Any, Literal

import grpc
from tensorboard.context import RequestContext
from tensorboard.data.provider import RunTagFilter
from tensorboard.plugins.histogram import metadata

from ..canonical import is_histogram
from ..histogram import HistogramBatch, Record, Series
from ..model.model import Model
from ..scalar import Scalar
from .chunks import CHUNK_BYTES, Groups, Logged, Sizes, middle, next_chunk, split
from .listing import Listed, histogram_series
from .models import Models
from .scalars import read_scalars, scalar_tokens

Progress = Callable[[str], None]
SourceName = Literal["rust", "multiplexer", "provider"]

EVERY_RECORD = 2**31 - 1
"""A ``downsample`` that leaves nothing out."""
_PROBED_AT_ONCE = 512
_NAMES: dict[str, SourceName] = {"GrpcDataProvider": "rust", "MultiplexerDataProvider": "multiplexer"}


class SourceError(Exception):
    """Data cannot be read; the message is one sentence for the user."""


class NoHistograms(SourceError):
    """There is nothing to diagnose: no directory, no event files or no histograms in them."""


class NotReadable(NoHistograms):
    """There is no such directory, or it may not be read."""


class _TooLarge(SourceError):
    """A reply went beyond the data server's limit."""


class Source:
    """Read histograms and scalars through one data provider.

    Parameters
    ----------
    provider
        A ``tensorboard.data.provider.DataProvider``.
    experiment
        Experiment id; empty for a local log directory.
    keep
        How many records a series can have at most, where that is known from how the provider was started.
    ctx
        Request context for all calls that are not given their own.
    runs
        Tells of which runs to list series, all if not given.
    chunk
        Bytes that `batches` reads at once, 32 MB if not given.

    Attributes
    ----------
    name
        Which of TensorBoard's providers it is.
    thinned
        Series too large for one reply of the data server, read with records left out.
    unreadable
        Series whose tensors TensorBoard itself cannot decode.
    foreign
        Series in which only other tensors were found. Where images were logged under the same tags and steps, as by
        Keras 2 with ``write_images=True``, TensorBoard's data server keeps the images alone.
    unopened
        Sentences on what was passed over in silence before.
    """

    def __init__(
        self,
        provider: Any,
        *,
        experiment: str = "",
        keep: int | None = None,
        ctx: RequestContext | None = None,
        runs: Callable[[str], bool] | None = None,
        chunk: int | None = None,
    ) -> None:
        self.name: SourceName = _NAMES.get(type(provider).__name__, "provider")
        self.thinned: set[Series] = set()
        self.unreadable: set[Series] = set()
        self.foreign: set[Series] = set()
        self.unopened: Sequence[str] = ()
        self._provider = provider
        self._experiment = experiment
        self._keep = keep or EVERY_RECORD
        self._ctx = ctx
        self._runs = runs
        self._chunk = chunk
        self._sizes = Sizes()
        self._models = Models()

    def list_series(self, ctx: RequestContext | None = None) -> dict[Series, tuple[int, float]]:
        """Return all histogram series, sorted by run and tag, with their last step and wall time.

        The pair is a cheap token of change. It misses records that were only evicted or filled in behind the last.
        """
        listed = self._call("list_tensors", ctx, plugin_name=metadata.PLUGIN_NAME)
        return histogram_series({run: tags for run, tags in listed.items() if self._runs is None or self._runs(run)})

    def log_id(self, ctx: RequestContext | None = None) -> str:
        """Name the log after its experiment and the run that began first, which stay while the log grows.

        The first record of a series would not do: TensorBoard keeps a sample, and another one later.
        """
        begun = [(run.start_time, run.run_name) for run in self._call("list_runs", ctx) if run.start_time]
        return hashlib.sha256(repr((self._experiment, *min(begun))).encode()).hexdigest()[:12] if begun else ""

    def batches(
        self,
        series: Sequence[Series] | None = None,
        *,
        downsample: int | None = None,
        first: int | None = None,
        listed: Listed | None = None,
        ctx: RequestContext | None = None,
    ) -> Iterator[HistogramBatch]:
        """Yield whole series in the order asked, in chunks of about 32 MB.

        Series without a single histogram (unknown, empty, foreign tensors only) are left out.

        Parameters
        ----------
        series
            Which series; all of them where not given.
        downsample
            Read at most so many records a series, chosen by the provider as for the stock tabs; all where not given.
        first
            Bytes of a smaller first chunk, for who wants to begin soon; each may be twice as large as the one before.
        listed
            What `list_series` gave, for who has just asked: of thousands of series that takes as long as reading some.
        ctx
            Request context in place of the source's own.
        """
        listed = self.list_series(ctx) if listed is None else listed
        asked = list(listed) if series is None else [one for one in series if one in listed]
        limit = EVERY_RECORD if downsample is None else int(downsample)
        steps = {one: max(last, 0) + 1 for one, (last, _) in listed.items()}
        groups: Groups = deque((run, list(members)) for run, members in groupby(asked, key=lambda one: one.run))
        listed_of = Counter(one.run for one in listed)
        probed: set[Series] = set()
        largest = self._chunk or CHUNK_BYTES
        most = min(first or largest, largest)
        while groups:
            ahead = {*islice((one for _, members in groups for one in members), _PROBED_AT_ONCE)} - probed
            self._probe(sorted(ahead), steps, limit, ctx)
            probed |= ahead
            chunk = next_chunk(groups, listed_of, lambda one: self._cost(one, steps[one], limit), most)
            most = min(2 * most, largest)
            for logged in self._read(chunk, steps, limit, ctx):
                yield from split(logged, self._chunk)

    def scalars(self, run: str, ctx: RequestContext | None = None) -> tuple[Scalar, ...]:
        """Return the losses, accuracies and learning rates of a run, matched by name."""
        return self.scalars_of([run], ctx)[run]

    def scalars_of(self, runs: Sequence[str], ctx: RequestContext | None = None) -> dict[str, tuple[Scalar, ...]]:
        """Return the scalars of many runs in few calls; the data server has a floor of 44 ms for each."""
        return read_scalars(partial(self._call, ctx=ctx), runs)

    def scalar_tokens(self, runs: Sequence[str], ctx: RequestContext | None = None) -> dict[str, object]:
        """Return for each run what changes when its scalars do."""
        return scalar_tokens(partial(self._call, ctx=ctx), runs)

    def models_of(self, runs: Sequence[str], ctx: RequestContext | None = None) -> dict[str, Model]:
        """Return the models of runs, as far as the Keras callback or a writer of graphs logged them."""
        return self._models.of(runs, partial(self._call, ctx=ctx), partial(self._ask, ctx=ctx))

    def complaints(self) -> list[str]:
        """Return a sentence for each series and model that was not read as it was logged, and one on files not read."""
        texts = [f"TensorBoard cannot decode {named(series)}." for series in sorted(self.unreadable)]
        texts += [
            f"{named(series)} is too large for one reply of the data server: some of its records were left out."
            for series in sorted(self.thinned)
        ]
        texts += [
            f"{named(series)} holds no histograms: TensorBoard's data server keeps only the images that are logged"
            " under the same tag. Start TensorBoard with --load_fast=false to see both."
            for series in sorted(self.foreign)
        ]
        return [*self.unopened, *texts, *(text for _, text in sorted(self._models.complaints.items()))]

    def _call(self, method: str, ctx: RequestContext | None, **arguments: Any) -> Any:
        return self._ask(method, ctx, experiment_id=self._experiment, **arguments)

    def _ask(self, method: str, ctx: RequestContext | None, **arguments: Any) -> Any:
        try:
            return getattr(self._provider, method)(ctx or self._ctx or RequestContext(), **arguments)
        except grpc.RpcError as error:
            # TensorBoard translates three codes into errors of its own; all others escape raw.
            code = error.code() if isinstance(error, grpc.Call) else None
            if code == grpc.StatusCode.RESOURCE_EXHAUSTED:
                raise _TooLarge("The data server refused a reply because of its size.") from None
            if code == grpc.StatusCode.UNAVAILABLE:
                raise SourceError("TensorBoard's data server does not answer; it may have stopped.") from None
            name = code.name if code is not None else "an unknown error"
            raise SourceError(f"TensorBoard's data server answered with {name}.") from error

    def _cost(self, series: Series, steps: int, limit: int) -> int:
        return self._sizes.estimate(series, steps, min(limit, self._keep))

    def _probe(self, asked: Sequence[Series], steps: dict[Series, int], limit: int, ctx: RequestContext | None) -> None:
        """Learn the number of rows from the last records, where it matters.

        The multiplexer has no limit and decodes everything for any read, so there it would cost a full read.
        """
        unseen = [one for one in asked if one not in self._sizes]
        if self.name == "multiplexer" or sum(self._cost(one, steps[one], limit) for one in unseen) <= CHUNK_BYTES:
            return
        for _ in self._read(unseen, steps, 1, ctx):
            pass

    def _read(
        self, chunk: list[Series], steps: dict[Series, int], limit: int, ctx: RequestContext | None
    ) -> Iterator[Logged]:
        """Read one chunk in one call; in halves where the reply is too large or a tensor in it cannot be decoded."""
        chosen = RunTagFilter(sorted({one.run for one in chunk}), sorted({one.tag for one in chunk}))
        try:
            read = self._call(
                "read_tensors", ctx, plugin_name=metadata.PLUGIN_NAME, downsample=limit, run_tag_filter=chosen
            )
        except (_TooLarge, TypeError, ValueError, LookupError) as error:  # the last three: what decoding raises
            if len(chunk) > 1:
                half = middle(chunk)
                yield from self._read(chunk[:half], steps, limit, ctx)
                yield from self._read(chunk[half:], steps, limit, ctx)
            elif not isinstance(error, _TooLarge):
                self.unreadable.add(chunk[0])
            elif limit > 1:
                self.thinned.add(chunk[0])
                yield from self._read(chunk, steps, max(1, min(limit, steps[chunk[0]]) // 2), ctx)
            else:
                raise
            return
        logged: Logged = []
        for one in chunk:
            data = read.get(one.run, {}).get(one.tag, ())
            records = [Record(datum.step, datum.wall_time, datum.numpy) for datum in data]
            widest = max((len(record.rows) for record in records if is_histogram(record.rows)), default=None)
            if widest is None:
                self.foreign.update([one] if records else [])
                continue
            self.foreign.discard(one)
            self._sizes.learn_rows(one, widest)
            if limit > 1:
                self._sizes.learn_records(one, len(records), steps[one])
            logged.append((one, records))
        yield logged


def named(series: Series) -> str:
    """Name a series in a message."""
    return f"{series.tag!r} of run {series.run!r}"
