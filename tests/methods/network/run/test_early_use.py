"""Outputs that are used the moment they are there: the same values, and no map is kept longer than it is needed."""

from __future__ import annotations

import weakref

import pytest
import torch
from torch import Tensor, nn

from tests.kit.pictures import pictures
from visualize.methods import Preparation, Probe
from visualize.methods.errors import InputError

_PICTURES = pictures(4, (16, 16))


def _network() -> nn.Sequential:
    torch.manual_seed(0)
    layers = [nn.Sequential(nn.Conv2d(6 if turn else 3, 6, 3, padding=1), nn.ReLU()) for turn in range(4)]
    return nn.Sequential(*layers, nn.MaxPool2d(2))


def _mean(maps: Tensor) -> Tensor:
    return maps.mean((2, 3))


@pytest.mark.parametrize("optimise", [True, False])
def test_values_are_those_of_functions_of_the_maps_to_the_last_bit(*, optimise: bool) -> None:
    probe = Probe(_network(), prepare=Preparation((16, 16)), optimise=optimise)
    names = ["0", "1.0", "1.1", "4"]
    with torch.no_grad():
        maps = probe.activations(_PICTURES, names)
        for _ in range(2):  # the first run makes sure that every layer gives one row for each picture
            values = probe.respond(probe.prepared(_PICTURES), names, uses=dict.fromkeys(names, _mean))
            assert list(values) == names
            for name in names:
                assert torch.equal(values[name], _mean(maps[name]))
        for name, after in probe.activations(_PICTURES, names).items():  # and a run without leaves nothing of them
            assert torch.equal(after, maps[name])


def test_a_map_is_gone_when_the_layers_behind_it_are_used() -> None:
    probe = Probe(_network(), prepare=Preparation((16, 16)))
    seen: list[weakref.ref[torch.UntypedStorage]] = []
    alive: list[list[bool]] = []

    def look(maps: Tensor) -> Tensor:
        alive.append([other() is not None for other in seen])
        seen.append(weakref.ref(maps.untyped_storage()))
        return _mean(maps)

    names = ["0", "1", "2", "3"]
    with torch.no_grad():
        probe.activations(_PICTURES, names)
        probe.respond(probe.prepared(_PICTURES), names, uses=dict.fromkeys(names, look))
    assert [len(each) for each in alive] == [0, 1, 2, 3]
    assert not any(alive[2][:1])
    assert not any(alive[3][:2])


class _Loop(nn.Module):
    """Runs a module for each picture by itself, whose last run alone is seen."""

    def __init__(self) -> None:
        super().__init__()
        self.one = nn.Conv2d(3, 4, 3)

    def forward(self, inputs: Tensor) -> Tensor:
        return torch.cat([self.one(inputs[row : row + 1]) for row in range(len(inputs))])


def test_layers_that_give_fewer_rows_are_run_on_one_picture_at_a_time() -> None:
    torch.manual_seed(0)
    network = _Loop()
    probe = Probe(network, prepare=Preparation((16, 16)))
    with torch.no_grad():
        wanted = _mean(network(_PICTURES))
        for _ in range(2):
            values = probe.respond(probe.prepared(_PICTURES), ["one"], uses={"one": _mean})
            torch.testing.assert_close(values["one"], wanted, rtol=0, atol=1e-6)


def test_what_a_function_cannot_do_is_said() -> None:
    probe = Probe(_network(), prepare=Preparation((16, 16)))

    def fails(maps: Tensor) -> Tensor:
        raise InputError(f"no use for {maps.shape[1]} units")

    with pytest.raises(InputError, match="no use for 6 units"):
        probe.respond(probe.prepared(_PICTURES), ["0"], uses={"0": fails})
