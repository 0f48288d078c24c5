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
    ran = viz("layers", model, "--every")
    assert ran.status == 0
    assert ran.err == ""
    assert ran.out.splitlines()[1].split() == ["conv", "Conv2d", "6", "8", "x", "8", "3", "x", "3", "2", "x", "2"]


BLOCKS = """
from torch import nn
from visualize.methods import Preparation
class Block(nn.Module):
    def __init__(self, units):
        super().__init__()
        self.conv1, self.relu, self.conv2 = nn.Conv2d(units, units, 3, padding=1), nn.ReLU(), nn.Conv2d(units, units, 1)
    def forward(self, x):
        return self.relu(x + self.conv2(self.relu(self.conv1(x))))
def net():
    stem = nn.Sequential(nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.ReLU())
    body = nn.Sequential(*(Block(8) for _ in range(4)))
    return nn.Sequential(stem, body, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(8, 5)), Preparation((16, 16))
"""


def test_blocks_come_first_with_their_repeats_on_one_line(tmp_path: Path) -> None:
    (tmp_path / "blocks.py").write_text(BLOCKS)
    model = f"{tmp_path}/blocks.py:net"
    lines = [line.split() for line in viz("layers", model).out.splitlines()]
    assert lines[1:4] == [
        ["0", "Sequential", "1", "8", "14", "x", "14"],
        ["1.0", "..", "1.3", "Block", "4", "8", "14", "x", "14"],
        ["4", "logits", "Linear", "1", "5", "1", "x", "1"],
    ]
    assert lines[5][:3] == ["6", "of", "28"]
    layers = json.loads(viz("layers", model, "--json").out)
    assert [layer["layer"] for layer in layers if layer["block"]] == ["0", "1.0", "1.1", "1.2", "1.3", "4"]
    assert len(viz("layers", model, "--every").out.splitlines()) == 1 + len(layers) == 29


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


QUERIES = """
import torch
from torch import nn
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.patch = nn.Conv2d(3, 8, 32, stride=32)
        self.query = nn.Parameter(torch.randn(49, 8))
        self.decoder = nn.MultiheadAttention(8, 2, batch_first=True)
        self.classes = nn.Linear(8, 4)
    def forward(self, x):
        t = self.patch(x).flatten(2).transpose(1, 2)
        return self.classes(self.decoder(self.query.expand(len(x), -1, -1), t, t)[0])
def net(): return Net()
"""


def test_what_has_no_map_is_listed_with_its_reason_and_refused(tmp_path: Path) -> None:
    (tmp_path / "queries.py").write_text(QUERIES)
    model = f"{tmp_path}/queries.py:net"
    ran = viz("layers", model, "--every")
    assert ran.status == 0
    assert "Without a map:" in ran.out
    document = {layer["layer"]: layer for layer in json.loads(viz("layers", model, "--json").out)}
    assert document["patch"]["map_size"] == [7, 7]
    for name in ("decoder", "classes"):
        assert (document[name]["units"], document[name]["map_size"]) == (None, None)
        assert document[name]["reason"] in ran.out
    refused = viz("unit", "--model", model, "--layer", "decoder", "--unit", "0", "--out", str(tmp_path / "cards"))
    assert refused.status == 2
    assert document["decoder"]["reason"] in one_line(refused.err)
    assert not (tmp_path / "cards").exists()


PECULIAR = """
import torch
from torch import nn
from visualize.methods import Preparation


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv, self.fc, self.aux = nn.Conv2d(3, 6, 3), nn.Linear(6, 4), nn.Linear(6, 9)

    def forward(self, x):
        x.sub_(0.5)
        features = nn.functional.dropout(self.conv(x)).mean((2, 3))
        return self.fc(features).softmax(1), self.aux(features)


def net():
    torch.manual_seed(0)
    return Net(), Preparation(size=(16, 16))


def stops():
    return nn.Sequential(nn.Conv2d(3, 6, 3), nn.Flatten(), nn.Linear(7, 4)), Preparation(size=(16, 16))
"""


def test_what_the_examination_found_is_printed(tmp_path: Path) -> None:
    (tmp_path / "peculiar.py").write_text(PECULIAR)
    ran = viz("layers", f"{tmp_path}/peculiar.py:net", "--every", "--examine")
    assert ran.status == 0
    assert "random in evaluation mode" in one_line(ran.err)
    lines = ran.out.splitlines()
    assert lines[4].split()[:2] == ["logits", "Net"]
    assert lines[5] == ""
    assert "random in evaluation mode (from fc on)" in lines[6]
    assert lines[7] == "it writes into its input: it is given a copy"
    assert lines[8] == "its output, computed after its last layer, is 4 probabilities"
    document = json.loads(viz("layers", f"{tmp_path}/peculiar.py:net", "--examine", "--json").out)
    assert [layer["layer"] for layer in document["layers"]] == ["conv", "fc", "aux", "logits"]
    assert document["examination"]["random"] is True
    assert document["examination"]["output"] == {"layers": [], "shape": [1, 4], "scale": "probabilities"}


def test_a_network_that_stops_midway_is_listed_so_far_without_logits(tmp_path: Path) -> None:
    (tmp_path / "peculiar.py").write_text(PECULIAR)
    ran = viz("layers", f"{tmp_path}/peculiar.py:stops", "--every")
    assert ran.status == 0
    assert [line.split()[0] for line in ran.out.splitlines()] == ["layer", "0", "1"]
    assert "logits" not in ran.out
    assert one_line(ran.err).startswith("viz: warning: the network stops midway")
    refused = viz("layers", f"{tmp_path}/peculiar.py:stops", "--json")
    assert [layer["aliases"] for layer in json.loads(refused.out)] == [[], []]
