"""Photographs' classes in one call: what the command prints."""

from __future__ import annotations

import inspect
import io
import json
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image
from torch import nn

from tests.visualize.cli.kit import TINY, viz
from tests.visualize.prediction.classifiers import SIZE, features, linear_head, probe
from visualize.methods.errors import InputError, UnitError
from visualize.methods.unit import Unit
from visualize.prediction.api import PredictionCard, predict

if TYPE_CHECKING:
    from pathlib import Path

PICTURES = [np.random.default_rng(seed).integers(0, 256, (*SIZE, 3), np.uint8) for seed in (0, 1)]


def test_a_call_gives_what_the_command_prints(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "tiny.py").write_text(TINY)
    (tmp_path / "seen").mkdir()
    Image.fromarray(PICTURES[0]).save("seen/one.png")
    ran = viz("predict", "--model", "tiny.py:tiny", "seen/one.png", "--without", "conv:2,3", "--top", "3", "--json")
    told = json.loads(ran.out)
    (card,) = predict("tiny.py:tiny", "seen/one.png", top=3, without="conv:2,3")
    assert card.document(told["figure"]) == told
    (same,) = predict("tiny.py:tiny", tmp_path / "seen", top=3, without=[Unit("conv", 2), Unit("conv", 3)], cache=False)
    assert same.categories == card.categories
    assert same.without == card.without


def test_a_network_and_arrays_are_taken_and_each_card_is_a_picture() -> None:
    cards = predict(probe(*features(), *linear_head()), PICTURES)
    assert [isinstance(card, PredictionCard) for card in cards] == [True, True]
    for card in cards:
        drawn = Image.open(io.BytesIO(card._repr_png_()))
        assert drawn.size == card.figure.image.size
        assert card.categories[0].name in repr(card)


def test_the_signature_spells_every_keyword_out_and_others_are_refused() -> None:
    named = set(inspect.signature(predict).parameters)
    assert named >= {"top", "without", "weights", "size", "mean", "std", "order", "device", "trust", "classes"}
    with pytest.raises(InputError, match="predict takes no 'data'; it is called images here"):
        predict("scenes-alexnet", PICTURES, data="scenes")  # type: ignore[call-arg]


def test_what_cannot_be_is_said_in_a_line(tmp_path: Path) -> None:
    classifier = probe(*features(), *linear_head())
    with pytest.raises(InputError, match="0 classes cannot be shown"):
        predict(classifier, PICTURES, top=0)
    with pytest.raises(UnitError, match="99"):
        predict(classifier, PICTURES, without="0:99")
    with pytest.raises(InputError, match=r"gone\.jpg"):
        predict(classifier, tmp_path / "gone.jpg")
    with pytest.raises(InputError, match="viz predict needs a classifier"):
        predict(nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU()), PICTURES, size=16)
