"""What the recipes in PyTorch do besides plain training: schedules, and hooks at the steps."""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch_recipe import EPOCH, Hook, Training, supervised
from torch_train import optimiser_of

Schedule = Callable[[float], float]


# Schedules: factors to the learning rate by the share of the training that is over


def warm_up_cosine(over: float) -> float:
    """Rise for a tenth of the time, then fall to 0 along a cosine."""
    return min(1.0, (over + 0.005) / 0.1) * 0.5 * (1.0 + math.cos(math.pi * over))


def step_decay(over: float) -> float:
    """Divide by ten after a half and after three quarters."""
    return 0.1 ** ((over >= 0.5) + (over >= 0.75))


def warm_restarts(over: float) -> float:
    """Four cosines, each beginning anew."""
    return 0.5 * (1.0 + math.cos(math.pi * (over * 4 % 1.0)))


# Hooks


def together(*hooks: Hook) -> Hook:
    """Call several hooks in turn."""

    def hook(t: Training) -> None:
        for one in hooks:
            one(t)

    return hook


def at(record: int, then: Hook) -> Hook:
    """Act once, at the step of a record."""

    def hook(t: Training) -> None:
        if t.starts(record):
            then(t)

    return hook


def since(record: int, then: Hook) -> Hook:
    """Act at every step from that of a record on."""

    def hook(t: Training) -> None:
        if t.step >= record * t.interval:
            then(t)

    return hook


def pretrained(steps: int = 250, head: str = "") -> Hook:
    """Train beforehand; then draw the last layer anew if it is named."""

    def hook(t: Training) -> None:
        optimiser = torch.optim.Adam(t.net.parameters(), 5e-3)
        for _ in range(steps):
            t.inputs, t.targets = t.task.batch(t.rng)
            supervised(t)
            optimiser.step()
        t.net.zero_grad()
        if head:
            last = t.net.get_submodule(head)
            assert isinstance(last, nn.Linear)
            last.reset_parameters()

    return hook


def frozen(*patterns: str) -> Hook:
    """Freeze parameters on purpose: they get no gradients."""

    def hook(t: Training) -> None:
        for pattern in patterns:
            for parameter in t.parameters(pattern):
                parameter.requires_grad_(False)

    return hook


def thawed(*patterns: str) -> Hook:
    """Let parameters learn again."""

    def hook(t: Training) -> None:
        for pattern in patterns:
            for parameter in t.parameters(pattern):
                parameter.requires_grad_(True)

    return hook


def clipped(most: float) -> Hook:
    """Clip the gradients' common norm."""

    def hook(t: Training) -> None:
        nn.utils.clip_grad_norm_(t.net.parameters(), most)

    return hook


def pruned(share: float, record: int) -> Hook:
    """Set the smallest weights of every matrix to 0 at a record, and hold them there."""

    def hook(t: Training) -> None:
        if t.starts(record):
            t.memory["masks"] = [
                (one, one.detach().abs() > one.detach().abs().flatten().quantile(share))
                for one in t.net.parameters()
                if one.ndim > 1
            ]
        for parameter, mask in t.memory.get("masks", ()):
            parameter.data *= mask

    return hook


def quantised(levels: int) -> Hook:
    """Show what the network computes with beside its values: each matrix on a few levels."""

    def hook(t: Training) -> None:
        for name, one in t.net.named_parameters():
            if one.ndim > 1:
                unit = one.detach().abs().max() / levels
                t.also[f"quantised/{name}"] = (one.detach() / unit).round() * unit

    return hook


def rounded(levels: int, record: int) -> Hook:
    """Round the matrices to a few levels after every update from a record on, the remainder kept for the next."""

    def hook(t: Training) -> None:
        if t.step < record * t.interval:
            return
        rest: dict[str, Tensor] = t.memory.setdefault("rest", {})
        for name, one in t.net.named_parameters():
            if one.ndim > 1:
                unit = t.memory.setdefault(f"unit {name}", one.detach().abs().max() / levels)
                exact = one.data + rest.get(name, 0.0)
                one.data = (exact / unit).round() * unit
                rest[name] = exact - one.data

    return hook


def held_within(limit: float) -> Hook:
    """Clip the weights after every update."""

    def hook(t: Training) -> None:
        for parameter in t.net.parameters():
            parameter.data.clamp_(-limit, limit)

    return hook


def averaged(momentum: float = 0.97) -> Hook:
    """Keep a moving average of the weights and show it beside them."""

    def hook(t: Training) -> None:
        for name, one in t.net.named_parameters():
            kept = t.also.setdefault(f"ema/{name}", one.detach().clone())
            kept.lerp_(one.detach(), 1.0 - momentum)

    return hook


def lookahead(every: int) -> Hook:
    """Go back half the way to the slow weights, every few steps."""

    def hook(t: Training) -> None:
        slow = t.memory.setdefault("slow", [one.detach().clone() for one in t.net.parameters()])
        if t.step % every == every - 1:
            for one, kept in zip(t.net.parameters(), slow, strict=True):
                kept.lerp_(one.detach(), 0.5)
                one.data.copy_(kept)

    return hook


def loss_scaled(grow: int = 25, scaled_as_logged: bool = False) -> Hook:
    """Train in mixed precision: scale the loss, grow the scale until half precision overflows, then skip and halve."""

    def hook(t: Training) -> None:
        scale = t.memory.get("scale", 2.0**12)
        gradients = [one.grad for one in t.net.parameters() if one.grad is not None]
        for gradient in gradients:
            gradient.copy_((gradient * scale).half().float())
        t.skip = any(bool(gradient.isinf().any()) for gradient in gradients)
        t.memory["quiet"] = 0 if t.skip else t.memory.get("quiet", 0) + 1
        t.memory["scale"] = scale / 2 if t.skip else scale * 2 if t.memory["quiet"] % grow == 0 else scale
        t.memory["unscaled"] = 1.0 / scale
        if not scaled_as_logged:
            unscale(t)

    return hook


def unscale(t: Training) -> None:
    """Divide the gradients by the scale of the loss."""
    for one in t.net.parameters():
        if one.grad is not None:
            one.grad *= t.memory["unscaled"]


def rebuilt(t: Training, leave_out: tuple[str, ...] = ()) -> None:
    """Make the optimiser anew, without the parameters whose names match."""
    out = {id(one) for pattern in leave_out for one in t.parameters(pattern)}
    kind = {"SGD": "sgd", "Adam": "adam", "AdamW": "adamw", "RMSprop": "rmsprop"}[type(t.optimiser).__name__]
    kept = t.optimiser.param_groups[0]
    kind = "momentum" if kept.get("momentum") and kind == "sgd" else kind
    left = [one for one in t.net.parameters() if id(one) not in out]
    t.optimiser = optimiser_of(kind, left, t.rate, kept["weight_decay"])


def last_batch_is_small(t: Training) -> None:
    """The last batch of an epoch holds what is left."""
    if t.step % EPOCH == 0:
        t.inputs, t.targets = t.inputs[:23], t.targets[:23]


def brighter(factor: float) -> Hook:
    """Multiply the batch."""

    def hook(t: Training) -> None:
        t.inputs = t.inputs * factor

    return hook


def gain(factor: float, pattern: str = "*.weight") -> Hook:
    """Draw matrices by He's rule, times a factor, and set the biases to 0."""

    def hook(t: Training) -> None:
        for name, one in t.net.named_parameters():
            if name.endswith("bias"):
                nn.init.zeros_(one)
        for one in t.parameters(pattern):
            if one.ndim > 1:
                fan_in = one[0].numel()
                nn.init.normal_(one, 0.0, factor * (2.0 / fan_in) ** 0.5)

    return hook


def filled(pattern: str, value: float) -> Hook:
    """Set parameters to one value."""

    def hook(t: Training) -> None:
        for one in t.parameters(pattern):
            nn.init.constant_(one, value)

    return hook
