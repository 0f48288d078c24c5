"""Promises of top images about broken, weak and missing pictures, progress and settings."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from tests.kit.networks import SIZE, Classifier, seeded
from tests.kit.pictures import Listed, arrays
from tests.methods.top_images.looks import classifier, look
from tests.methods.top_images.occluded import OCCLUDED, Deep
from visualize.methods.errors import BrokenImageWarning, InputError
from visualize.methods.network.preprocessing import Preparation
from visualize.methods.network.probe import Probe
from visualize.methods.pictures.images import Stack
from visualize.methods.top_images.method import TopImages
from visualize.methods.unit import Unit


def test_broken_pictures_are_counted_and_named() -> None:
    images = Listed(arrays(6, SIZE), bad=frozenset({1, 4}))
    with pytest.warns(BrokenImageWarning, match="skipped "):
        (result,) = look(TopImages(batch=2), classifier(), [Unit("deep", 1)], images)
    assert (result.scanned, result.broken) == (4, ("picture-1.jpg", "picture-4.jpg"))
    assert set(result.indices) == {0, 2, 3, 5}
    assert result.facts()["broken"] == ["picture-1.jpg", "picture-4.jpg"]
    assert "2 of 6 pictures could not be read and were skipped" in result.notes


def test_a_unit_that_no_picture_excites_is_noted() -> None:
    network = nn.Sequential(nn.Conv2d(3, 1, 1))
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.fill_(-1)
    (result,) = look(
        TopImages(count=2), Probe(network, prepare=Preparation(SIZE)), [Unit("0", 0)], Stack(arrays(3, SIZE))
    )
    (note,) = result.notes
    assert "excites the unit" in note
    assert len(result.panels()) == 2


def test_half_precision_networks_give_arrays_too() -> None:
    probe = Probe(seeded(Classifier()).bfloat16(), prepare=Preparation(SIZE))
    (result,) = look(TopImages(count=2), probe, [Unit("deep", 0)], Stack(arrays(3, SIZE)))
    assert result.arrays()["maps"].dtype.kind == "f"
    assert result._repr_png_().startswith(b"\x89PNG")


def test_an_empty_set_is_an_error() -> None:
    with pytest.raises(InputError, match="holds no pictures"):
        look(TopImages(), classifier(), [Unit("deep", 0)], Listed([]))


def test_progress_is_told_to_the_end() -> None:
    probe = Probe(seeded(Deep()), prepare=Preparation(OCCLUDED))
    steps: list[tuple[int, int]] = []
    units = probe.units("deep")
    TopImages(count=2, empirical=2)(
        probe, units, Stack(arrays(5, OCCLUDED)), progress=lambda *given: steps.append(given)
    )
    assert [done for done, _ in steps] == sorted(done for done, _ in steps)
    assert steps[-1][0] == steps[-1][1] == steps[0][1]
    assert len({total for _, total in steps}) == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"count": 0},
        {"batch": 0},
        {"region": 1.1},
        {"region": -0.1},
        {"empirical": 10},
        {"empirical": -1},
        {"occluder": 0},
        {"stride": 12},
    ],
)
def test_impossible_settings_are_named(wrong: dict[str, float]) -> None:
    with pytest.raises(InputError, match=next(iter(wrong))):
        TopImages(**wrong)  # type: ignore[arg-type]
