"""A duplicate shares the weights' memory, has all else for itself, and comes about whatever a network holds."""

from __future__ import annotations

import functools
import logging
import queue
import threading
import types
import warnings
import weakref
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
import torch
from torch import Tensor, nn

from tests.kit.networks import SIZE, seeded
from tests.kit.pictures import pictures
from tests.kit.unchanged import unchanged
from visualize.methods.errors import InputError, InputWarning
from visualize.methods.network.run.duplicate import duplicate
from visualize.methods.network.run.shared_copy import twin

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

Guest = Any  # a network that holds more than its class says


def plain() -> Guest:
    return seeded(nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.Conv2d(4, 3, 3))).eval()


@dataclass
class Record:
    last: Tensor
    settings: dict[str, object]


class Pair(NamedTuple):
    first: Tensor
    second: nn.Module


def _activations(network: Guest) -> None:
    output = network(pictures(1, SIZE))  # has a graph: deepcopy refuses it
    network.last = output
    network.kept = [output, {"deep": (output, output)}, {3}]
    network.record = Record(output, {"again": [output]})
    network.pair = Pair(output, network[0])
    output.sum().backward(retain_graph=True)


def _locks(network: Guest) -> None:
    network.lock, network.condition, network.local = threading.RLock(), threading.Condition(), threading.local()
    network.log = logging.getLogger("guest")
    network[0].locks = [threading.Lock(), {"inner": threading.Lock()}]


def _generators(network: Guest) -> None:
    network.noise = torch.Generator().manual_seed(3)


def _handles(network: Guest) -> None:
    network.handle = network[0].register_forward_hook(lambda *_: None)
    network.stream = network[0].weight.register_hook(lambda gradient: gradient)


def _modules_unregistered(network: Guest) -> None:
    network.hidden = [nn.Conv2d(3, 3, 3), {network[0]: "first"}]
    network.alias = weakref.ref(network[0])


@pytest.mark.parametrize("give", [_activations, _locks, _generators, _handles, _modules_unregistered])
def test_what_a_network_holds_beside_its_weights_does_not_matter(give: Callable[[Guest], None]) -> None:
    network = plain()
    give(network)
    with unchanged(network), warnings.catch_warnings():
        warnings.simplefilter("error")
        copied = twin(network)
        seen = copied(pictures(1, SIZE))
    torch.testing.assert_close(seen, plain()(pictures(1, SIZE)).detach(), rtol=0, atol=0)


def test_tensors_in_attributes_and_containers_are_the_copys_own() -> None:
    """There are networks that write into them as they run."""
    network = plain()
    _activations(network)
    copied: Any = duplicate(network).network
    assert copied.record.last.data_ptr() == copied.last.data_ptr() != network.last.data_ptr()
    assert torch.equal(copied.last, network.last)
    assert not copied.record.last.requires_grad
    copied.kept.append(3)
    copied.record.settings["more"] = 3
    assert len(network.kept) == 3
    assert "more" not in network.record.settings
    assert copied.pair.second is copied[0]


class Writer:
    """Writes to a file from a thread, as those of TensorBoard do."""

    def __init__(self, file: Path) -> None:
        self.file, self.queue, self.lock = file.open("w"), queue.Queue[int](), threading.Lock()


def _writer(file: Path) -> object:
    return Writer(file)


def _open_file(file: Path) -> object:
    return file.open("w")


def _iterator(_: Path) -> object:
    return (number for number in range(3))


@pytest.mark.parametrize("make", [_writer, _open_file, _iterator])
def test_what_cannot_be_copied_is_shared_and_told(make: Callable[[Path], object], tmp_path: Path) -> None:
    network = plain()
    network[2].held = make(tmp_path / "log")
    with pytest.warns(InputWarning, match=r"is looked into with its own: Conv2d\.held"):
        copied = twin(network)
    assert copied.get_submodule("2").held is network[2].held
    torch.testing.assert_close(copied(pictures(1, SIZE)), network(pictures(1, SIZE)).detach(), rtol=0, atol=0)


def _closure(network: Guest) -> None:
    conv = network[2]
    old = conv.forward
    conv.forward = lambda x: 2 * old(x)


def _default(network: Guest) -> None:
    def forward(x: Tensor, conv: nn.Module = network[2]) -> Tensor:
        output: Tensor = 2 * type(conv).forward(conv, x)
        return output

    network[2].forward = forward


def _bound(network: Guest) -> None:
    old = network[2].forward

    def forward(_self: nn.Module, x: Tensor) -> Tensor:
        output: Tensor = 2 * old(x)
        return output

    network[2].forward = types.MethodType(forward, network[2])


def _partly(network: Guest) -> None:
    """Keeps the old forward and binds a new one, as accelerate does."""
    network[2]._old_forward = network[2].forward

    def forward(module: Guest, x: Tensor) -> Tensor:
        output: Tensor = 2 * module._old_forward(x)
        return output

    network[2].forward = functools.update_wrapper(functools.partial(forward, network[2]), network[2]._old_forward)


_old: Callable[[Tensor], Tensor] | None = None


def _global(network: Guest) -> None:
    global _old  # noqa: PLW0603 (as in a notebook)
    _old = network[2].forward
    network[2].forward = lambda x: 2 * _old(x)


@pytest.mark.parametrize("patch", [_closure, _default, _bound, _partly, _global])
def test_a_forward_that_was_put_on_a_module_runs_on_the_twins_weights(patch: Callable[[Guest], None]) -> None:
    network = plain()
    patch(network)
    copied = twin(network)
    wanted = network(pictures(1, SIZE)).detach()
    seen = copied(pictures(1, SIZE))
    torch.testing.assert_close(seen, wanted, rtol=0, atol=0)
    assert not seen.requires_grad  # the network's own weights ask for one
    copied.get_submodule("2").weight = nn.Parameter(torch.zeros(3, 4, 3, 3))
    torch.testing.assert_close(network(pictures(1, SIZE)).detach(), wanted, rtol=0, atol=0)
    assert copied(pictures(1, SIZE)).std((2, 3)).max() < 1e-6


def test_weights_made_in_inference_mode_serve_gradients() -> None:
    with torch.inference_mode():
        network = plain()
    copied = twin(network)
    assert copied.get_parameter("0.weight").data_ptr() == network[0].weight.data_ptr()
    inputs = pictures(1, SIZE).requires_grad_()
    (gradient,) = torch.autograd.grad(copied(inputs).sum(), inputs)
    (wanted,) = torch.autograd.grad(plain()(inputs).sum(), inputs)
    torch.testing.assert_close(gradient, wanted, rtol=0, atol=0)


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: nn.Sequential(nn.LazyConv2d(3, 3)), r"0\.weight of the network \(Sequential\) has no shape yet"),
        (lambda: nn.Sequential(nn.LazyBatchNorm2d()), "has no shape yet"),
        (lambda: plain().to("meta"), r"0\.weight .* on the device meta and has no values"),
        (lambda: nn.Sequential(nn.BatchNorm2d(3, affine=False, device="meta")), "running_mean .* has no values"),
    ],
)
def test_weights_without_values_are_told(make: Callable[[], nn.Module], says: str) -> None:
    with pytest.raises(InputError, match=says):
        duplicate(make())
