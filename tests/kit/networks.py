"""Tiny networks, each written in a way that some tool for looking into networks has stumbled over."""

from __future__ import annotations

import functools
import warnings
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

import torch
import torch.nn.functional as F  # noqa: N812 (torch's own convention)
from torch import Tensor, fx, nn

from methods.network.preprocessing import Preparation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Network = TypeVar("Network", bound=nn.Module)

SIZE = (20, 28)  # not square, so that rows and columns cannot be mixed up unseen


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
        found: Tensor = self.out(self.deep(self.pool(self.relu(self.conv(x)))))
        return found


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
        found: Tensor = self.relu(self.conv(x))
        return found


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
        found: Tensor = self.relu(out)
        return found


class Shapely(nn.Module):
    """Its control flow depends on the input's values and shape: there is no one graph of it."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3, padding=1)
        self.wide = nn.Conv2d(4, 4, 3, padding=1)
        self.tall = nn.Conv2d(4, 4, 5, padding=2)

    def forward(self, x: Tensor) -> Tensor:
        x = self.conv(x)
        found: Tensor = self.wide(x) if x.shape[3] > x.shape[2] else self.tall(x)
        return found


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
        found: Tensor = self.deep(x)
        return found


class Storing(nn.Module):
    """Keeps its last activation, as research code does."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3)
        self.deep = nn.Conv2d(4, 4, 3)
        self.last: Tensor | None = None

    def forward(self, x: Tensor) -> Tensor:
        self.last = F.relu(self.conv(x))
        found: Tensor = self.deep(self.last)
        return found


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
        found: Tensor = self.flow(self.deep(self.drop(F.relu(self.norm(self.conv(x))))))
        return found


class Clamouring(nn.Module):
    """What comes after the layers of interest must never run."""

    def __init__(self) -> None:
        super().__init__()
        self.features = InPlace()
        self.classifier = Refusing()

    def forward(self, x: Tensor) -> Tensor:
        found: Tensor = self.classifier(self.features(x))
        return found


class Refusing(nn.Module):
    """Raises when it runs."""

    def forward(self, x: object) -> object:
        assert isinstance(x, fx.Proxy), "the classifier ran"
        return x


class Classifier(nn.Module):
    """Ends in logits, with a global pooling before them, so that any input size is taken."""

    def __init__(self, classes: int = 6) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 5, stride=2, padding=2)
        self.norm = nn.BatchNorm2d(8)
        self.relu = nn.ReLU(inplace=True)
        self.deep = nn.Conv2d(8, 8, 3, padding=1)
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(8, classes)

    def forward(self, x: Tensor) -> Tensor:
        x = self.relu(self.deep(self.relu(self.norm(self.conv(x)))))
        found: Tensor = self.fc(self.pool(x).flatten(1))
        return found


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
        found: Tensor = self.deep(x)
        return found


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


def seen_by(network: nn.Module, names: tuple[str, ...], inputs: Tensor) -> dict[str, Tensor]:
    """The outputs of module runs, by plain forward hooks on the network itself in evaluation mode.

    ``name#k`` is run k; a plain name of a module with several runs is the last. This is what a probe must reproduce.
    """
    recorded: dict[str, list[Tensor]] = {}

    def keep(name: str) -> Callable[[nn.Module, object, object], None]:
        def hook(_module: nn.Module, _inputs: object, output: Any) -> None:  # noqa: ANN401 (whatever a module gives)
            while not isinstance(output, Tensor):
                output = next(iter(output.values() if isinstance(output, dict) else output))
            recorded.setdefault(name, []).append(output.clone())

        return hook

    modules = dict(network.named_modules())
    flags = {name: module.training for name, module in modules.items()}
    handles = [modules[name].register_forward_hook(keep(name)) for name in {name.split("#")[0] for name in names}]
    try:
        network.eval()
        network(inputs)
    except AssertionError:  # a classifier that refuses to run
        pass
    finally:
        for handle in handles:
            handle.remove()
        for name, module in modules.items():
            module.training = flags[name]
    return {name: recorded[name.split("#")[0]][int(name.split("#")[1]) if "#" in name else -1] for name in names}


@dataclass
class _Snapshot:
    tensors: dict[str, Tensor] = field(default_factory=dict)
    facts: dict[str, object] = field(default_factory=dict)


def _snapshot(network: nn.Module) -> _Snapshot:
    found = _Snapshot()
    for name, module in network.named_modules():
        for key, tensor in (*module._parameters.items(), *module._buffers.items()):
            if tensor is not None:
                full = f"{name}.{key}"
                found.tensors[full] = tensor.detach().clone()
                found.facts[full] = (id(tensor), tensor.data_ptr(), tensor._version, tensor.requires_grad)
                found.tensors[f"{full}.grad"] = torch.zeros(0) if tensor.grad is None else tensor.grad.clone()
        found.facts[f"{name} attributes"] = {key: _fact(value) for key, value in vars(module).items()}
    return found


def _fact(value: object) -> object:
    """What can be compared later, without holding on to what it speaks of."""
    if isinstance(value, dict):
        return {key: id(one) for key, one in value.items()}
    return value if isinstance(value, bool | int | float | str | tuple) else id(value)


@contextmanager
def unchanged(network: nn.Module) -> Iterator[None]:
    """Fails if anything of a network differs afterwards: weights, buffers, gradients, modes, hooks, attributes."""
    before = _snapshot(network)
    yield
    after = _snapshot(network)
    assert after.facts == before.facts
    assert after.tensors.keys() == before.tensors.keys()
    for name, tensor in before.tensors.items():
        assert torch.equal(tensor, after.tensors[name]), name
