"""Names of tags, in the styles that people use."""

from __future__ import annotations

from collections.abc import Callable, Iterable

_KERAS = {
    "fc": "dense",
    "head": "dense",
    "stem": "dense",
    "conv": "conv2d",
    "bn": "batch_normalization",
    "ln": "layer_normalization",
    "rnn": "simple_rnn",
}
_SLIM = {"kernel": "weights", "bias": "biases", "gradient": "gradients", "activation": "activations"}


def counted(layers: Iterable[str], first: int) -> dict[str, str]:
    """Name layers as Keras does, with a counter for each kind; it does not begin at 0 where models were made before."""
    names: dict[str, str] = {}
    counts: dict[str, int] = {}
    for layer in layers:
        kind = _KERAS.get(layer.rstrip("0123456789"), layer)
        if kind == layer:
            names[layer] = layer
            continue
        count = counts[kind] = counts.get(kind, first - 1) + 1
        names[layer] = f"{kind}_{count}" if count else kind
    return names


def naming(style: str, tags: Iterable[str], first: int = 0) -> Callable[[str], str]:
    """Return what a style calls a tensor; ``tags`` are the network's parameters in order."""
    layers = counted(dict.fromkeys(tag.rpartition("/")[0] for tag in tags), first) if style == "keras" else {}

    def name(tag: str) -> str:
        if "/" not in tag:
            return tag
        gradient = tag.endswith("/gradient")
        layer, _, last = tag.removesuffix("/gradient").rpartition("/")
        if style == "keras":
            return f"{layers.get(layer, layer)}/{'output' if last == 'activation' else last}" + "/gradient" * gradient
        if style == "slim":
            return "/".join(_SLIM.get(part, part) for part in tag.split("/"))
        if style == "variable":
            return f"{layer}/{last}" + ":0" * (last != "activation") + "/gradient" * gradient
        if style == "old keras":
            return f"{layer}_out" if last == "activation" else f"{layer}/{last}_0" + "_grad" * gradient
        if style == "kinds":
            if last == "activation":
                return f"activations/{layer}"
            if last in ("logits", "softmax"):
                return f"activations/{tag}"
            return f"{'gradients' if gradient else 'weights'}/{layer}/{last}"
        if style == "scope":
            return f"grads/model/{layer}/{last}" if gradient else f"model/{layer}/{last}"
        return tag

    return name


def in_graph(name: Callable[[str], str], tags: Iterable[str]) -> Callable[[str], str]:
    """Return what a graph calls a tensor: a name that one of its variables, ``tags``, bears already gets a number."""
    taken = frozenset(tags)
    return lambda tag: f"{name(tag)}_1" if name(tag) in taken else name(tag)


STYLES = {
    "tf1": ("old keras", "slim", "operation", "kinds"),
    "tf2": ("keras", "variable", "kinds", "scope", "plain"),
    "histogram-pb": ("plain", "kinds", "keras"),
    "tensorboardx": ("plain", "kinds", "scope"),
}
