from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tests.kit.shared import shared
from tests.visualize.cli.kit import TINY, one_line, viz

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_layers_are_listed_with_their_numbers(tmp_path: Path) -> None:
    (tmp_path / "tiny.py").write_text(TINY)
    model = f"{tmp_path}/tiny.py:tiny"
    layers = json.loads(viz("layers", model, "--json").out)
    assert [(layer["layer"], layer["type"], layer["units"], layer["map_size"]) for layer in layers] == [
        ("conv", "Conv2d", 6, [8, 8]),
        ("relu", "ReLU", 6, [8, 8]),
        ("pool", "AdaptiveAvgPool2d", 6, [1, 1]),
        ("flat", "Flatten", 6, [1, 1]),
        ("head", "Linear", 4, [1, 1]),
    ]
    assert [layer["aliases"] for layer in layers] == [[], [], [], [], ["logits"]]  # which every network's output is
    # a convolution of 3 x 3, stride 2, padding 1 is centred on pixels 0, 2, 4, ...
    assert layers[0]["receptive_field"] == {"size": [3, 3], "stride": [2, 2], "offset": [0, 0]}
    ran = viz("layers", model)
    assert ran.status == 0
    assert ran.err == ""
    assert ran.out.splitlines()[1].split() == ["conv", "Conv2d", "6", "8", "x", "8", "3", "x", "3", "2", "x", "2"]


def test_layers_of_a_model_with_names_of_papers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIZ_MIRROR", str(shared("weights")))
    layers = {layer["layer"]: layer for layer in json.loads(viz("layers", "imagenet-squeezenet", "--json").out)}
    assert layers["features.12"]["units"] == 512
    assert "fire9" in layers["features.12"]["aliases"]
    assert layers["features.12"]["map_size"] == [13, 13]


def test_what_cannot_be_listed_is_said_in_one_line(tmp_path: Path) -> None:
    for model in ("scenes-alexnot", f"{tmp_path}/none.py:net", "torchvision/resnet19"):
        ran = viz("layers", model)
        assert ran.status == 2
        assert ran.out == ""
        assert one_line(ran.err).startswith("viz: error: ")
