from __future__ import annotations

import io
import json
from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn

import visualize as viz
from methods.errors import InputError, UnitError
from methods.network.preprocessing import Preparation
from methods.network.probe import Probe
from methods.pictures.images import Stack
from methods.progress import Progress, silent
from visualize.cards import inspection as work

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


COLOURS = ((0, 255, 0), (255, 0, 0), (0, 0, 255))


@pytest.fixture(scope="module")
def probe() -> Probe:
    """Three units for red, green, blue."""
    conv = nn.Conv2d(3, 3, 1)
    with torch.no_grad():
        conv.weight.copy_(torch.eye(3)[..., None, None])
        conv.bias.zero_()  # type: ignore[union-attr] # this convolution has a bias
    network = nn.Sequential()
    network.add_module("conv", conv)
    network.add_module("head", nn.Flatten())
    return Probe(network, prepare=Preparation(size=(12, 12)))


@pytest.fixture(scope="module")
def images() -> Stack:
    return Stack([np.full((12, 12, 3), colour, np.uint8) for colour in COLOURS], name="colours")


def test_a_card_in_three_lines(probe: Probe, images: Stack, tmp_path: Path) -> None:
    card = viz.unit(probe, "conv", 0, images=images, steps=2, device="cpu")
    assert list(card.results) == ["ascent", "top", "saliency", "deconv"]
    assert card.results["top"].facts()["images"][0]["file"] == images.file(1)  # type: ignore[index,call-overload] # JSON
    with Image.open(io.BytesIO(card._repr_png_())) as shown:
        np.testing.assert_array_equal(np.array(shown), np.array(card.figure))
    saved = card.save(tmp_path / "card.png", arrays=True)
    with Image.open(saved) as picture:
        np.testing.assert_array_equal(np.array(picture), np.array(card.figure))
    with np.load(tmp_path / "card.npz") as arrays:
        assert set(arrays) == set(card.arrays)
    assert json.loads(json.dumps(card.document(saved)))["figure"] == str(saved)


def test_the_ascent_is_measured_against_the_strongest_photograph(probe: Probe, images: Stack) -> None:
    card = viz.unit(probe, "conv", 2, images=images, steps=2)
    found = card.results["ascent"].facts()
    assert found["photograph"] == pytest.approx(1.0)
    assert found["ratio"] == pytest.approx(found["activation"])


def test_several_units_share_one_scan(probe: Probe, images: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    loaded: list[int] = []
    load = Stack.load

    def count(self: Stack, index: int, preparation: Preparation) -> object:
        loaded.append(index)
        return load(self, index, preparation)

    monkeypatch.setattr(Stack, "load", count)
    monkeypatch.setattr(work, "BATCH", 2)
    watched: list[str] = []

    @contextmanager
    def watch(title: str) -> Iterator[Progress]:
        watched.append(title)
        yield silent

    cards = viz.units(probe, "conv", "all", images=images, methods=["ascent", "top"], steps=2, watch=watch)
    assert [str(card.unit) for card in cards] == ["conv:0", "conv:1", "conv:2"]
    assert sum("units 1-2 of 3" in title for title in watched) == 1
    drawn = len(loaded)
    loaded.clear()
    viz.unit(probe, "conv", 0, images=images, methods=["top"], steps=2)
    assert len(loaded) <= drawn <= len(loaded) + 2 * len(COLOURS)


def test_unit_is_for_one_unit(probe: Probe) -> None:
    with pytest.raises(InputError, match=r"3 units; visualize\.units"):
        viz.unit(probe, "conv", "all")


def test_wrong_requests_are_refused(probe: Probe, tmp_path: Path) -> None:
    with pytest.raises(UnitError, match="0 to 2"):
        viz.unit(probe, "conv", 3)
    with pytest.raises(InputError, match=r"\.png"):
        viz.unit(probe, "conv", 0, steps=2).save(tmp_path / "card.jpg")
    with pytest.raises(InputError, match="top needs images"):
        viz.unit(probe, "conv", 0, methods=["top"])
    with pytest.raises(InputError, match="a probe has its weights"):
        viz.unit(probe, "conv", 0, weights=__file__)
    with pytest.raises(InputError, match="1 or more"):
        viz.units(probe, "conv", steps=0)


def test_numbers_that_json_cannot_hold_become_null() -> None:
    from visualize.cards.card import finite

    assert finite({"a": [1.0, float("nan")], "b": (float("inf"), 2, "x", None)}) == {
        "a": [1.0, None],
        "b": [None, 2, "x", None],
    }
