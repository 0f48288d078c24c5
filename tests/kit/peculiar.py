"""Tiny networks that are no pure function of each picture, each beside one that is written as it should be."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 (torch's own convention)
from torch import Tensor, nn

from tests.kit.networks import seeded

if TYPE_CHECKING:
    from collections.abc import Callable


class Trunk(nn.Module):
    """A convolution, what is done to its output, and a classifier.

    Args:
        before: what is done to the input.
        between: what is done to the first map.
    """

    def __init__(
        self, before: Callable[[Tensor], Tensor] | None = None, between: Callable[[Tensor], Tensor] | None = None
    ) -> None:
        super().__init__()
        self.first = nn.Conv2d(3, 6, 3, padding=1)
        self.second = nn.Conv2d(6, 4, 3, stride=2, padding=1)
        self.head = nn.Linear(4, 5)
        self.before, self.between = before, between

    def forward(self, x: Tensor) -> Tensor:
        x = x if self.before is None else self.before(x)
        x = F.relu(self.first(x))
        x = x if self.between is None else self.between(x)
        output: Tensor = self.head(F.relu(self.second(x)).mean((2, 3)))
        return output


def _index(x: Tensor) -> Tensor:
    x[:, 1] = 0.25
    return x


def _squared(x: Tensor) -> Tensor:
    """Writes over what the gradient of a product, and of a sigmoid, needs."""
    squared = x * x
    x.mul_(2).sigmoid_()
    output = squared + x
    x.zero_()
    return output


def _view(x: Tensor) -> Tensor:
    x[:, :2].mul_(-1.5)
    return x


def _augmented(x: Tensor) -> Tensor:
    x -= 0.4
    x /= 0.3
    return x


WRITERS: dict[str, tuple[Callable[[Tensor], Tensor], Callable[[Tensor], Tensor]]] = {
    "sub_": (lambda x: x.sub_(0.4), lambda x: x - 0.4),
    "augmented": (_augmented, lambda x: (x - 0.4) / 0.3),
    "relu in place": (nn.ReLU(inplace=True), nn.ReLU()),
    "hardtanh in place": (nn.Hardtanh(0.2, 0.7, inplace=True), nn.Hardtanh(0.2, 0.7)),
    "index": (_index, lambda x: torch.stack([x[:, 0], torch.full_like(x[:, 1], 0.25), x[:, 2]], 1)),
    "out": (lambda x: torch.add(x, x, out=x), lambda x: 2 * x),
    "needed before": (_squared, lambda x: x * x + (2 * x).sigmoid()),
    "view": (_view, lambda x: torch.cat([-1.5 * x[:, :2], x[:, 2:]], 1)),
}
"""Ways to write into the input, each with what it amounts to written out of place."""


class Recurrent(nn.Module):
    """Adds the last frame's state, as video networks do."""

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.again, self.out = nn.Conv2d(3, 4, 3), nn.Conv2d(4, 4, 3, padding=1), nn.Conv2d(4, 3, 1)
        self.state: Tensor | None = None

    def forward(self, x: Tensor) -> Tensor:
        y = self.conv(x) if self.state is None else self.conv(x) + self.again(self.state)
        self.state = torch.tanh(y)
        output: Tensor = self.out(self.state)
        return output


class Remembering(Trunk):
    """Takes the mean of all first maps that it ever saw."""

    def __init__(self) -> None:
        super().__init__(between=self._mean)
        self.bank: list[Tensor] = []

    def _mean(self, x: Tensor) -> Tensor:
        self.bank.append(x.mean(0, keepdim=True))
        return x + torch.stack(self.bank).mean(0)


class Counting(Trunk):
    """Grows louder with every call, by a buffer."""

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("calls", torch.zeros(()))

    def forward(self, x: Tensor) -> Tensor:
        calls = self.get_buffer("calls")
        calls += 1
        return super().forward(x * calls)


class Silent(Trunk):
    """Counts its calls in a buffer and in an attribute, which changes nothing else."""

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("seen", torch.zeros((), dtype=torch.long))
        self.called = 0

    def forward(self, x: Tensor) -> Tensor:
        self.get_buffer("seen").add_(len(x))
        self.called += 1
        return super().forward(x)


class Decaying(Trunk):
    """Writes into its weights, behind torch's back."""

    def forward(self, x: Tensor) -> Tensor:
        output = super().forward(x)
        self.first.weight.data.mul_(0.9)
        return output


class Initialising(Trunk):
    """Takes the scale of its input from the first pictures that it sees, as flows do."""

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("scale", torch.zeros(()))
        self.ready = False

    def forward(self, x: Tensor) -> Tensor:
        if not self.ready:
            self.scale = x.mean()
            self.ready = True
        return super().forward(x / self.get_buffer("scale"))


class OwnChance(Trunk):
    """Draws noise from a generator of its own, which goes on from call to call."""

    def __init__(self) -> None:
        super().__init__(between=self._noisy)
        self.generator = torch.Generator().manual_seed(3)

    def _noisy(self, x: Tensor) -> Tensor:
        return x + torch.rand(x.shape, generator=self.generator)


REMEMBERING: dict[str, type[nn.Module]] = {
    "attribute": Recurrent,
    "list": Remembering,
    "buffer": Counting,
    "silent": Silent,
    "weights": Decaying,
    "first call": Initialising,
    "own generator": OwnChance,
}


def _depth(x: Tensor) -> Tensor:
    return x if torch.rand(()) < 0.5 else 3 * x


CHANCES: dict[str, Callable[[Tensor], Tensor]] = {
    "F.dropout": F.dropout,
    "F.dropout2d": lambda x: F.dropout2d(x, 0.3, training=True),
    "noise": lambda x: x + 0.3 * torch.randn_like(x),
    "bernoulli": lambda x: x * torch.bernoulli(torch.full_like(x, 0.5)),
    "stochastic depth": _depth,
    "permuted": lambda x: x[:, torch.randperm(x.shape[1])],
    "numpy": lambda x: x + float(np.random.uniform(0, 2)),  # noqa: NPY002 (as networks do)
    "python": lambda x: x * random.uniform(0.5, 2),
    "faint": lambda x: x + 1e-4 * torch.rand_like(x),
}


def _ranked(x: Tensor) -> Tensor:
    return x[x.mean((1, 2, 3)).argsort()]


SELDOM: dict[str, Callable[[Tensor], Tensor]] = {
    "torch": lambda x: 3 * x if torch.rand(()) < 1e-3 else x,
    "numpy": lambda x: 3 * x if np.random.uniform() < 1e-3 else x,  # noqa: NPY002 (as networks do)
    "python": lambda x: 3 * x if random.random() < 1e-3 else x,
}
"""Draws that hardly ever change anything."""


NEIGHBOURS: dict[str, Callable[[Tensor], Tensor]] = {
    "batch statistics": lambda x: F.batch_norm(x, None, None, training=True),
    "mean of the batch": lambda x: x - x.mean(0, keepdim=True) + x.mean(),
    "largest of the batch": lambda x: x / x.amax().clamp(min=1e-3),
    "softmax over the batch": lambda x: x + x.softmax(0),
    "sorted": _ranked,
    "sorted downwards": lambda x: x[x.std((1, 2, 3)).argsort(descending=True)],
    "a faint trace": lambda x: x + 1e-4 * x.roll(1, 0),
    "beside far larger values": lambda x: torch.cat([1e5 * x[:, :1], x[:, 1:] + x[:, 1:].roll(1, 0)], 1),
    "rolled": lambda x: x + x.roll(1, 0),
    "place in the batch": lambda x: x * torch.arange(1, len(x) + 1).view(-1, 1, 1, 1),
    "length of the batch": lambda x: x / len(x),
}
"""Ways for a picture's activations to depend on the batch."""

INDEPENDENT: dict[str, Callable[[Tensor], Tensor]] = {
    "plain": lambda x: x,
    "instance norm": F.instance_norm,
    "group norm": lambda x: F.group_norm(x, 2),
    "layer norm": lambda x: F.layer_norm(x, x.shape[1:]),
    "dropout that is off": lambda x: F.dropout(x, training=False),
    "response norm": lambda x: F.local_response_norm(x, 3),
}


@dataclass
class Answer:
    """An output as a record."""

    loss: Tensor
    logits: Tensor


def trunk(**kinds: Callable[[Tensor], Tensor]) -> nn.Module:
    """A :class:`Trunk` with weights of its own, in evaluation mode."""
    return seeded(Trunk(**kinds)).eval()
