"""State that goes on from run to run is found wherever a network keeps it, also where it shows only later."""

from __future__ import annotations

import collections
import copy
import itertools
import random
import warnings
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from torch import Tensor

from tests.kit.networks import SIZE, seeded
from tests.kit.peculiar import Trunk
from tests.kit.pictures import pictures
from tests.kit.plain_hooks import seen_by
from tests.kit.unchanged import unchanged
from visualize.methods.errors import NetworkWarning
from visualize.methods.network.preprocessing import Preparation
from visualize.methods.network.probe import Probe

if TYPE_CHECKING:
    from collections.abc import Callable

_LATE = 30  # runs, after which the state shows


class _Later(Trunk):
    """Gives twice as much once it has run often enough, as its held value says.

    Args:
        held: what it holds.
        step: counts one more run in it, and says how many these are.
    """

    def __init__(self, held: Any, step: Callable[[Any], float]) -> None:  # noqa: ANN401 (of every kind)
        super().__init__()
        self.held, self._step = held, step

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x if self._step(self) < _LATE else 2 * x)


def _object(held: SimpleNamespace) -> int:
    held.inner.count += 1
    return int(held.inner.count)


def _item(held: Any) -> float:  # noqa: ANN401 (a list or a dictionary)
    held[0] += 1
    return float(held[0])


def _new(network: Any) -> float:  # noqa: ANN401 (a module's attribute)
    network.held = network.held + 1
    return float(network.held)


def _last(held: collections.deque[int]) -> int:
    held.append(held[-1] + 1)
    return held[-1]


def _drawn(held: Any) -> int:  # noqa: ANN401 (a generator)
    held.random()
    return 0


KEPT: dict[str, Callable[[], tuple[Any, Callable[[Any], float]]]] = {
    "an object within an object": lambda: (SimpleNamespace(inner=SimpleNamespace(count=0)), lambda n: _object(n.held)),
    "a list": lambda: ([0], lambda n: _item(n.held)),
    "a dictionary": lambda: ({0: 0}, lambda n: _item(n.held)),
    "a list of tensors": lambda: ([torch.zeros(())], lambda n: _item(n.held)),
    "an array": lambda: (np.zeros(1), lambda n: _item(n.held)),
    "numpy's number": lambda: (np.int64(0), _new),
    "a tensor, each time another": lambda: (torch.zeros(()), _new),
    "a queue of one length": lambda: (collections.deque([0] * 3, maxlen=3), lambda n: _last(n.held)),
    "a counter": lambda: (itertools.count(), lambda n: next(n.held)),
    "a generator of Python": lambda: (random.Random(0), lambda n: _drawn(n.held)),
    "a generator of numpy": lambda: (np.random.default_rng(0), lambda n: _drawn(n.held)),
}


def _probe(network: torch.nn.Module) -> Probe:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NetworkWarning)
        probe = Probe(network, prepare=Preparation(SIZE))
        assert probe.layers
    return probe


@pytest.mark.parametrize("name", KEPT)
def test_every_run_starts_from_the_state_in_which_the_network_was_given(name: str) -> None:
    network, shown = seeded(_Later(*KEPT[name]())).eval(), pictures(1, SIZE)
    wanted = seen_by(copy.deepcopy(network), ("head",), shown)["head"].detach()
    with unchanged(network):
        probe = _probe(network)
        for _ in range(_LATE):
            given = probe.activations(shown, ["head"])["head"]
    torch.testing.assert_close(given.flatten(1), wanted, rtol=1e-4, atol=1e-5)
    assert probe.examination.grows == ("held",)


class _Shared(Trunk):
    """Counts its runs in its class."""

    runs = 0

    def forward(self, x: Tensor) -> Tensor:
        type(self).runs += 1
        return super().forward(x)


_RUNS = [0]


class _Global(Trunk):
    """Counts its runs in a variable beside it."""

    def forward(self, x: Tensor) -> Tensor:
        _count()
        return super().forward(x)


def _count() -> None:
    _RUNS[0] += 1


def _closed() -> Trunk:
    runs = 0

    def count(x: Tensor) -> Tensor:
        nonlocal runs
        runs += 1
        return x

    return Trunk(before=count)


BESIDE = {"its class": (_Shared, "_Shared.runs"), "a variable": (_Global, "_RUNS"), "a closure": (_closed, "runs")}


@pytest.mark.parametrize("name", BESIDE)
def test_state_beside_a_network_that_no_copy_undoes_is_told(name: str) -> None:
    make, where = BESIDE[name]
    probe = Probe(seeded(make()).eval(), prepare=Preparation(SIZE))
    with pytest.warns(NetworkWarning, match="what is no part of it"):
        assert probe.examination.beside == (where,)
    assert probe.examination.document()["changes_beside_it"] == [where]


class _Keeping(Trunk):
    """Keeps what it gave last, its own weights' sizes, and a table that it makes once: nothing that goes on."""

    def __init__(self) -> None:
        super().__init__()
        self.last: list[Tensor] = []
        self.mean: Tensor | None = None
        self.tables: dict[tuple[int, ...], Tensor] = {}

    def forward(self, x: Tensor) -> Tensor:
        size = tuple(x.shape[2:])
        if size not in self.tables:
            self.tables[size] = torch.ones(size)
        output = super().forward(x * self.tables[size])
        self.last, self.mean = [output], output.mean()
        return output


def test_what_a_network_keeps_of_its_last_run_is_no_state() -> None:
    examination = _probe(seeded(_Keeping()).eval()).examination
    assert not examination.fresh
    assert not examination.beside
    assert examination.notes == ()
