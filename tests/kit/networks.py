"""Tiny networks, each written in a way that some tool for looking into networks has stumbled over."""

from __future__ import annotations

import functools
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import torch
import torch.nn.functional as F  # noqa: N812 (torch's own convention)
from torch import Tensor, fx, nn

from visualize.methods.network.preprocessing import Preparation
from visualize.methods.network.probe import Probe
from visualize.methods.testing import subjects

if TYPE_CHECKING:
    from collections.abc import Callable

Network = TypeVar("Network", bound=nn.Module)
Classifier = subjects.Classifier
SIZE = subjects.SIZE  # not square, so that rows and columns cannot be mixed up unseen


def seeded(network: Network, seed: int = 0) -> Network:
    """Random weights, biases and batch norm statistics, none of them at the value that a new network has."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, tensor in network.state_dict().items():
            if not tensor.is_floating_point():
                continue
            noise = torch.randn(tensor.shape, generator=generator, dtype=torch.float64)
            if name.endswith("running_var"):
                tensor.copy_(0.5 + noise.abs())
            elif tensor.dim() > 1:
                tensor.copy_(noise * (2 / tensor[0].numel()) ** 0.5)
            else:
                tensor.copy_(1 + 0.3 * noise if name.endswith("weight") else 0.3 * noise)
    return network


def classifier_probe(dtype: torch.dtype = torch.float32) -> Probe:
    """The small classifier with random weights, whose pictures are of SIZE and have a mean taken off."""
    return Probe(seeded(Classifier()).to(dtype), prepare=Preparation(SIZE, mean=(0.4, 0.5, 0.6)))


class InPlace(nn.Module):
    """A rectifier that overwrites the convolution's output."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 5, 3, padding=1)
        self.relu = nn.ReLU(inplace=True)
        self.pool = nn.MaxPool2d(2)
        self.deep = nn.Conv2d(5, 4, 3, stride=2, padding=1)
        self.out = nn.ReLU(inplace=True)

    def forward(self, x: Tensor) -> Tensor:
        output: Tensor = self.out(self.deep(self.pool(self.relu(self.conv(x)))))
        return output


def _method_in_place(x: Tensor) -> Tensor:
    x.relu_()  # what it gives back is dropped
    return x


def _function_in_place(x: Tensor) -> Tensor:
    F.relu(x, inplace=True)
    return x


RECTIFIERS: dict[str, Callable[[Tensor], Tensor]] = {
    "module": nn.ReLU(),
    "module in place": nn.ReLU(inplace=True),
    "F.relu": F.relu,
    "F.relu in place": _function_in_place,
    "torch.relu": torch.relu,
    "torch.relu_": torch.relu_,
    "method": lambda x: x.relu(),
    "method in place": _method_in_place,
    "clamp": lambda x: x.clamp(min=0),
    "clamp in place": lambda x: x.clamp_(0),
    "torch.clamp": lambda x: torch.clamp(x, min=0.0),
    "clamp_min": lambda x: torch.clamp_min(x, 0),
    "clamp_min_": lambda x: x.clamp_min_(0),
}


_DROPPED = {"F.relu in place", "method in place"}


class Functional(nn.Module):
    """The rectifier is no module."""

    def __init__(self, rectify: Callable[[Tensor], Tensor]) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3)
        self.deep = nn.Conv2d(4, 4, 3)
        self._rectify = rectify

    def forward(self, x: Tensor) -> Tensor:
        return self._rectify(self.deep(self._rectify(self.conv(x))))


class Reused(nn.Module):
    """One convolution and one batch norm that run twice."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Conv2d(3, 4, 1)
        self.conv = nn.Conv2d(4, 4, 3, padding=1)
        self.norm = nn.BatchNorm2d(4)
        self.relu = nn.ReLU()

    def forward(self, x: Tensor) -> Tensor:
        x = self.first(x)
        for _ in range(2):
            x = self.relu(self.norm(self.conv(x)))
        return x


class _Both(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.left = nn.Conv2d(3, 4, 3)
        self.right = nn.Conv2d(3, 2, 5)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        return self.left(x), self.right(x)


class Tuples(nn.Module):
    """A module that gives two tensors, and a network that gives a dictionary."""

    def __init__(self) -> None:
        super().__init__()
        self.both = _Both()
        self.deep = nn.Conv2d(4, 3, 3)

    def forward(self, x: Tensor) -> dict[str, Tensor]:
        left, right = self.both(x)
        return {"out": self.deep(F.relu(left)), "aux": right}


class Grey(nn.Module):
    """One input channel."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(1, 4, 3, padding=1)
        self.relu = nn.ReLU()

    def forward(self, x: Tensor) -> Tensor:
        output: Tensor = self.relu(self.conv(x))
        return output


class Residual(nn.Module):
    """``out += x`` and a rectifier in place after it."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, 4, 3, padding=1, bias=False)
        self.norm = nn.BatchNorm2d(4)
        self.conv1 = nn.Conv2d(4, 4, 3, padding=1, bias=False)
        self.norm1 = nn.BatchNorm2d(4)
        self.conv2 = nn.Conv2d(4, 4, 3, padding=1)
        self.norm2 = nn.BatchNorm2d(4, affine=False)
        self.relu = nn.ReLU(inplace=True)

    def forward(self, x: Tensor) -> Tensor:
        x = self.relu(self.norm(self.stem(x)))
        out = self.relu(self.norm1(self.conv1(x)))
        out = self.norm2(self.conv2(out))
        out += x
        output: Tensor = self.relu(out)
        return output


class Shapely(nn.Module):
    """A network whose control flow depends on the input's values and shape: there is no one graph of it."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3, padding=1)
        self.wide = nn.Conv2d(4, 4, 3, padding=1)
        self.tall = nn.Conv2d(4, 4, 5, padding=2)

    def forward(self, x: Tensor) -> Tensor:
        x = self.conv(x)
        output: Tensor = self.wide(x) if x.shape[3] > x.shape[2] else self.tall(x)
        return output


class Mistraced(nn.Module):
    """A placeholder is no tensor: tracing takes the other branch."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3, padding=1)
        self.deep = nn.Conv2d(4, 4, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        x = self.conv(x)
        if isinstance(x, Tensor):
            x = F.max_pool2d(x, 3, 1, 1)
        output: Tensor = self.deep(x)
        return output


class Storing(nn.Module):
    """Keeps its last activation, as research code does."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3)
        self.deep = nn.Conv2d(4, 4, 3)
        self.last: Tensor | None = None

    def forward(self, x: Tensor) -> Tensor:
        self.last = F.relu(self.conv(x))
        output: Tensor = self.deep(self.last)
        return output


class Training(nn.Module):
    """Dropout and batch norm, left in training mode."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 6, 3)
        self.norm = nn.BatchNorm2d(6)
        self.drop = nn.Dropout2d(0.5)
        self.deep = nn.Conv2d(6, 4, 3)
        self.flow = nn.BatchNorm2d(4, track_running_stats=True)
        self.train()

    def forward(self, x: Tensor) -> Tensor:
        output: Tensor = self.flow(self.deep(self.drop(F.relu(self.norm(self.conv(x))))))
        return output


class Clamouring(nn.Module):
    """A network whose last part, after the layers of interest, must never run."""

    def __init__(self) -> None:
        super().__init__()
        self.features = InPlace()
        self.classifier = Refusing()

    def forward(self, x: Tensor) -> Tensor:
        output: Tensor = self.classifier(self.features(x))
        return output


class Refusing(nn.Module):
    """Raises when it runs."""

    def forward(self, x: object) -> object:
        assert isinstance(x, fx.Proxy), "the classifier ran"
        return x


class Swallowing(nn.Module):
    """Catches whatever its parts raise, and goes on."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3)
        self.deep = Refusing()

    def forward(self, x: Tensor) -> Tensor:
        try:
            x = self.conv(x)
        except Exception:  # noqa: BLE001 (that is the point)
            x = x[:, :1]
        output: Tensor = self.deep(x)
        return output


def hooked() -> nn.Module:
    """With a hook of the user's that changes an output."""
    network = InPlace()
    network.conv.register_forward_hook(lambda _module, _inputs, output: output * 2 - 1)
    network.register_forward_pre_hook(lambda _module, inputs: (inputs[0] * 0.5,))
    return network


def weight_normed() -> nn.Module:
    """Old-style weight norm computes the weight in a hook."""
    network = InPlace()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # deprecated, and in many published networks
        nn.utils.weight_norm(network.deep)
    return network


def parametrised() -> nn.Module:
    """New-style weight norm computes it in a property."""
    network = InPlace()
    nn.utils.parametrizations.weight_norm(network.deep)
    return network


@dataclass(frozen=True)
class Case:
    """A network, and the layers that are compared.

    Args:
        make: the network, before its weights are drawn.
        layers: names as a probe gives them.
        planned: whether the fast way of running agrees with the network and must be used.
        order: of the input's channels.
    """

    make: Callable[[], nn.Module]
    layers: tuple[str, ...]
    planned: bool = True
    order: str = "RGB"
    dtype: torch.dtype = torch.float32

    def network(self) -> nn.Module:
        return seeded(self.make()).to(self.dtype)

    def preparation(self) -> Preparation:
        if self.order == "L":
            return Preparation(SIZE, order="L", mean=(0.4,), std=(0.3,))
        return Preparation(SIZE, mean=(0.5, 0.4, 0.3), std=(0.2, 0.3, 0.25))


CASES: dict[str, Case] = {
    "in place": Case(InPlace, ("conv", "relu", "pool", "deep", "out")),
    **{
        # a tracer does not see that what is dropped has changed something
        f"rectifier: {name}": Case(
            functools.partial(Functional, rectify), ("conv", "deep"), planned=name not in _DROPPED
        )
        for name, rectify in RECTIFIERS.items()
    },
    "reused": Case(Reused, ("first", "conv#0", "norm#0", "relu#0", "conv#1", "norm#1", "relu#1")),
    "tuples": Case(Tuples, ("both", "both.right", "deep")),
    "grey": Case(Grey, ("conv", "relu"), order="L"),
    "residual": Case(Residual, ("norm", "conv1", "norm2", "relu#2")),
    "shapely": Case(Shapely, ("conv", "wide"), planned=False),
    "mistraced": Case(Mistraced, ("conv", "deep"), planned=False),
    "storing": Case(Storing, ("conv", "deep")),
    "training": Case(Training, ("conv", "norm", "drop", "flow")),
    "clamouring": Case(Clamouring, ("features.conv", "features")),
    "classifier": Case(Classifier, ("deep", "pool", "fc")),
    "hooked": Case(hooked, ("conv", "deep"), planned=False),
    "weight norm, old": Case(weight_normed, ("deep", "out")),
    "weight norm, new": Case(parametrised, ("deep", "out")),
    "double": Case(InPlace, ("conv", "out"), dtype=torch.float64),
    "bfloat16": Case(InPlace, ("conv", "relu"), dtype=torch.bfloat16),
}


def dead_unit() -> nn.Module:
    """Unit 1 of ``relu`` is off for every picture near grey, and on for bright ones; unit 2 never is on."""
    network = nn.Sequential()
    conv = nn.Conv2d(3, 3, 1)
    with torch.no_grad():
        conv.weight.copy_(torch.tensor([1.0, 1.0, -1.0])[:, None, None, None].expand(3, 3, 1, 1))
        conv.bias = nn.Parameter(torch.tensor([0.0, -2.5, -1.0]))
    network.add_module("conv", conv)
    network.add_module("relu", nn.ReLU(inplace=True))
    return network
