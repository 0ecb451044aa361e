"""PyTorch trainings that are more than a loss on batches: adversaries, agents, variational autoencoders, experts."""

from __future__ import annotations

import copy
from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional
from torch_models import mlp
from torch_recipe import Training
from torch_tasks import Generator, Task, accuracy, cross_entropy, reconstruction, sampled
from torch_train import optimiser_of

NOISE, FEATURES = 6, 4
CELLS = 7


class Adversaries(nn.Module):
    """A generator and a discriminator."""

    def __init__(self, function: Callable[[], nn.Module]) -> None:
        super().__init__()
        self.generator = mlp((NOISE, 24, 24, FEATURES), function)()
        self.discriminator = mlp((FEATURES, 32, 16, 1), nn.LeakyReLU)()

    def forward(self, noise: Tensor) -> Tensor:
        return self.generator(noise)


def adversaries(function: Callable[[], nn.Module] = nn.ReLU) -> Callable[[], nn.Module]:
    return lambda: Adversaries(function)


def cloud() -> Task:
    """Imitate a cloud of points; the score is how much nearer mean and covariance came than an answer of 0 is."""
    rng = np.random.default_rng(8)
    points = rng.normal(0, 1, (4000, FEATURES)) @ rng.normal(0, 0.4, (FEATURES, FEATURES)) + rng.normal(0, 1, FEATURES)
    points = points.astype(np.float32)
    batch, held_out = sampled(points, points, 64)

    def gap(net: nn.Module, inputs: Tensor, targets: Tensor) -> Tensor:
        with torch.random.fork_rng():
            made = net(torch.randn(512, NOISE))
        return (made.mean(0) - inputs.mean(0)).norm() + (made.T.cov() - inputs.T.cov()).norm()

    def score(net: nn.Module, inputs: Tensor, targets: Tensor) -> float:
        return 1.0 - float(gap(net, inputs, targets) / (inputs.mean(0).norm() + inputs.T.cov().norm()))

    return Task(batch, gap, held_out, score, 0.5)


def adversarial(t: Training, limit: float = 0.0) -> None:
    """Update the discriminator, then the generator; with a limit, as Wasserstein GANs with clipped weights do."""
    net = t.net
    assert isinstance(net, Adversaries)
    kind = {"Adam": "adam", "RMSprop": "rmsprop"}[type(t.optimiser).__name__]
    for name, part in net.named_children():
        if name not in t.memory:
            t.memory[name] = optimiser_of(kind, part.parameters(), t.rate, 0.0)
            for group in t.memory[name].param_groups:
                group.update({"betas": (0.5, 0.9)} if kind == "adam" else {})
    t.skip = True
    judge, maker = net.discriminator, net.generator
    judge.requires_grad_(True)
    for _ in range(3):
        judge.zero_grad()
        inputs = t.task.batch(t.rng)[0].requires_grad_(True)
        real, made = judge(inputs), judge(maker(torch.randn(len(inputs), NOISE)).detach())
        if limit:
            loss = made.mean() - real.mean()
        else:
            (slope,) = torch.autograd.grad(real.sum(), inputs, create_graph=True)
            loss = functional.softplus(made).mean() + functional.softplus(-real).mean() + slope.square().sum(1).mean()
        loss.backward()
        t.memory["discriminator"].step()
        for one in judge.parameters():
            one.data.clamp_(-limit or -torch.inf, limit or torch.inf)
    judge.requires_grad_(False)
    maker.zero_grad()
    answer = judge(maker(torch.randn(len(t.inputs), NOISE)))
    t.loss = -answer.mean() if limit else functional.softplus(-answer).mean()
    t.loss.backward()
    t.loss = t.loss.detach()
    t.memory["generator"].step()


def by_turns(t: Training) -> None:
    """Log the two nets by turns."""
    t.unlogged = ("generator.*",) if t.record % 2 else ("discriminator.*",)


class Agent(nn.Module):
    """Values of the actions, and the copy that gives the targets."""

    def __init__(self) -> None:
        super().__init__()
        self.online = mlp((2 * CELLS, 32, 24, 2))()
        self.target = copy.deepcopy(self.online)
        self.target.requires_grad_(False)

    def forward(self, states: Tensor) -> Tensor:
        return self.online(states)


def corridor() -> Task:
    """Walk to a goal in a corridor: left or right; the score is the share of places where the better step is taken."""
    places = torch.tensor([(here, goal) for here in range(CELLS) for goal in range(CELLS) if here != goal])

    def batch(rng: Generator) -> tuple[Tensor, Tensor]:
        rows = torch.as_tensor(rng.integers(len(places), size=64))
        return places[rows], torch.as_tensor(rng.integers(2, size=64))

    def loss(net: nn.Module, inputs: Tensor, targets: Tensor) -> Tensor:
        return functional.cross_entropy(net(state(inputs)), (inputs[:, 1] > inputs[:, 0]).long())

    def score(net: nn.Module, inputs: Tensor, targets: Tensor) -> float:
        return accuracy(net, state(inputs), (inputs[:, 1] > inputs[:, 0]).long())

    return Task(batch, loss, (places, places[:, 0]), score, 0.9)


def state(places: Tensor) -> Tensor:
    """Code place and goal, one of each."""
    return functional.one_hot(places, CELLS).flatten(1).float()


def move(places: Tensor, right: Tensor) -> tuple[Tensor, Tensor]:
    """Take a step and return where it led and the reward."""
    here = (places[:, 0] + 2 * right - 1).clamp(0, CELLS - 1)
    return torch.stack([here, places[:, 1]], 1), torch.where(here == places[:, 1], 1.0, -0.1)


def q_learning(t: Training, every: int = 40) -> None:
    """Learn the actions' values from random steps; copy the net to its target every so many steps."""
    net = t.net
    assert isinstance(net, Agent)
    if t.step % every == 0:
        net.target.load_state_dict(net.online.state_dict())
    places, rewards = move(t.inputs, t.targets)
    with torch.no_grad():
        ahead = net.target(state(places)).max(1).values
    goal = rewards + 0.9 * ahead * (places[:, 0] != places[:, 1])
    net.zero_grad()
    value = net.online(state(t.inputs)).gather(1, t.targets[:, None])[:, 0]
    loss = functional.smooth_l1_loss(value, goal)
    loss.backward()
    t.loss = loss.detach()


def policy_gradient(t: Training) -> None:
    """Walk three steps by the policy, and make steps likelier that led to more than the average."""
    places, chances, rewards = t.inputs, [], []
    for _ in range(3):
        policy = torch.distributions.Categorical(logits=t.net(state(places)))
        action = policy.sample()
        chances.append(policy.log_prob(action))
        nearer = (places[:, 1] - places[:, 0]).abs()
        places, reward = move(places, action)
        rewards.append(reward + 0.3 * (nearer - (places[:, 1] - places[:, 0]).abs()))
    loss = torch.zeros(())
    total = torch.zeros(len(places))
    for chance, reward in zip(reversed(chances), reversed(rewards), strict=True):
        total = reward + 0.9 * total
        loss = loss - (chance * (total - total.mean())).mean()
    t.net.zero_grad()
    loss.backward()
    t.loss = loss.detach()


class Variational(nn.Module):
    """A variational autoencoder."""

    def __init__(self, width: int = 28, latent: int = 6) -> None:
        super().__init__()
        self.fc1 = nn.Linear(64, width)
        self.act1 = nn.ReLU()
        self.mu = nn.Linear(width, latent)
        self.logvar = nn.Linear(width, latent)
        self.fc2 = nn.Linear(latent, width)
        self.act2 = nn.ReLU()
        self.fc3 = nn.Linear(width, 64)

    def forward(self, x: Tensor) -> Tensor:
        hidden = self.act1(self.fc1(x))
        self.place, self.width = self.mu(hidden), self.logvar(hidden)
        noise = torch.randn_like(self.place) if self.training else 0.0
        return self.fc3(self.act2(self.fc2(self.place + noise * (self.width / 2).exp())))


def variational() -> Task:
    """Give pictures back, with codes near a normal distribution."""
    plain = reconstruction(enough=0.3)

    def loss(net: nn.Module, inputs: Tensor, targets: Tensor) -> Tensor:
        gap = functional.mse_loss(net(inputs), targets)
        mean, log = net.place, net.width
        assert isinstance(mean, Tensor)
        assert isinstance(log, Tensor)
        return gap + 0.01 * (mean.square() + log.exp() - log - 1.0).mean()

    return Task(plain.batch, loss, plain.held_out, plain.score, plain.enough)


class Experts(nn.Module):
    """Each example goes to one of four experts: the others get no gradient from it."""

    def __init__(self) -> None:
        super().__init__()
        self.gate = nn.Linear(12, 4)
        self.experts = nn.ModuleList(mlp((12, 10, 5))() for _ in range(4))

    def forward(self, x: Tensor) -> Tensor:
        logits = self.gate(x)
        noise = torch.randn_like(logits) if self.training else 0.0  # so that no expert is left out for ever
        chances = (logits + noise).softmax(-1)
        best, which = chances.max(-1)
        answers = torch.stack([expert(x) for expert in self.experts], 1)
        return answers[torch.arange(len(x)), which] * best[:, None]


def few_blobs() -> Task:
    """Clouds of points, few at a time, so that experts come away empty."""
    rng = np.random.default_rng(9)
    centres = rng.normal(0, 1, (5, 12))
    labels = rng.integers(5, size=2000)
    points = (centres[labels] + rng.normal(0, 0.5, (2000, 12))).astype(np.float32)
    batch, held_out = sampled(points, labels, 12)
    return Task(batch, cross_entropy, held_out, accuracy, 0.8)
