from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image
from torch import nn

import visualize as viz
from visualize.cards.card import finite
from visualize.cards.dissection_labels import Named
from visualize.methods.errors import InputError
from visualize.methods.network.preprocessing import Preparation
from visualize.methods.network.probe import Probe
from visualize.methods.result import UnitName
from visualize.methods.unit import Unit

if TYPE_CHECKING:
    from pathlib import Path

    from visualize.cards.card import Card, Look
    from visualize.methods.pictures.images import Stack


@pytest.fixture(scope="module")
def card(probe: Probe, images: Stack) -> Card:
    return viz.unit(probe, "conv", 0, images=images, steps=2)


@pytest.fixture(scope="module")
def look(probe: Probe, images: Stack) -> Look:
    return viz.look("saliency", probe, "conv", 0, images=images, settings={"count": 2})


def test_a_card_shows_itself_in_a_notebook_and_is_saved_as_it_shows(card: Card, tmp_path: Path) -> None:
    with Image.open(io.BytesIO(card._repr_png_())) as shown:
        np.testing.assert_array_equal(np.array(shown), np.array(card.figure))
    path = card.save(tmp_path / "card.png", arrays=True)
    with Image.open(path) as picture:
        np.testing.assert_array_equal(np.array(picture), np.array(card.figure))
    with np.load(tmp_path / "card.npz") as arrays:
        assert set(arrays) == set(card.arrays)
    assert json.loads(json.dumps(card.document(path)))["figure"] == str(path)


def test_in_a_folder_a_look_is_named_after_unit_and_method(look: Look, tmp_path: Path) -> None:
    assert look.arrays["attribution"].shape == (2, 3, 12, 12)
    assert look._repr_png_().startswith(b"\x89PNG")
    assert look.save(tmp_path, arrays=True) == tmp_path / "0-saliency.png"
    with np.load(tmp_path / "0-saliency.npz") as arrays:
        np.testing.assert_array_equal(arrays["attribution"], look.arrays["attribution"])


def test_a_figure_is_a_png(card: Card, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"ends in \.jpg"):
        card.save(tmp_path / "card.jpg")
    assert list(tmp_path.iterdir()) == []


def test_arrays_are_named_by_method_and_those_of_a_look_by_themselves(card: Card, look: Look) -> None:
    for name, result in card.results.items():
        for key, array in result.arrays().items():
            np.testing.assert_array_equal(card.arrays[f"{name}.{key}"], array)
    assert set(look.arrays) == set(look.result.arrays())


def test_one_named_picture_has_no_axis_for_several(probe: Probe, tmp_path: Path) -> None:
    Image.new("RGB", (12, 12), (200, 0, 0)).save(tmp_path / "a.png")
    alone = viz.look("saliency", probe, "conv", 0, image=tmp_path / "a.png")
    both = viz.look("saliency", probe, "conv", 0, image=[tmp_path / "a.png", tmp_path / "a.png"])
    card = viz.unit(probe, "conv", 0, image=tmp_path / "a.png", methods=["saliency"])
    assert alone.arrays["attribution"].shape == (3, 12, 12)
    assert both.arrays["attribution"].shape == (2, 3, 12, 12)
    np.testing.assert_array_equal(card.arrays["saliency.attribution"], alone.arrays["attribution"])
    assert alone.arrays["activations"].shape == (1,)


def test_a_class_s_name_is_in_the_heading_and_the_document(probe: Probe, images: Stack) -> None:
    look = viz.look("saliency", probe, "head", "blue", images=images)
    assert look.about.heading == "head · unit 2 · blue"
    document = look.document()
    assert (document["unit"], document["class"]) == (2, "blue")
    nameless = Probe(nn.Sequential(nn.Conv2d(3, 2, 1)), prepare=Preparation((8, 8)))
    assert "class" not in viz.look("saliency", nameless, images=images).document()


def test_the_document_names_what_is_no_whole_unit_in_words(probe: Probe) -> None:
    documents = [viz.unit(probe, "conv", unit, methods=["ascent"], steps=2).document() for unit in ("0+1", "2@3,4")]
    assert [document["unit"] for document in documents] == ["0+1", "2@3,4"]


def test_the_name_that_a_dissection_gave_is_in_the_document(card: Card, tmp_path: Path) -> None:
    from dataclasses import replace

    name = UnitName(label="car", category="object", iou=float("nan"), cut=0.04)
    named = replace(card, named=Named(name, tmp_path)).document()["named"]
    assert named == {
        "label": "car", "category": "object", "iou": None, "detector": False, "folder": str(tmp_path),
    }  # fmt: skip
    assert "named" not in card.document()


def test_numbers_that_json_cannot_hold_become_null() -> None:
    assert finite({"a": [1.0, float("nan")], "b": (float("inf"), 2, "x", None)}) == {
        "a": [1.0, None],
        "b": [None, 2, "x", None],
    }


def test_the_stem_is_the_unit_within_its_layer(card: Card) -> None:
    assert (card.stem, card.unit) == ("0", Unit("conv", 0))
