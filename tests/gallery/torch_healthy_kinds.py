"""Healthy PyTorch runs: recurrent nets, transformers, residual nets, fine-tuning, adversaries and agents."""

from __future__ import annotations

from functools import partial

from torch import nn
from torch_agents import (
    Agent,
    Experts,
    Variational,
    adversarial,
    adversaries,
    by_turns,
    cloud,
    corridor,
    few_blobs,
    policy_gradient,
    q_learning,
    variational,
)
from torch_faulty import pictures
from torch_hooks import at, clipped, frozen, loss_scaled, pretrained, thawed, together, warm_up_cosine
from torch_lora import lora_transformer, pretrained_base
from torch_models import SquaredReLU, bag, cnn, mlp, recurrent, residual, transformer
from torch_recipe import ALL, Recipe
from torch_tasks import bags, digits, next_token, series

ADAMS = ("adam", "adamw")
GOOD = (*ADAMS, "rmsprop")
WEIGHTS = (("weight",), ("weight", "gradient"))


RECURRENT = (
    Recipe(
        "rnn",
        "rnn",
        recurrent("rnn"),
        series,
        optimisers=GOOD,
        rate=2.0,
        graded=clipped(1.0),
        traps=(9,),
    ),
    Recipe("lstm", "lstm", recurrent("lstm", width=16), series, optimisers=GOOD, rate=3.0, traps=(14, 39)),
    Recipe("gru", "gru", recurrent("gru", width=18), series, optimisers=GOOD, rate=2.0, traps=(14, 39)),
    Recipe(
        "lstm lines", "lstm", recurrent("lstm", 8, 24, 10), lambda: digits((8, 8)), optimisers=ADAMS, rate=3.0, draws=3
    ),
    Recipe(
        "gru lines", "gru", recurrent("gru", 8, 24, 10), lambda: digits((8, 8)), optimisers=ADAMS, rate=2.0, draws=3
    ),
)

TRANSFORMERS = (
    Recipe(
        "transformer",
        "transformer",
        transformer(),
        next_token,
        optimisers=ADAMS,
        rate=2.5,
        schedule=warm_up_cosine,
        traps=(11, 14, 31),
        paces=("tenth", "epoch"),
        draws=5,
    ),
    Recipe(
        "transformer of two blocks",
        "transformer",
        transformer(blocks=2, function=SquaredReLU),
        next_token,
        optimisers=ADAMS,
        rate=1.5,
        paces=("tenth", "epoch"),
        traps=(7, 14),
        draws=3,
    ),
    Recipe(
        "transformer in mixed precision",
        "mixed-precision",
        transformer(function=nn.ReLU),
        next_token,
        optimisers=ADAMS,
        rate=2.0,
        graded=loss_scaled(),
        paces=("tenth", "epoch"),
        traps=(32,),
        draws=3,
    ),
    Recipe(
        "transformer fine-tuned",
        "finetune",
        transformer(),
        next_token,
        optimisers=ADAMS,
        rate=0.2,
        prepare=pretrained(60),
        paces=("tenth", "epoch"),
        traps=(10,),
    ),
    Recipe(
        "lora",
        "lora",
        lora_transformer,
        next_token,
        optimisers=ADAMS,
        rate=4.0,
        prepare=pretrained_base,
        paces=("tenth", "epoch"),
        traps=(4, 5),
        draws=5,
    ),
)

RESIDUAL = (
    Recipe("residual", "residual", residual(), digits, traps=(3, 13)),
    Recipe("residual zero", "residual", residual(zero=True), digits, traps=(4, 13), draws=5),
    Recipe("residual batchnorm", "residual", residual(norm="bn"), digits, traps=(2, 13)),
    Recipe("residual without norms", "residual", residual(blocks=2, norm=""), digits, optimisers=ADAMS, draws=3),
)

FINE_TUNED = (
    Recipe(
        "cnn frozen backbone",
        "finetune",
        cnn(),
        pictures,
        prepare=together(pretrained(head="fc"), frozen("conv*")),
        traps=(5, 36),
        draws=5,
    ),
    Recipe(
        "cnn batchnorm linear probe",
        "finetune",
        cnn(norm=True),
        pictures,
        prepare=together(pretrained(head="fc"), frozen("conv*", "bn*")),
        traps=(5, 36),
    ),
    Recipe(
        "cnn unfrozen by and by",
        "finetune",
        cnn((6, 8, 12)),
        pictures,
        optimisers=(*ADAMS, "momentum"),
        prepare=together(pretrained(head="fc"), frozen("conv*")),
        before=together(at(10, thawed("conv3.*")), at(20, thawed("conv2.*")), at(30, thawed("conv1.*"))),
        paces=("tenth", "epoch"),
        traps=(35,),
    ),
    Recipe("cnn fine-tuned", "finetune", cnn(), pictures, rate=0.1, prepare=pretrained(), draws=3),
    Recipe(
        "mlp frozen backbone",
        "finetune",
        mlp((64, 40, 24, 10), nn.Tanh),
        digits,
        prepare=together(pretrained(head="fc3"), frozen("fc1*", "fc2*")),
        kinds=WEIGHTS,
        traps=(36,),
    ),
)

OTHERS = (
    Recipe("bag of words", "embedding", bag(), bags, optimisers=ADAMS, rate=3.0, traps=(6,), paces=("tenth", "epoch")),
    Recipe(
        "bag of words with sparse gradients",
        "embedding",
        bag(sparse=True),
        bags,
        optimisers=("sgd",),
        rate=14.0,
        paces=("tenth", "epoch"),
        traps=(6,),
    ),
    Recipe("experts", "embedding", Experts, few_blobs, optimisers=ADAMS, rate=2.0, traps=(6,), draws=3),
    Recipe(
        "variational autoencoder",
        "autoencoder",
        Variational,
        variational,
        optimisers=ADAMS,
        rate=2.0,
        paces=("tenth", "epoch"),
    ),
    Recipe(
        "gan",
        "gan",
        adversaries(),
        cloud,
        optimisers=ADAMS[:1],
        learn=adversarial,
        paces=("tenth", "epoch"),
        traps=(12, 16),
    ),
    Recipe(
        "gan logged by turns",
        "gan",
        adversaries(nn.Tanh),
        cloud,
        optimisers=ADAMS[:1],
        learn=adversarial,
        before=by_turns,
        records=60,
        paces=("tenth", "epoch"),
        traps=(12, 16),
        draws=3,
    ),
    Recipe(
        "wasserstein gan",
        "gan",
        adversaries(),
        cloud,
        optimisers=("rmsprop",),
        rate=3.0,
        learn=partial(adversarial, limit=0.2),
        paces=("tenth", "epoch"),
        traps=(15, 16),
        draws=3,
    ),
    Recipe(
        "dqn",
        "rl",
        Agent,
        corridor,
        optimisers=GOOD,
        rate=1.5,
        learn=q_learning,
        paces=("tenth", "epoch"),
        kinds=(ALL, *WEIGHTS),
        traps=(16, 35),
        draws=5,
    ),
    Recipe(
        "policy gradient",
        "rl",
        mlp((14, 24, 16, 2), nn.Tanh),
        corridor,
        optimisers=GOOD,
        rate=1.5,
        learn=policy_gradient,
        paces=("tenth", "epoch"),
        traps=(16,),
    ),
)

RECIPES = (*RECURRENT, *TRANSFORMERS, *RESIDUAL, *FINE_TUNED, *OTHERS)
