"""Float32 is float32 on a GPU too, unless TF32 was allowed; torch's flags are the same where there is no GPU."""

from __future__ import annotations

import copy
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

import pytest
import torch
from torch import nn

from tests.kit.networks import SIZE, seeded
from tests.kit.pictures import pictures
from visualize.methods import Preparation, Probe, tf32
from visualize.methods.plain_state import plain_state
from visualize.store.machine import machine

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_cudnn: Any = torch.backends.cudnn
_matmul: Any = torch.backends.cuda.matmul
_newer = pytest.mark.skipif(not hasattr(torch.backends.cudnn, "conv"), reason="torch 2.9 brought fp32_precision")


@contextmanager
def _said(put: Callable[[str], object], value: str, back: str) -> Iterator[None]:
    put(value)
    try:
        yield
    finally:
        put(back)


def _of_matrices(value: str) -> None:
    _matmul.fp32_precision = value


def _of_convolutions(value: str) -> None:
    _cudnn.conv.fp32_precision = value


def test_convolutions_are_not_rounded_while_a_network_is_looked_into_and_as_before_afterwards() -> None:
    assert _cudnn.allow_tf32  # torch's own choice
    with plain_state():
        assert not _cudnn.allow_tf32
        with plain_state(gradients=True):
            assert not _cudnn.allow_tf32
        assert not _cudnn.allow_tf32
        assert not tf32.in_force()
    assert _cudnn.allow_tf32
    assert not tf32.in_force()  # what counts is how it is while a network is looked into


def test_whoever_has_them_off_has_them_off_afterwards() -> None:
    _cudnn.allow_tf32 = False
    try:
        with plain_state():
            pass
        assert not _cudnn.allow_tf32
    finally:
        _cudnn.allow_tf32 = True


def test_whoever_allows_it_for_products_has_it_for_convolutions_too() -> None:
    with _said(torch.set_float32_matmul_precision, "high", "highest"):
        assert (tf32.allowed(), tf32.in_force(), tf32.described()) == (True, True, "high")
        with plain_state():
            assert _cudnn.allow_tf32
    assert (tf32.allowed(), tf32.in_force(), tf32.described()) == (False, False, "highest")


@pytest.mark.cuda
def test_activations_of_a_gpu_are_those_of_float32() -> None:
    """Sums of hundreds of products, which TF32 gives three digits of: ten binary digits of each factor are left."""
    network = seeded(nn.Sequential(nn.Conv2d(3, 64, 5), nn.Conv2d(64, 8, 3), nn.Flatten(), nn.Linear(8 * 14 * 22, 5)))
    shown, layers = pictures(8, SIZE), ["1", "3"]
    wanted = Probe(copy.deepcopy(network).double(), prepare=Preparation(SIZE)).activations(shown, layers)
    probe = Probe(network.cuda(), prepare=Preparation(SIZE))
    given = probe.activations(shown, layers)
    for layer in layers:
        assert (given[layer].cpu() - wanted[layer]).abs().max() < 2e-5 * wanted[layer].abs().max()
    assert torch.backends.cudnn.allow_tf32


@_newer
def test_it_may_be_said_the_newer_way_and_results_still_know_what_they_hang_on() -> None:
    """To read the older flags is then an error in torch."""
    before = machine(torch.device("cpu"))
    with ExitStack() as stack:
        stack.callback(torch.set_float32_matmul_precision, "highest")
        stack.enter_context(_said(_of_matrices, "tf32", "none"))
        with pytest.raises(RuntimeError, match="mix of the legacy and new APIs"):
            torch.get_float32_matmul_precision()
        assert (tf32.allowed(), tf32.in_force()) == (True, True)
        assert tf32.described().split()[0] == "tf32"
        with plain_state():
            assert _cudnn.conv.fp32_precision == "tf32"
        assert machine(torch.device("cpu")) != before
    assert machine(torch.device("cpu")) == before


@_newer
@pytest.mark.parametrize("value", ["ieee", "tf32"])
def test_convolutions_that_were_spoken_of_by_themselves_are_left_alone(value: str) -> None:
    rnn, before = _cudnn.rnn, _cudnn.rnn.fp32_precision
    with ExitStack() as stack:
        stack.callback(setattr, rnn, "fp32_precision", before)
        rnn.fp32_precision = "ieee" if value == "tf32" else "tf32"
        stack.enter_context(_said(_of_convolutions, value, "tf32"))
        with plain_state():
            assert _cudnn.conv.fp32_precision == value
        assert tf32.in_force() == (value == "tf32")
    assert _cudnn.allow_tf32
