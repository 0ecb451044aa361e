"""The rules: one documented function a file, listed here in the order in which they are shown."""

from __future__ import annotations

from ..metrics import METRICS
from ..report import MetricDoc, Rules
from ..thresholds import Thresholds
from ._rule import Draft, NotApplicable, Outcome, Rule, RunRule, SeriesRule
from .activation_collapse import activation_collapse
from .activation_explosion import activation_explosion
from .always_clipped import always_clipped
from .coarse_buckets import coarse_buckets
from .dead_channels import dead_channels
from .dead_units import dead_units
from .discrete_weights import discrete_weights
from .edge_pile_up import edge_pile_up
from .exploding_gradients import exploding_gradients
from .float16_range import float16_range
from .frozen_weights import frozen_weights
from .gradient_spikes import gradient_spikes
from .gradient_underflow import gradient_underflow
from .large_updates import large_updates
from .loss_diverging import loss_diverging
from .loss_flat import loss_flat
from .loss_not_finite import loss_not_finite
from .mostly_zero_weights import mostly_zero_weights
from .multiple_clusters import multiple_clusters
from .no_biases import no_biases
from .no_gradient import no_gradient
from .non_finite_values import non_finite_values
from .norm_scale_collapse import norm_scale_collapse
from .only_last_layer_learns import only_last_layer_learns
from .oscillating_weights import oscillating_weights
from .outlier_dominated import outlier_dominated
from .overfitting import overfitting
from .poor_initialisation import poor_initialisation
from .rounded_updates import rounded_updates
from .sampled_steps import sampled_steps
from .saturated_activations import saturated_activations
from .series_stopped import series_stopped
from .size_changed import size_changed
from .small_updates import small_updates
from .steady_drift import steady_drift
from .steps_go_back import steps_go_back
from .still_initial import still_initial
from .stopped_learning import stopped_learning
from .sudden_shift import sudden_shift
from .unbalanced_gradients import unbalanced_gradients
from .unnormalised_inputs import unnormalised_inputs
from .unsettled import unsettled
from .vanishing_gradients import vanishing_gradients
from .weight_collapse import weight_collapse
from .weight_explosion import weight_explosion

__all__ = ["DEFAULT", "RULES", "Draft", "NotApplicable", "Outcome", "Rule", "RunRule", "SeriesRule", "documentation"]

RULES: tuple[Rule, ...] = (
    non_finite_values,
    series_stopped,
    float16_range,
    rounded_updates,
    no_gradient,
    vanishing_gradients,
    exploding_gradients,
    gradient_spikes,
    gradient_underflow,
    always_clipped,
    unbalanced_gradients,
    dead_units,
    saturated_activations,
    unnormalised_inputs,
    activation_collapse,
    activation_explosion,
    poor_initialisation,
    weight_explosion,
    weight_collapse,
    norm_scale_collapse,
    dead_channels,
    frozen_weights,
    stopped_learning,
    only_last_layer_learns,
    small_updates,
    large_updates,
    sudden_shift,
    still_initial,
    steady_drift,
    unsettled,
    oscillating_weights,
    mostly_zero_weights,
    discrete_weights,
    edge_pile_up,
    outlier_dominated,
    multiple_clusters,
    no_biases,
    loss_not_finite,
    loss_diverging,
    loss_flat,
    overfitting,
    steps_go_back,
    size_changed,
    coarse_buckets,
    sampled_steps,
)

DEFAULT: tuple[Rule, ...] = tuple(rule for rule in RULES if rule.default)
"""The rules that judge unless others are asked for; the rest is on with ``histdiag check --strict`` or by name."""


def documentation(limits: Thresholds | None = None) -> Rules:
    """Return what the tab and the command line show about rules and metrics."""
    return Rules(
        rules=tuple(rule.documentation(limits or Thresholds()) for rule in RULES),
        metrics=tuple(
            MetricDoc(
                name=metric.name,
                title=metric.title,
                unit=metric.unit,
                scale=metric.scale,
                map="signed" if metric.signed else "magnitude",
                bounded=metric.bounded,
                text=metric.text,
            )
            for metric in METRICS
        ),
    )
