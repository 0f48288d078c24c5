from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from tests.kit.shared import shared
from tests.visualize.cli.kit import viz
from visualize.models.readers.safetensors import metadata

if TYPE_CHECKING:
    import pytest


def test_models_are_listed_for_people_and_for_programs() -> None:
    table = viz("models")
    assert table.status == 0
    listed = json.loads(viz("models", "--json").out)
    names = [model["model"] for model in listed]
    assert names[0] == "scenes-alexnet"
    assert {"places-squeezenet", "imagenet-squeezenet", "places-alexnet"} <= set(names)
    lines = table.out.splitlines()
    assert [line.split()[0] for line in lines[1 : 1 + len(names)]] == names
    sizes = {model["model"]: model["size"] for model in listed}
    assert sizes["moco-v2"] is None  # nobody states it
    assert " unknown " in next(line for line in lines if line.startswith("moco-v2 "))


def test_models_say_what_is_on_disk(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def on_disk() -> str | None:
        listed = json.loads(viz("models", "--json").out)
        path: str | None = next(model["on_disk"] for model in listed if model["model"] == "imagenet-squeezenet")
        return path

    monkeypatch.setenv("VIZ_CACHE", str(tmp_path))
    monkeypatch.setenv("VIZ_MIRROR", str(tmp_path / "nothing"))
    assert on_disk() is None
    monkeypatch.setenv("VIZ_MIRROR", str(shared("weights")))
    assert on_disk() == str(shared("weights") / "compressed_SqueezeNet.net")


def test_models_say_whose_they_are() -> None:
    listed = {item["model"]: item for item in json.loads(viz("models", "--json").out)}
    assert all(item["licence"] and item["paper"] for name, item in listed.items() if name != "scenes-alexnet")
    assert "Zhou" in listed["places-alexnet"]["paper"]


def test_a_model_says_how_well_it_solves_its_own_task() -> None:
    told = viz("models", "scenes-jigsaw")
    (listed,) = json.loads(viz("models", "scenes-jigsaw", "--json").out)
    assert told.out.startswith("scenes-jigsaw: ")
    for line in (*listed["notes"], listed["licence"], listed["paper"], "0.3 MB, on disk: comes along"):
        assert line in told.out
    stated = metadata(Path(listed["on_disk"]))
    assert f"{float(stated['solved']):.1%} right on {stated['held_out']} held-out scenes" in told.out


def test_a_model_that_is_not_listed_is_an_error_with_close_names() -> None:
    refused = viz("models", "scenes-jigsw")
    assert refused.status == 2
    assert "no model of the list is called 'scenes-jigsw'; did you mean scenes-jigsaw" in refused.err
    assert not refused.out
