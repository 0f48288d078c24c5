from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image
from torch import nn

from visualize.cards import resolve
from visualize.cards.request import Request
from visualize.methods.errors import InputError, UnitError
from visualize.methods.network.preprocessing import Preparation
from visualize.methods.network.probe import Probe
from visualize.methods.pictures.labelled import Labelled
from visualize.methods.unit import Sum, Unit
from visualize.models import entry_of
from visualize.watch import unwatched

if TYPE_CHECKING:
    from pathlib import Path

    from visualize.methods.pictures.images import Stack

SCENES = "random/scenes-alexnet"


@pytest.fixture(scope="module")
def scenes() -> Probe:
    return resolve.network(Request(model=SCENES), unwatched)


def test_a_model_that_is_named_has_a_catalogue_entry_and_a_probe_has_none(probe: Probe) -> None:
    assert resolve.catalogue_entry(Request(model="scenes-alexnet")) == entry_of("scenes-alexnet")
    assert resolve.catalogue_entry(Request(model=probe)) is None
    assert resolve.network(Request(model=probe), unwatched) is probe


def test_layer_unit_and_pictures_are_those_of_the_entry_unless_asked_for(scenes: Probe) -> None:
    entry = entry_of("scenes-alexnet")
    assert resolve.units(Request(model=SCENES), entry, scenes) == (Unit(entry.default_layer, entry.default_unit),)
    assert resolve.units(Request(model=SCENES, layer="conv1"), entry, scenes) == (Unit("conv1", 0),)
    assert resolve.units(Request(model=SCENES, units="3"), entry, scenes) == (Unit(entry.default_layer, 3),)
    pictures = resolve.pictures(Request(model=SCENES), entry)
    assert pictures is not None
    assert pictures.name == entry.default_images == "scenes"


def test_without_an_entry_it_is_unit_0_of_the_last_layer_with_a_map_and_no_pictures(probe: Probe) -> None:
    request = Request(model=probe)
    assert resolve.last_map(probe) == "conv"
    assert resolve.units(request, None, probe) == (Unit("conv", 0),)
    assert resolve.pictures(request, None) is None


def test_a_network_without_any_map_is_looked_at_in_its_last_layer() -> None:
    network = nn.Sequential(nn.Flatten(), nn.Linear(3 * 8 * 8, 4))
    assert resolve.last_map(Probe(network, prepare=Preparation(size=(8, 8)))) == "1"


def test_pictures_are_files_a_folder_or_a_set_and_labelled_where_labels_are_needed(
    images: Stack, tmp_path: Path
) -> None:
    for name in ("a", "b"):
        Image.fromarray(np.zeros((4, 4, 3), np.uint8)).save(tmp_path / f"{name}.png")
    files = resolve.pictures(Request(image=[tmp_path / "b.png", tmp_path / "a.png"]), None)
    folder = resolve.pictures(Request(images=tmp_path), None)
    assert files is not None
    assert folder is not None
    assert [files.file(0), files.file(1)] == [str(tmp_path / "b.png"), str(tmp_path / "a.png")]
    assert [folder.file(0), folder.file(1)] == ["a.png", "b.png"]
    assert resolve.pictures(Request(images=images), None) is images
    assert isinstance(resolve.pictures(Request(images="scenes", methods=["dissect"]), None), Labelled)
    with pytest.raises(InputError, match="does not exist"):
        resolve.pictures(Request(image=tmp_path / "c.png"), None)


def test_a_text_may_name_its_layer_but_not_another_than_the_one_asked_for(probe: Probe) -> None:
    assert resolve.units(Request(model=probe, units="head:1"), None, probe) == (Unit("head", 1),)
    assert resolve.units(Request(model=probe, layer="head", units="head:1"), None, probe) == (Unit("head", 1),)
    total = Sum((Unit("conv", 0), Unit("head", 1)))
    assert resolve.units(Request(model=probe, layer="conv", units=total), None, probe) == (total,)
    with pytest.raises(UnitError, match="said twice"):
        resolve.units(Request(model=probe, layer="conv", units="head:1"), None, probe)
