"""Which pictures are explained, against brute force over all activations."""

from __future__ import annotations

import re
import warnings

import numpy as np
import pytest
import torch
from torch import Tensor

from tests.kit.networks import SIZE, Classifier, classifier_probe, seeded
from tests.kit.pictures import Listed, arrays
from tests.kit.plain_hooks import seen_by
from visualize.methods.errors import BrokenImageWarning, InputError
from visualize.methods.network.preprocessing import Preparation
from visualize.methods.network.probe import Probe
from visualize.methods.pictures.selection import SelectedPictures, choose, unexcited
from visualize.methods.progress import silent
from visualize.methods.unit import Sum, Target, Unit, parts

_TARGETS: list[Target] = [
    Unit("deep", 1),
    Unit("deep", 0, (2, 3)),
    Unit("fc", 3),
    Unit("conv", 2) + Unit("deep", 1) + Unit("deep", 0, (1, 1)),
]


def _choose(images: Listed, count: int, **more: int) -> list[SelectedPictures]:
    return choose(classifier_probe(torch.float64), _TARGETS, images, count=count, progress=silent, **more)


def _wanted(target: Target, held: list[np.ndarray]) -> np.ndarray:
    """The activation of a target on every picture, by plain hooks."""
    probe, total = classifier_probe(torch.float64), np.zeros(len(held))
    for unit in parts(target):
        shown = torch.from_numpy(np.stack(held)).permute(0, 3, 1, 2).float().div(255).double()
        maps: Tensor = seen_by(probe.network, (unit.layer,), probe.prepare(shown))[unit.layer].detach()
        values = maps[:, unit.index].reshape(len(held), *(maps.shape[2:] or (1, 1))).numpy()
        total += values.max((1, 2)) if unit.position is None else values[:, unit.position[0], unit.position[1]]
    return total


@pytest.mark.parametrize("batch", [1, 4, 50])
def test_of_a_large_set_the_most_exciting_pictures_are_chosen(batch: int) -> None:
    held = arrays(20, SIZE)
    held += [held[3], held[11], held[3]]  # exact ties
    for target, chosen in zip(_TARGETS, _choose(Listed(held), 5, batch=batch), strict=True):
        wanted = _wanted(target, held)
        order = np.argsort(-np.round(wanted, 9), kind="stable")[:5]
        assert chosen.indices == tuple(order)
        np.testing.assert_allclose(chosen.activations, wanted[order], rtol=1e-9)
        shown = chosen.pictures(Preparation(SIZE))
        np.testing.assert_array_equal(shown.permute(0, 2, 3, 1).numpy(), np.stack([held[index] for index in order]))


def test_a_small_set_is_chosen_whole_and_read_once() -> None:
    images = Listed(arrays(4, SIZE), bad=frozenset({2}))
    with pytest.warns(BrokenImageWarning, match=r"skipped picture-2\.jpg"):
        chosen = _choose(images, 4)
    assert len(chosen) == len(_TARGETS)
    for selection in chosen:
        assert (selection.indices, selection.broken, selection.activations) == ((0, 1, 3), ("picture-2.jpg",), ())
        assert ["1 of 4" in note for note in selection.notes] == [True]
        shown = selection.pictures(Preparation(SIZE)).permute(0, 2, 3, 1).numpy()
        np.testing.assert_array_equal(shown, np.stack([images.held[index] for index in selection.indices]))
    assert images.loads == [0, 1, 2, 3]


@pytest.mark.parametrize("count", [2, 9])
def test_pictures_that_cannot_be_read_are_named_the_same_way_in_small_and_large_sets(count: int) -> None:
    with pytest.warns(BrokenImageWarning, match="skipped ") as caught:
        chosen = _choose(Listed(arrays(6, SIZE), bad=frozenset({0, 4})), count)
    assert [re.findall(r"picture-\d", str(warning.message)) for warning in caught] == [["picture-0"], ["picture-4"]]
    assert {selection.broken for selection in chosen} == {("picture-0.jpg", "picture-4.jpg")}
    assert [["2 of 6" in note for note in selection.notes] for selection in chosen] == [[True]] * len(_TARGETS)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", BrokenImageWarning)
        with pytest.raises(InputError, match=r"3 .* picture-2\.jpg"):
            _choose(Listed(arrays(3, SIZE), bad=frozenset(range(3))), count)
    with pytest.raises(InputError, match="nothing holds no"):
        _choose(Listed([], name="nothing"), count)


def test_fewer_readable_pictures_than_asked_for_are_all_chosen() -> None:
    with pytest.warns(BrokenImageWarning, match="skipped "):
        chosen = _choose(Listed(arrays(6, SIZE), bad=frozenset({0, 1, 2, 3})), 5)
    assert all(sorted(selection.indices) == [4, 5] and len(selection.activations) == 2 for selection in chosen)


def test_a_unit_that_nothing_excites_is_noted() -> None:
    assert unexcited((0.0, -1.0)) == ("no photograph of this set excites the unit",)
    assert unexcited((1e-9, -1.0)) == unexcited(()) == ()


def test_an_activation_that_is_not_finite_names_the_picture() -> None:
    network = seeded(Classifier())
    with torch.no_grad():
        network.deep.weight[1] = torch.nan
    probe = Probe(network, prepare=Preparation(SIZE))
    with pytest.raises(InputError, match=r"deep .* not finite for picture-0\.jpg"):
        choose(probe, [Sum((Unit("conv", 0), Unit("deep", 1)))], Listed(arrays(3, SIZE)), count=2, progress=silent)
