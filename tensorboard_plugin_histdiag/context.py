"""What a rule may know beyond its own series: the run's other series, their order in depth, the scalars."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property

import numpy as np

from .bounded import Bools, Floats
from .keeping import once
from .measured import Metrics, SeriesMetrics
from .model.model import Model
from .model.modelled import OF_NORM, Modelled
from .scalar import Scalar, objectives
from .tags.naming import Naming
from .tags.parsing import TagInfo, order_infos, parse

GRADIENTS = (
    "weight-gradient",
    "bias-gradient",
    "norm-gradient",
    "embedding-gradient",
    "gradient",
)
ACTIVATIONS = ("activation", "pre-activation")


class RunContext:
    """One run: its series in depth order, and the scalars beside them.

    Parameters
    ----------
    metrics
        The run's series only.
    scalars
        Loss, accuracy and learning rate as far as logged.
    kept
        How many records TensorBoard keeps of a series, None where it keeps all or that is not known.
    naming
        What the user says about roles and the order of layers.
    model
        What the log says of the model itself, if anything.

    Attributes
    ----------
    model
        The same for the layers that the tags name.
    """

    def __init__(
        self,
        metrics: Metrics,
        scalars: Sequence[Scalar] = (),
        kept: int | None = None,
        naming: Naming = Naming(),  # noqa: B008 (frozen)
        model: Model | None = None,
    ) -> None:
        self.metrics = metrics
        self.scalars = tuple(scalars)
        self.kept = kept
        self.run = metrics.series[0].run if metrics.series else ""
        tags, named = [series.tag for series in metrics.series], self._infos()
        infos = [naming.correct(tag, info) for tag, info in zip(tags, named, strict=True)]
        self.model = Modelled(model, tags, infos)
        # What the user says goes before what the model says, and that before names.
        infos = [self.model.correct(info) if info is own else info for info, own in zip(infos, named, strict=True)]
        ordering = naming.reorder(self.model.reorder(order_infos(infos), infos), infos)
        self.order_known = ordering.known
        self.series = tuple(
            SeriesMetrics(metrics, index, info, ordering.places.get(info.layer, -1)) for index, info in enumerate(infos)
        )

    def _infos(self) -> list[TagInfo]:
        """Read what each tensor is from its name, and normalisations that are named by number from their values.

        PyTorch's Sequential calls the scale of a normalisation ``1.weight``. It starts as exactly 1 everywhere and has
        as many values as the bias beside it, which no weight matrix does.
        """
        infos = [parse(series.tag) for series in self.metrics.series]
        size = self.first_size()
        is_one = (self.first_of("minimum") == 1) & (self.first_of("maximum") == 1)
        bias_sizes = {info.layer: size[index] for index, info in enumerate(infos) if info.role == "bias"}
        norms = {
            info.layer
            for index, info in enumerate(infos)
            if info.role == "weight" and is_one[index] and bias_sizes.get(info.layer) == size[index]
        }
        return [
            replace(info, role=OF_NORM[info.role]) if info.layer in norms and info.role in OF_NORM else info
            for info in infos
        ]

    @once
    def in_roles(self, *roles: str) -> Bools:
        """bool[S]: whether each series has any of the roles."""
        return np.array([series.role in roles for series in self.series], dtype=np.bool_)

    def having(self, *roles: str) -> list[SeriesMetrics]:
        """Return the series in any of the roles, in depth order (by tag where that is not known)."""
        return [series for series in self._in_depth_order if series.role in roles]

    @cached_property
    def _in_depth_order(self) -> list[SeriesMetrics]:
        return sorted(self.series, key=lambda series: (series.info.network, series.order, series.tag))

    @cached_property
    def results(self) -> dict[object, object]:
        """What `once` keeps."""
        return {}

    def since_break(self) -> RunContext:
        """Return the run since its steps last went back, for what compares records with each other."""
        metrics = self.metrics.since_break()
        if metrics is self.metrics:
            return self
        cut = RunContext.__new__(RunContext)
        cut.metrics, cut.kept, cut.run = metrics, self.kept, self.run
        cut.model, cut.order_known = self.model, self.order_known
        cut.series = tuple(SeriesMetrics(metrics, one.index, one.info, one.order) for one in self.series)
        back = int(metrics.resumed_at.max())
        cut.scalars = tuple(scalar.since(back) for scalar in self.scalars)
        return cut

    def networks(self, *roles: str) -> list[list[SeriesMetrics]]:
        """Return the series in any of the roles, one list a network, each in depth order."""
        found: dict[str, list[SeriesMetrics]] = {}
        for series in self.having(*roles):
            found.setdefault(series.info.network, []).append(series)
        return list(found.values())

    def sibling(self, series: SeriesMetrics, *roles: str) -> SeriesMetrics | None:
        """Return the series of the same layer in one of the roles."""
        return next((other for role in roles for other in self._layers.get((series.layer, role), ())), None)

    @cached_property
    def _layers(self) -> dict[tuple[str, str], list[SeriesMetrics]]:
        found: dict[tuple[str, str], list[SeriesMetrics]] = {}
        for series in self.series:
            found.setdefault((series.layer, series.role), []).append(series)
        return found

    @cached_property
    def adapters(self) -> tuple[str, ...]:
        """Layers of low-rank adapters (LoRA), by their tags."""
        return tuple(series.layer for series in self.series if "lora" in series.tag.lower())

    @cached_property
    def first_step(self) -> int:
        """The first step of any histogram."""
        return int(self.metrics.step.min()) if len(self.metrics.step) else 0

    @cached_property
    def last_step(self) -> int:
        """The last step of any histogram."""
        return int(self.metrics.step.max()) if len(self.metrics.step) else 0

    @cached_property
    def last_wall_time(self) -> float:
        """When the last histogram was written, in seconds since 1970."""
        return float(self.metrics.wall_time.max()) if len(self.metrics.step) else 0.0

    @cached_property
    def loss(self) -> Scalar | None:
        """The training loss, rather the whole than a term of it, else the validation loss, as far as logged."""
        logged = [scalar for scalar in self.scalars if len(scalar.step)]
        others = [scalar for kind in ("loss", "validation-loss") for scalar in logged if scalar.kind == kind]
        return next(iter((*objectives(logged), *others)), None)

    @cached_property
    def steps_are_epochs(self) -> bool | None:
        """Whether steps count epochs: Keras' ``epoch_`` scalars say so, and many or unevenly large steps the contrary.

        None where nothing tells.
        """
        if any(scalar.tag.rsplit("/", 1)[-1].startswith("epoch_") for scalar in self.scalars):
            return True
        steps = np.unique(self.metrics.step)
        if len(steps) < 2:
            return None
        if int(np.diff(steps).max()) > 1 or len(steps) > 200:
            return False
        return None

    @cached_property
    def may_be_epochs(self) -> bool:
        """Whether steps count epochs for all that is known: a few consecutive ones from the start look so."""
        if self.steps_are_epochs is not None:
            return self.steps_are_epochs
        steps = np.unique(self.metrics.step)
        return len(steps) > 1 and int(steps[0]) in (0, 1) and len(steps) <= 50

    def loss_gain(self) -> float | None:
        """Return by which share the loss fell from its first to its last tenth; None where it is not known.

        A tenth is at least three records where there are many: the loss of a single batch says little.
        """
        if self.loss is None or len(self.loss.value) < 2:
            return None
        records = len(self.loss.value)
        tenth = max(1, records // 10, min(3, records // 4))
        first, last = (float(np.median(part)) for part in (self.loss.value[:tenth], self.loss.value[-tenth:]))
        if not np.isfinite(first) or not np.isfinite(last) or first == 0:
            return None
        return (first - last) / abs(first)

    # For screens: one value a series, in the run's order

    def inputs(self) -> Floats:
        """float64[S]: the inputs of each unit that a weight matrix belongs to; NaN where no model tells."""
        return np.array([self.model.inputs(series) for series in self.series], dtype=np.float64)

    def first_of(self, metric: str, bound: str = "value") -> Floats:
        """float64[S]: a metric at the first record of each series; NaN for a series without records."""
        return self._at(metric, bound, self.metrics.series_start[:-1])

    def last_of(self, metric: str, bound: str = "value") -> Floats:
        """float64[S]: a metric at the last record of each series."""
        return self._at(metric, bound, self.metrics.series_start[1:] - 1)

    @once
    def most(self, metric: str, bound: str = "value") -> Floats:
        """float64[S]: the largest finite value of a metric over each series' records; -inf where there is none."""
        values = getattr(self.metrics.values[metric], bound)
        return self._reduce(np.where(np.isfinite(values), values, -np.inf), np.maximum, -np.inf)

    @once
    def least(self, metric: str, bound: str = "value") -> Floats:
        """float64[S]: the smallest finite value of a metric over each series' records; inf where there is none."""
        values = getattr(self.metrics.values[metric], bound)
        return self._reduce(np.where(np.isfinite(values), values, np.inf), np.minimum, np.inf)

    def first_size(self) -> Floats:
        """float64[S]: the number of values in the first record of each series."""
        result = np.full(len(self.metrics.series), np.nan)
        logged = self.metrics.records > 0
        result[logged] = self.metrics.size[self.metrics.series_start[:-1][logged]]
        return result

    def _at(self, metric: str, bound: str, index: np.ndarray[tuple[int, ...], np.dtype[np.int64]]) -> Floats:
        values = getattr(self.metrics.values[metric], bound)
        result = np.full(len(self.metrics.series), np.nan)
        logged = self.metrics.records > 0
        result[logged] = values[index[logged]]
        return result

    def _reduce(self, values: Floats, how: np.ufunc, nothing: float) -> Floats:
        result = np.full(len(self.metrics.series), nothing)
        logged = self.metrics.records > 0
        if logged.any():
            result[logged] = how.reduceat(values, self.metrics.series_start[:-1][logged])
        return result

    def is_sampled(self, series: SeriesMetrics) -> bool:
        """Tell whether TensorBoard has kept only a sample of the records.

        It has when the series is as long as the reservoir and its steps are uneven, which writers' are not.
        """
        if not self.kept or len(series) < self.kept:
            return False
        return len(np.unique(np.diff(series.step))) > 1
