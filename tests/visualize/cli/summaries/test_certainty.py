"""What is said of held-out halves and of names put to the test is what the tables hold."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.visualize.cli.kit import viz
from tests.visualize.cli.shops import dissecting
from visualize.dissection import read_scores, verification
from visualize.methods.dissection.held_out import predictions

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("_in_the_shop")


def test_optimism_and_survivors_are_those_of_the_tables(shop: Path) -> None:
    ran = viz(*dissecting(shop, "--out", "tested", "--held-out", "--verify"))
    assert ran.status == 0, ran.err
    names = predictions(read_scores(shop / "tested", "relu"), 0.04)
    survive = sum(item.survives for item in names)
    assert f"tested on the other half: {survive} of {len(names)} detectors" in ran.out
    assert f"names chosen on one half of the pictures: {len(names)} detectors" in ran.out
    (layer,) = json.loads(viz(*dissecting(shop, "--out", "tested", "--json")).out)["layers"]
    assert [item["unit"] for item in layer["tested"]] == [item.unit for item in names]
    held = layer["held_out"]
    assert held["optimism"] == pytest.approx(sum(item.chosen - item.held for item in names) / len(names))
    assert "drawn_with_and_without" not in layer  # these are photographs


def test_scenes_are_drawn_with_and_without_what_units_are_called(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verification, "LOOKED_AT", 6)
    asked = ["dissect", "--count", "12", "--out", "drawn", "--verify", "--resamples", "20", "--device", "cpu"]
    ran = viz(*asked)
    assert ran.status == 0, ran.err
    assert "tested on scenes drawn with the concept and without it" in ran.out
    assert "no scene can be drawn without a color" in ran.out


def test_without_resamples_nothing_is_said(shop: Path) -> None:
    ran = viz(*dissecting(shop, "--out", "plain", "--resamples", "0", "--held-out"))
    assert ran.status == 0, ran.err
    assert "so nothing is held out" in ran.out
    assert "drawn anew" not in ran.out
    assert (shop / "plain" / "relu.csv").read_text().splitlines()[0].endswith("-iou")


def test_names_by_whole_pictures_are_read_again_as_they_were(shop: Path) -> None:
    ran = viz(*dissecting(shop, "--out", "pictures", "--score", "picture-f1", "--resamples", "20", "--json"))
    assert ran.status == 0, ran.err
    scores = read_scores(shop / "pictures", "relu")
    assert scores.score == "picture-f1"
    assert scores.concept_pictures is not None
    assert scores.concept_pictures.tolist() == [4, 4, 4]
    (layer,) = json.loads(ran.out)["layers"]
    labels = {verdict.unit: verdict.label for verdict in scores.verdicts()}
    assert {item["unit"]: item["label"] for item in layer["best"]} == labels
    refused = viz(*dissecting(shop, "--out", "none", "--score", "picture-f1", "--resamples", "0"))
    assert refused.status == 2
    assert "counts by picture" in refused.err
