"""How people call what they log of a PyTorch network: several styles of tags for the same tensors.

Within the gallery a tensor has one name whatever the style: `fc1.weight`, `fc1.weight.grad`, `act1.out`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from torch import nn
from torch_models import FUNCTIONS, Probabilities

NAMINGS = ("state-dict", "indexed", "grouped", "kernel", "slashes")
_NORMS = (nn.LayerNorm, nn.BatchNorm1d, nn.BatchNorm2d)
_RECURRENT = (nn.RNN, nn.LSTM, nn.GRU)
_OWNERS = (nn.Linear, nn.Conv2d, *_RECURRENT)
_KERAS = {nn.Embedding: "embeddings", nn.EmbeddingBag: "embeddings", **dict.fromkeys(_NORMS, "gamma")}


@dataclass(frozen=True)
class Shown:
    """A tensor that can be logged: its kind (weight, gradient, activation), its module and its name in it."""

    kind: str
    module: str
    parameter: str

    @property
    def name(self) -> str:
        """What the gallery calls it."""
        ending = {"weight": self.parameter, "gradient": f"{self.parameter}.grad", "activation": "out"}[self.kind]
        return f"{self.module}.{ending}"


def shown(net: nn.Module, kinds: tuple[str, ...], also: tuple[str, ...] = ()) -> Iterator[Shown]:
    """Yield what can be logged, in the order of the modules; ``also`` names more modules whose outputs are."""
    for path, module in net.named_modules():
        own = [name for name, _ in module.named_parameters(recurse=False)]
        if "weight" in kinds:
            kept = [name for name, _ in module.named_buffers(recurse=False)]
            yield from (Shown("weight", path, name) for name in [*own, *kept])
        if "gradient" in kinds:
            yield from (Shown("gradient", path, name) for name in own)
        if "activation" in kinds and (isinstance(module, FUNCTIONS) or path in also):
            yield Shown("activation", path, "")


def tags(net: nn.Module, naming: str, kinds: tuple[str, ...], also: tuple[str, ...] = ()) -> dict[str, str]:
    """Return the tag of each tensor that is logged, by the gallery's name for it."""
    owners = _owners(net)
    top = {name: f"layers.{index}" for index, (name, _) in enumerate(net.named_children())}
    modules = dict(net.named_modules())
    made = {}
    for one in shown(net, kinds, also):
        if naming == "indexed":
            head, *rest = one.module.split(".")
            tag = _dotted(one, ".".join([top[head], *rest]))
        elif naming == "state-dict":
            tag = _dotted(one, one.module)
        else:
            tag = {"grouped": _grouped, "kernel": _kernel, "slashes": _slashes}[naming](one, modules, owners)
        made[one.name] = tag
    if len(set(made.values())) < len(made):
        raise ValueError(f"two tensors have the same tag: {sorted(made.values())}")
    return made


def _owners(net: nn.Module) -> dict[str, str]:
    """Return, by the path of each module, the last layer with weights up to there; each layer has one output."""
    owners: dict[str, str] = {}
    last = ""
    for path, module in net.named_modules():
        last = path if isinstance(module, _OWNERS) else last
        is_output = isinstance(module, FUNCTIONS) and not isinstance(module, Probabilities)
        owners[path] = last if is_output and last not in owners.values() else path
    return owners


def _dotted(one: Shown, module: str) -> str:
    if one.kind == "activation":
        return f"activations/{module}"
    return f"{module}.{one.parameter}" + (".grad" if one.kind == "gradient" else "")


def _grouped(one: Shown, modules: dict[str, nn.Module], owners: dict[str, str]) -> str:
    if one.kind == "activation":
        return f"activations/{owners[one.module]}"
    return f"{'weights' if one.kind == 'weight' else 'grads'}/{one.module}.{one.parameter}"


def _kernel(one: Shown, modules: dict[str, nn.Module], owners: dict[str, str]) -> str:
    """Name as Keras does, gradients and outputs below the layer."""
    if one.kind == "activation":
        return f"{owners[one.module].replace('.', '/')}/activation"
    module = modules[one.module]
    kernel = _KERAS.get(type(module), "kernel")
    names = {"weight": kernel, "bias": "beta" if isinstance(module, _NORMS) else "bias"}
    names |= {"running_mean": "moving_mean", "running_var": "moving_variance"}
    tag = f"{one.module.replace('.', '/')}/{names.get(one.parameter, one.parameter)}"
    return tag + ("/gradient" if one.kind == "gradient" else "")


def _slashes(one: Shown, modules: dict[str, nn.Module], owners: dict[str, str]) -> str:
    if one.kind == "activation":
        *above, last = one.module.split(".")
        number = re.search(r"\d*$", last)
        function = type(modules[one.module]).__name__.lower()
        assert number is not None
        named = f"{function}{number[0]}" if last.startswith("act") else last
        return "/".join(["act", *above, named])
    prefix = "gradients/" if one.kind == "gradient" else ""
    return f"{prefix}{one.module.replace('.', '/')}/{one.parameter}"
