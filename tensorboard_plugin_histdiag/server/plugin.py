"""The TensorBoard plugin: routes that answer from a ledger. ``x_impl`` is logic, ``x_route`` is HTTP."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable, Collection, Mapping, Sequence

from tensorboard import plugin_util
from tensorboard.context import RequestContext
from tensorboard.errors import InvalidArgumentError, NotFoundError
from tensorboard.plugins import base_plugin
from werkzeug import wrappers

from ..compare import compare, record_at, steps_to_compare
from ..comparison import RunComparison
from ..config import DEFAULTS
from ..config_file import ConfigError, read
from ..histogram import HistogramBatch, Series
from ..metrics import BY_NAME
from ..provider.source import EVERY_RECORD, Source
from ..report import Rules
from ..rules import documentation
from . import bundle, payload, respond
from .ledger import Ledger
from .snapshot import Snapshot
from .wire import encode

EXPERIMENTS = 4
"""Experiments whose metrics are kept at once."""
LARGEST_ANSWER = 256 * 2**20
"""Bytes of histograms."""
SCALARS = "loss"
"""The name under which the metrics route gives losses, accuracies and learning rates."""

RECORDS = "records"
"""The name under which it gives no metric, only at which steps there are records."""

_KEPT_BY_DEFAULT = {"rust": 100, "multiplexer": 500}


class DiagnosticsPlugin(base_plugin.TBPlugin):  # type: ignore[misc]  # TensorBoard has no types
    """Serve reports, metrics and histograms to the Diagnostics tab."""

    plugin_name = "histdiag"

    def __init__(self, context: base_plugin.TBContext) -> None:
        self._provider = context.data_provider
        self._kept = kept_histograms(Source(context.data_provider).name, context.sampling_hints or {})
        self._config, self._complaint = DEFAULTS, ""
        # Only what whoever started TensorBoard names: a log, and what lies beside it, may be anybody's.
        if path := getattr(context.flags, "histdiag_config", ""):
            try:
                self._config = read(path)
            except ConfigError as error:
                self._complaint = f"The configuration is not used, the defaults are: {error}"
        self._ledgers: OrderedDict[str, Ledger] = OrderedDict()
        self._lock = threading.Lock()

    def data_plugin_names(self) -> tuple[str, ...]:
        """Have TensorBoard enable the tab where there are histograms, without asking us."""
        return ("histograms",)

    def is_active(self) -> bool:
        """Leave the answer to `data_plugin_names`."""
        return False

    def frontend_metadata(self) -> base_plugin.FrontendMetadata:
        """Name the tab and its module."""
        return base_plugin.FrontendMetadata(es_module_path="/static/index.js", tab_name="Diagnostics")

    def get_plugin_apps(self) -> dict[str, Callable[..., object]]:
        """Return the routes, all of them read-only."""
        return {
            "/report": self.report_route,
            "/rules": self.rules_route,
            "/metrics": self.metrics_route,
            "/histograms": self.histograms_route,
            "/compare": self.compare_route,
            "/static/*": self.static_route,
        }

    def report_impl(self, ctx: RequestContext, experiment: str) -> Snapshot:
        """Return what is known now; measuring goes on in the background."""
        return self._ledger(experiment).refresh(ctx)

    def rules_impl(self) -> Rules:
        """Return the documentation of every rule and metric."""
        return documentation(self._config.thresholds)

    def metrics_impl(
        self,
        snapshot: Snapshot,
        run: str,
        names: Sequence[str],
        ids: Collection[int] | None = None,
        *,
        brief: bool = False,
    ) -> bytes:
        """Return metrics of all series of a run, or of those with the given ids; ``brief`` as in `metric_tensors`."""
        known = (*BY_NAME, SCALARS, RECORDS)
        if unknown := [name for name in names if name not in known]:
            raise InvalidArgumentError(f"There is no metric {unknown[0]!r}; there are {', '.join(known)}.")
        if all(series.run != run for series in snapshot.ids):
            raise NotFoundError(f"There is no run {run!r} with histograms.")
        measured = [
            (snapshot.ids[series], own)
            for series, own in snapshot.metrics.items()
            if series.run == run and (ids is None or snapshot.ids[series] in ids)
        ]
        wanted = [name for name in names if name in BY_NAME]
        tensors = {} if set(names) == {SCALARS} else payload.metric_tensors(measured, wanted, brief=brief)
        scalars, texts = payload.scalar_tensors(snapshot.scalars.get(run, ()) if SCALARS in names else ())
        return encode(tensors | scalars, texts)

    def histograms_impl(
        self, ctx: RequestContext, experiment: str, snapshot: Snapshot, ids: Sequence[int], steps: int | None
    ) -> bytes:
        """Return histograms of several series, read from the provider now; ``steps`` as the stock tab samples them.

        Series that hold nothing any more are left out.
        """
        series_of = {identity: series for series, identity in snapshot.ids.items()}
        unknown = [identity for identity in ids if identity not in series_of]
        if unknown:
            raise NotFoundError(f"There is no series {unknown[0]}; the report lists them.")
        # A source of its own: it learns while it reads, and requests come from several threads.
        source = Source(self._provider, experiment=experiment, keep=self._kept, ctx=ctx)
        batches: list[HistogramBatch] = []
        size = 0
        # Sorted, so that one call can fetch all that is asked of a run.
        for batch in source.batches(
            sorted({series_of[identity] for identity in ids}), downsample=steps, listed=snapshot.listed
        ):
            size += batch.nbytes
            if size > LARGEST_ANSWER:
                raise InvalidArgumentError(
                    f"These {len(ids)} series hold more than {LARGEST_ANSWER >> 20} MB; ask for fewer, or for steps=51."
                )
            batches.append(batch)
        return encode(payload.histogram_tensors(batches, snapshot.ids))

    def compare_impl(
        self, ctx: RequestContext, experiment: str, snapshot: Snapshot, run: str, other: str
    ) -> RunComparison:
        """Return how two runs differ, at the last steps that both have; read from the provider now."""
        tags = {name: {series.tag for series in snapshot.metrics if series.run == name} for name in (run, other)}
        for name in (run, other):
            if not tags[name]:
                raise NotFoundError(f"There is no run {name!r} with histograms.")
        # Where both end at one step, their last records are enough: every provider keeps those.
        newest: dict[Series, int] = {}
        inner: dict[Series, int] = {}
        for tag in tags[run] & tags[other]:
            pair = Series(run, tag), Series(other, tag)
            lasting = [snapshot.metrics[series].step for series in pair]
            if steps := steps_to_compare(*lasting):
                at_end = all(known[-1] == step for known, step in zip(lasting, steps, strict=True))
                (newest if at_end else inner).update(zip(pair, steps, strict=True))
        source = Source(self._provider, experiment=experiment, keep=self._kept, ctx=ctx)
        records: dict[Series, HistogramBatch] = {}
        for wanted, most in ((newest, 1), (inner, None)):
            for batch in source.batches(sorted(wanted), downsample=most, listed=snapshot.listed) if wanted else ():
                for index, series in enumerate(batch.series):
                    own = batch.slice_series(index, index + 1)
                    if len(own):
                        records[series] = record_at(own, wanted[series])
        return compare(snapshot.report, run, other, records)

    @respond.guarded
    def report_route(self, request: wrappers.Request) -> wrappers.Response:
        """Answer the report as it stands."""
        ctx, experiment = _context(request)
        snapshot = self.report_impl(ctx, experiment)
        return respond.unchanged(request, snapshot.revision, respond.JSON) or respond.packed(
            request, snapshot.packed, respond.JSON, etag=snapshot.revision
        )

    @respond.guarded
    def rules_route(self, request: wrappers.Request) -> wrappers.Response:
        """Answer the documentation."""
        return respond.struct(request, self.rules_impl())

    @respond.guarded
    def metrics_route(self, request: wrappers.Request) -> wrappers.Response:
        """Answer metrics of one run."""
        snapshot = self._snapshot(request)
        run, names = _required(request, "run"), _required(request, "metric").split(",")
        ids = set(_numbers("series", request.args["series"])) if "series" in request.args else None
        return respond.unchanged(request, snapshot.revision, respond.ARRAYS) or respond.tensors(
            request,
            self.metrics_impl(snapshot, run, names, ids, brief="brief" in request.args),
            etag=snapshot.revision,
            immutable=request.args.get("revision") == snapshot.revision,
        )

    @respond.guarded
    def histograms_route(self, request: wrappers.Request) -> wrappers.Response:
        """Answer histograms of several series."""
        ctx, experiment = _context(request)
        snapshot = self._snapshot(request)
        ids = _numbers("series", _required(request, "series"))
        steps = min(_number("steps", request.args["steps"], least=1), EVERY_RECORD) if "steps" in request.args else None
        return respond.unchanged(request, snapshot.revision, respond.ARRAYS) or respond.tensors(
            request,
            self.histograms_impl(ctx, experiment, snapshot, ids, steps),
            etag=snapshot.revision,
            immutable=request.args.get("revision") == snapshot.revision,
        )

    @respond.guarded
    def compare_route(self, request: wrappers.Request) -> wrappers.Response:
        """Answer how two runs differ."""
        ctx, experiment = _context(request)
        snapshot = self._snapshot(request)
        run, other = _required(request, "run"), _required(request, "with")
        return respond.unchanged(request, snapshot.revision, respond.JSON) or respond.struct(
            request, self.compare_impl(ctx, experiment, snapshot, run, other), etag=snapshot.revision
        )

    @respond.guarded
    def static_route(self, request: wrappers.Request) -> wrappers.Response:
        """Answer a file of the bundle."""
        name = request.path.partition("/static/")[2]
        found = bundle.read(name)
        if found is None:
            raise NotFoundError(f"There is no file {name!r} in the bundle.")
        if name == bundle.ENTRY:
            ctx, experiment = _context(request)
            self._ledger(experiment).begin(ctx)  # the tab opens, and will ask for the report
        contents, content_type = found
        etag = hashlib.sha256(contents).hexdigest()[:16]
        return respond.unchanged(request, etag, content_type) or respond.file(
            request, contents, content_type, etag=etag
        )

    def _ledger(self, experiment: str) -> Ledger:
        with self._lock:
            if experiment not in self._ledgers:
                source = Source(self._provider, experiment=experiment, keep=self._kept)
                self._ledgers[experiment] = Ledger(
                    source, kept=self._kept, config=self._config, complaint=self._complaint
                )
                while len(self._ledgers) > EXPERIMENTS:
                    self._ledgers.popitem(last=False)[1].close()
            self._ledgers.move_to_end(experiment)
            return self._ledgers[experiment]

    def _snapshot(self, request: wrappers.Request) -> Snapshot:
        """Return the state that a request for arrays is about."""
        ctx, experiment = _context(request)
        ledger = self._ledger(experiment)
        snapshot = ledger.current(ctx)
        revision = request.args.get("revision")
        if revision is not None and not ledger.issued(revision):
            raise NotFoundError(f"There is no report of revision {revision!r} any more; fetch the report again.")
        return snapshot


def kept_histograms(provider: str, hints: Mapping[str, int]) -> int | None:
    """Return how many histograms a series TensorBoard keeps, None for all or where that is unknown."""
    return hints.get("histograms", _KEPT_BY_DEFAULT.get(provider)) or None


def _context(request: wrappers.Request) -> tuple[RequestContext, str]:
    return plugin_util.context(request.environ), plugin_util.experiment_id(request.environ)


def _required(request: wrappers.Request, name: str) -> str:
    value = request.args.get(name, "")
    if not value:
        raise InvalidArgumentError(f"The parameter {name!r} is missing.")
    return value


def _numbers(name: str, text: str) -> list[int]:
    return [_number(name, one) for one in text.split(",")]


def _number(name: str, text: str, least: int = 0) -> int:
    # Digits only and not too many: int() takes underscores, and refuses thousands of digits with another error.
    if not (text.isascii() and text.isdigit() and len(text) <= 18 and int(text) >= least):
        raise InvalidArgumentError(f"The parameter {name!r} takes whole numbers from {least}, not {text!r}.")
    return int(text)
