"""Networks that are no pure function of each picture are found out, and give what they should all the same."""

from __future__ import annotations

import copy
import random
import warnings
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch

from tests.kit.networks import CASES, SIZE, seeded
from tests.kit.peculiar import CHANCES, INDEPENDENT, NEIGHBOURS, REMEMBERING, SELDOM, WRITERS, Trunk, trunk
from tests.kit.pictures import pictures
from tests.kit.plain_hooks import seen_by
from tests.kit.unchanged import unchanged
from visualize.methods.errors import NetworkWarning
from visualize.methods.network.preprocessing import Preparation
from visualize.methods.network.probe import Probe

if TYPE_CHECKING:
    from torch import Tensor, nn

LAYERS = ("second", "head")


def _probe(network: nn.Module, *, optimise: bool = True) -> Probe:
    """A probe whose network has been examined."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NetworkWarning)
        probe = Probe(network, prepare=Preparation(SIZE), optimise=optimise)
        assert probe.layers
    return probe


def _alone(network: nn.Module, names: tuple[str, ...], shown: Tensor) -> dict[str, Tensor]:
    """Outputs of copies of a network by plain hooks, each picture run on a copy of its own."""
    with torch.no_grad():
        parts = [seen_by(copy.deepcopy(network), names, picture[None].clone()) for picture in shown]
    return {name: torch.cat([part[name] for part in parts]) for name in names}


def _agree(given: dict[str, Tensor], wanted: dict[str, Tensor]) -> None:
    for name, values in wanted.items():
        torch.testing.assert_close(given[name].reshape(values.shape), values, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("optimise", [True, False])
@pytest.mark.parametrize("name", WRITERS)
def test_a_network_that_writes_into_its_input_gives_what_it_should(name: str, *, optimise: bool) -> None:
    wrong, right = (trunk(before=before) for before in WRITERS[name])
    probe, shown = _probe(wrong, optimise=optimise), pictures(3, SIZE)
    kept = shown.clone()
    assert probe.examination.writes_input
    assert probe.examination.notes == ()
    for _ in range(2):
        given = probe.respond(shown, LAYERS)
        _agree(given, seen_by(right, LAYERS, kept.clone()))
    assert torch.equal(shown, kept)


@pytest.mark.parametrize("name", REMEMBERING)
def test_results_of_a_network_that_keeps_state_do_not_depend_on_earlier_ones(name: str) -> None:
    network = seeded(REMEMBERING[name]()).eval()
    names, shown = (("out",) if name == "attribute" else LAYERS), pictures(1, SIZE)
    with unchanged(network):
        probe = _probe(network)
        given = [probe.activations(shown, names) for _ in range(3)]
    wanted = _alone(network, names, shown)
    for values in given:
        _agree(values, wanted)
    assert probe.examination.fresh
    assert bool(probe.examination.notes) == (name != "silent")


def test_what_a_network_changes_is_named() -> None:
    counting = _probe(seeded(REMEMBERING["buffer"]())).examination
    silent = _probe(seeded(REMEMBERING["silent"]())).examination
    decaying = _probe(seeded(REMEMBERING["weights"]())).examination
    remembering = _probe(seeded(REMEMBERING["list"]())).examination
    assert counting.writes_buffers == ("calls",)
    assert silent.writes_buffers == ("seen",)
    assert silent.grows == ("called",)
    assert decaying.writes_weights == ("first.weight",)
    assert remembering.grows == ("bank",)
    assert (silent.remembers, counting.remembers) == (None, "first")


def _drawn() -> tuple[list[int], object, list[int]]:
    """State of torch's, Python's and numpy's generators."""
    state = np.random.get_state(legacy=False)  # noqa: NPY002 (it is what networks draw from)
    assert isinstance(state, dict)
    return torch.get_rng_state().tolist(), random.getstate(), state["state"]["key"].tolist()


@pytest.mark.parametrize("name", CHANCES)
def test_a_network_that_is_random_repeats_and_is_told(name: str) -> None:
    network, shown = trunk(between=CHANCES[name]), pictures(4, SIZE)
    before = _drawn()
    probe = Probe(network, prepare=Preparation(SIZE))
    with pytest.warns(NetworkWarning, match="evaluation mode"):
        first = probe.activations(shown, LAYERS)
    assert probe.examination.random is not None
    for indices in ([0, 1, 2, 3], [2], [3, 1]):
        again = probe.activations(shown[indices], LAYERS)
        for layer in LAYERS:
            torch.testing.assert_close(again[layer], first[layer][indices], rtol=0, atol=0)
    assert _drawn() == before


@pytest.mark.parametrize("name", SELDOM)
def test_draws_that_hardly_ever_show_are_told(name: str) -> None:
    probe, shown = Probe(trunk(between=SELDOM[name]), prepare=Preparation(SIZE)), pictures(4, SIZE)
    with pytest.warns(NetworkWarning, match="draws random numbers"):
        first = probe.activations(shown, LAYERS)
    assert probe.examination.random is None
    for _ in range(3):
        torch.testing.assert_close(probe.activations(shown, LAYERS), first, rtol=0, atol=0)


def test_chance_that_no_seed_holds_still_is_told() -> None:
    source = random.SystemRandom()
    with pytest.warns(NetworkWarning, match="the numbers do not repeat"):
        Probe(trunk(between=lambda x: x * source.uniform(1, 2)), prepare=Preparation(SIZE)).units("head")


@pytest.mark.parametrize("name", NEIGHBOURS)
def test_activations_are_those_of_pictures_alone(name: str) -> None:
    network, shown = trunk(between=NEIGHBOURS[name]), pictures(5, SIZE) * torch.linspace(0.5, 1, 5).view(5, 1, 1, 1)
    wanted = _alone(network, LAYERS, shown)
    probe = _probe(network)
    assert probe.examination.neighbours is not None
    assert len(probe.examination.notes) == 1
    for indices in (list(range(5)), [3, 1, 4], [2]):
        _agree(probe.respond(shown[indices], LAYERS), {layer: wanted[layer][indices] for layer in LAYERS})


def test_gradients_are_those_of_pictures_alone() -> None:
    network, shown = trunk(between=NEIGHBOURS["batch statistics"]), pictures(3, SIZE)
    probe = _probe(network)
    wanted = []
    for picture in shown:
        leaf = picture[None].clone().requires_grad_()
        network(leaf)[0, 2].backward()
        wanted.append(leaf.grad)
    torch.testing.assert_close(probe.gradients(shown, probe.unit("head:2")), torch.cat(wanted), rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("name", INDEPENDENT)
def test_a_pure_function_of_each_picture_has_nothing_to_say(name: str) -> None:
    examination = _probe(trunk(between=INDEPENDENT[name])).examination
    assert examination.notes == ()
    assert not any((examination.fresh, examination.one_by_one, examination.writes_input, examination.rows))
    assert len(examination.lines) == 1


@pytest.mark.parametrize("name", CASES)
def test_networks_of_the_kit_are_examined_as_what_they_are(name: str) -> None:
    case = CASES[name]
    network = case.network()
    with unchanged(network), warnings.catch_warnings():
        warnings.simplefilter("ignore", NetworkWarning)
        examination = Probe(network, prepare=case.preparation()).examination
    assert examination.notes == ()
    assert not examination.one_by_one


def test_a_probe_of_the_same_structure_is_not_examined_again() -> None:
    probe = _probe(trunk())
    other = probe.around(seeded(Trunk(), seed=4))
    assert other.examination is probe.examination


def test_where_a_network_stops_is_told() -> None:
    network = trunk()
    network.head = torch.nn.Linear(7, 5)
    probe = Probe(network, prepare=Preparation(SIZE))
    with pytest.warns(NetworkWarning, match=r"stops midway.* in head \(Linear\)"):
        assert list(probe.layers) == ["first", "second"]
    assert probe.examination.output is None
