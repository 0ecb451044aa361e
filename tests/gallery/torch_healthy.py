"""Healthy PyTorch runs: feed-forward nets, and what people do with optimisers, weights and gradients."""

from __future__ import annotations

from torch import nn
from torch_hooks import (
    at,
    averaged,
    brighter,
    clipped,
    filled,
    gain,
    held_within,
    last_batch_is_small,
    lookahead,
    loss_scaled,
    pruned,
    quantised,
    rounded,
    step_decay,
    together,
    warm_restarts,
    warm_up_cosine,
)
from torch_models import SquaredReLU, TopK, cnn, mlp
from torch_recipe import ALL, Recipe, Training
from torch_tasks import blobs, curve, digits, reconstruction, trivial

WIDTHS = (64, 40, 24, 10)
ADAMS = ("adam", "adamw")


def plain(name: str, function: type[nn.Module], **how: object) -> Recipe:
    return Recipe(name, "mlp", mlp(WIDTHS, function), digits, **how)  # type: ignore[arg-type]


def all_in_one_tag(t: Training) -> None:
    """Log all parameters in one tag, and settings and data as if they were tensors."""
    import torch

    t.also["all_parameters"] = torch.cat([one.detach().flatten() for one in t.net.parameters()])
    t.also["weight_bits"] = torch.full((4,), 8.0)
    t.also["inputs"] = t.inputs


def continued(step: int) -> int:
    """Count on from a later number, as a training does that goes on from a checkpoint after a pause."""
    return step + 1000 if step >= 20 else step


FUNCTIONS = (
    plain("mlp relu", nn.ReLU, draws=5),
    plain("mlp gelu", nn.GELU),
    plain("mlp silu", nn.SiLU),
    plain("mlp tanh", nn.Tanh),
    plain("mlp leaky", nn.LeakyReLU, draws=3),
    plain("mlp squared relu", SquaredReLU, optimisers=("adam", "adamw", "rmsprop"), traps=(7,)),
    plain("mlp top-k", TopK, optimisers=("adam", "adamw", "momentum"), rate=1.5, traps=(7, 37)),
    Recipe("mlp sigmoid", "mlp", mlp((64, 32, 10), nn.Sigmoid), digits, optimisers=("adam", "adamw"), rate=2.0),
    Recipe("mlp batchnorm", "mlp", mlp(WIDTHS, nn.ReLU, norm="bn"), digits, traps=(7, 31, 34)),
    Recipe("mlp layernorm", "mlp", mlp(WIDTHS, nn.GELU, norm="ln"), digits, traps=(3,)),
    Recipe(
        "mlp dropout",
        "mlp",
        mlp((64, 64, 24, 10), nn.ReLU, dropout=0.4),
        digits,
        outputs=("drop1", "drop2"),
        traps=(7, 37),
    ),
    Recipe("mlp without biases", "mlp", mlp(WIDTHS, nn.ReLU, bias=False), digits, notes=("no-biases",), draws=3),
    Recipe("mlp regression", "mlp", mlp((10, 32, 24, 1), nn.Tanh), curve, optimisers=(*ADAMS, "rmsprop", "momentum")),
    Recipe("mlp blobs", "mlp", mlp((12, 32, 16, 5), nn.ReLU), blobs),
    Recipe(
        "deep tanh", "mlp", mlp((64, *[24] * 7, 10), nn.Tanh), digits, optimisers=ADAMS, rate=0.7, prepare=gain(0.8)
    ),
    Recipe("deep relu", "mlp", mlp((64, *[24] * 7, 10), nn.ReLU), digits, optimisers=ADAMS, prepare=gain(1.0)),
    Recipe(
        "deep gelu layernorm", "mlp", mlp((64, *[20] * 6, 10), nn.GELU, norm="ln"), digits, optimisers=ADAMS, draws=3
    ),
    Recipe("autoencoder tanh", "autoencoder", mlp((64, 32, 12, 32, 64), nn.Tanh), reconstruction, optimisers=ADAMS),
    Recipe(
        "autoencoder sigmoid output",
        "autoencoder",
        mlp((64, 32, 12, 32, 64), nn.ReLU, output=nn.Sigmoid),
        lambda: reconstruction(enough=0.3, centred=False),
        optimisers=ADAMS,
        rate=3.0,
        outputs=("out",),
        traps=(14,),
    ),
)

INPUTS = (
    Recipe("mlp pixels from 0 to 1", "mlp", mlp(WIDTHS), lambda: digits(scale="unit"), optimisers=ADAMS, draws=3),
    Recipe(
        "mlp shifted features",
        "mlp",
        mlp((10, 32, 24, 1), nn.ReLU),
        lambda: curve(shift=2.0, factor=3.0, enough=0.5),
        optimisers=ADAMS,
        draws=3,
    ),
    Recipe("mlp noisy labels", "mlp", mlp(WIDTHS), lambda: digits(noise=0.35, enough=0.5), traps=(40,)),
    Recipe(
        "mlp solved",
        "mlp",
        mlp((8, 16, 12, 2), nn.ReLU),
        trivial,
        optimisers=("adam", "momentum", "rmsprop"),
        rate=6.0,
        paces=("tenth", "epoch"),
        traps=(8, 10),
        draws=5,
    ),
    plain("mlp small last batch", nn.ReLU, before=last_batch_is_small, traps=(17,)),
    plain("mlp one brighter batch", nn.ReLU, optimisers=ADAMS, before=at(20, brighter(2.0)), kinds=(ALL,)),
    plain("mlp settings as tensors", nn.Tanh, before=all_in_one_tag, traps=(21, 23), draws=3),
    plain("mlp continued", nn.ReLU, step_of=continued, paces=("tenth", "epoch"), draws=3),
)

RATES = (
    plain("mlp warm-up and cosine", nn.ReLU, schedule=warm_up_cosine, rate=1.5, traps=(11,)),
    plain("mlp step decay", nn.GELU, schedule=step_decay, rate=1.5, traps=(11,)),
    plain("mlp warm restarts", nn.ReLU, schedule=warm_restarts, rate=1.5, traps=(35,)),
    plain("mlp high rate", nn.ReLU, rate=3.0, paces=("tenth", "epoch")),
    plain("mlp summed loss", nn.ReLU, graded=lambda t: scale(t, 64.0), optimisers=ADAMS, traps=(9,)),
    plain("mlp clipped", nn.Tanh, graded=clipped(0.5), rate=1.5, traps=(9,)),
    plain("mlp always clipped", nn.ReLU, graded=clipped(0.02), optimisers=ADAMS, notes=("always-clipped",), traps=(9,)),
    plain("mlp weight decay", nn.ReLU, decay=0.003, optimisers=("sgd", "momentum", "adam", "adamw")),
    plain("mlp lookahead", nn.ReLU, after=lookahead(40), traps=(35,), paces=("tenth", "epoch")),
    plain("mlp logged after the update", nn.SiLU, logged_after=True, draws=3, traps=(20,)),
)

WEIGHTS = (
    plain("mlp zero head", nn.ReLU, prepare=together(filled("fc3.weight", 0.0), filled("fc3.bias", 0.0)), traps=(4,)),
    plain("mlp pruned", nn.ReLU, after=pruned(0.8, 12), paces=("tenth", "epoch"), traps=(15,)),
    plain("mlp quantised", nn.ReLU, before=quantised(7), traps=(15,), draws=3),
    plain("mlp on few levels", nn.ReLU, after=rounded(15, 0), optimisers=ADAMS, traps=(15,)),
    plain("mlp weights held within limits", nn.ReLU, after=held_within(0.15), optimisers=ADAMS, rate=2.0, traps=(15,)),
    plain("mlp moving average", nn.ReLU, after=averaged(), traps=(5,), kinds=(("weight",), ("weight", "gradient"))),
    plain("mixed precision", nn.ReLU, graded=loss_scaled(), kinds=(ALL, ("weight", "gradient")), traps=(32,), draws=5),
)


def scale(t: Training, factor: float) -> None:
    """Multiply the gradients, as a sum in place of a mean does."""
    for one in t.net.parameters():
        if one.grad is not None:
            one.grad *= factor


CONVOLUTIONS = (
    Recipe("cnn", "cnn", cnn(), lambda: digits((1, 8, 8)), draws=5),
    Recipe("cnn tanh", "cnn", cnn((8, 12), nn.Tanh), lambda: digits((1, 8, 8)), draws=3),
    Recipe("cnn batchnorm", "cnn-batchnorm", cnn(norm=True), lambda: digits((1, 8, 8)), traps=(2, 7, 34), draws=5),
    Recipe(
        "cnn batchnorm behind",
        "cnn-batchnorm",
        cnn((8, 12), norm=True, after=True),
        lambda: digits((1, 8, 8)),
        traps=(2,),
    ),
)

RECIPES = (*FUNCTIONS, *INPUTS, *RATES, *WEIGHTS, *CONVOLUTIONS)
