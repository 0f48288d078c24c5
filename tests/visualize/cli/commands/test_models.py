from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tests.kit.shared import shared
from tests.visualize.cli.kit import viz

if TYPE_CHECKING:
    from pathlib import Path

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
