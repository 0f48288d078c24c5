from __future__ import annotations

import csv
import json
import shutil
from typing import TYPE_CHECKING

import pytest

from tests.visualize.cli.kit import one_line, viz
from tests.visualize.cli.shops import dissecting

if TYPE_CHECKING:
    from pathlib import Path

    from torch import Tensor

pytestmark = pytest.mark.usefixtures("here")


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_units_that_look_for_a_colour_are_named_after_what_has_it(shop: Path, tmp_path: Path) -> None:
    ran = viz(*dissecting(shop, "--out", "out", "--json"))
    assert ran.status == 0, ran.err
    document = json.loads(ran.out)
    (layer,) = document["layers"]
    assert {verdict["unit"]: verdict["label"] for verdict in layer["best"]} == {
        0: "apple", 1: "leaf", 2: "sky", 3: "apple", 4: "leaf", 5: "sky",
    }  # fmt: skip
    rows = _rows(tmp_path / "out" / "relu.csv")
    assert sorted(int(row["unit"]) for row in rows) == [1, 2, 3, 4, 5, 6]  # NetDissect counts from 1
    scores = {int(row["unit"]) - 1: float(row["score"]) for row in rows}
    assert scores == {verdict["unit"]: verdict["iou"] for verdict in layer["best"]}
    assert document["files"] == ["out/dissection.json", "out/relu.csv", "out/relu.npz"]
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["dissection.json", "relu.csv", "relu.npz"]


def test_the_summary_names_detectors_in_both_ways_of_counting(shop: Path) -> None:
    ran = viz(*dissecting(shop, "--out", "out"))
    assert "6 of 6 units detect 3 unique concepts (best category only)" in ran.out
    assert "3 unique concepts, 6 detectors (once per category)" in ran.out
    assert viz(*dissecting(shop, "--out", "quiet", "--quiet")).out.splitlines() == [
        "quiet/dissection.json", "quiet/relu.csv", "quiet/relu.npz",
    ]  # fmt: skip


MANY = """
import torch
from torch import nn
from visualize.methods import Preparation
def net():
    torch.manual_seed(0)
    layers = [part for _ in range(4) for part in (nn.Conv2d(3, 3, 1, groups=3), nn.ReLU())]
    network = nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(3, 2))
    for layer in network[:8:2]:
        nn.init.constant_(layer.weight, 1.0)
        nn.init.zeros_(layer.bias)
    return network, Preparation(size=(16, 16))
"""


def test_all_is_every_block_with_a_map_and_every_is_every_layer_with_one(shop: Path, tmp_path: Path) -> None:
    (tmp_path / "many.py").write_text(MANY)
    model = ("dissect", "--model", f"{tmp_path}/many.py:net", "--device", "cpu", "--data", shop / "set")
    ran = viz(*model, "--layer", "all", "--out", "all", "--quantile", "0.1")
    assert ran.status == 0, ran.err
    lines = ran.out.splitlines()
    start = next(number for number, line in enumerate(lines) if line.startswith("layer "))
    assert lines[start].split() == ["layer", "units", "detectors", "concepts", "object", "best", "unit"]
    rows = [line.split() for line in lines[start + 1 : start + 5]]
    assert [row[:5] for row in rows] == [[layer, "3", "3", "3", "3"] for layer in ("1", "3", "5", "7")]
    assert all("(object)," in row for row in rows)
    every = json.loads(viz(*model, "--layer", "every", "--out", "every", "--quantile", "0.1", "--json").out)
    assert [layer["layer"] for layer in every["layers"]] == [str(number) for number in range(8)]


def test_the_same_again_is_at_hand_and_other_settings_do_not_mix(shop: Path) -> None:
    first = viz(*dissecting(shop, "--out", "out"))
    assert viz(*dissecting(shop, "--out", "out")).out == first.out
    ran = viz(*dissecting(shop, "--out", "out", "--alignment", "resize"))
    assert ran.status == 2
    assert "alignment" in one_line(ran.err)


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (("--shard", "3"), "I/N"),
        (("--shard", "5/2"), "shards are numbered from 1/2"),
        (("--layer", "rellu"), "did you mean relu"),
        (("--quantile", "2"), "between 0 and 1"),
        (("--alignment", "sideways"), "alignment"),
        (("--rectifier", "never"), "rectifier"),
        (("--categories", "objekt"), "objekt"),
        (("--rotate", "2"), "rotat"),
        (("--data", "nowhere"), "does not exist"),
        (("--weights", "none.pth"), "does not exist"),
        (("--out", ""), "--out is empty"),
        (("--model", "unknown-net"), "unknown-net"),
        (("--count", "0"), "1 or more"),
        (("--layer", ","), "names no layer"),
        (("--batch", "0"), "--batch"),
        (("--workers", "-1"), "--workers"),
    ],
)
def test_what_cannot_be_is_said_in_one_line(shop: Path, tmp_path: Path, more: tuple[str, ...], message: str) -> None:
    ran = viz(*dissecting(shop, *(() if "--out" in more else ("--out", "out")), *more))
    assert ran.status == 2
    assert message in one_line(ran.err)
    assert not (tmp_path / "out").exists()


def test_a_model_without_a_probe_set_asks_for_one(shop: Path) -> None:
    ran = viz("dissect", "--model", f"{shop}/tiny.py:tiny", "--layer", "relu")
    assert ran.status == 2
    assert "--data" in one_line(ran.err)


def test_an_interrupted_run_says_that_it_can_go_on(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from visualize.methods.network.run.runner import Runner

    real = Runner.__call__
    runs = iter(range(10_000))

    def interrupted(self: Runner, *asked: object) -> dict[str, Tensor]:
        if next(runs) == 4:
            raise KeyboardInterrupt
        return real(self, *asked)  # type: ignore[arg-type]

    monkeypatch.setattr(Runner, "__call__", interrupted)
    ran = viz(*dissecting(shop, "--out", "out", "--batch", "1"))
    assert ran.status == 130
    assert "the same command goes on from here" in one_line(ran.err)
    monkeypatch.setattr(Runner, "__call__", real)
    assert viz(*dissecting(shop, "--out", "out", "--batch", "1")).status == 0


def test_other_layers_and_settings_get_folders_of_their_own_by_themselves(shop: Path, tmp_path: Path) -> None:
    model: list[str | Path] = ["dissect", "--model", f"{shop}/tiny.py:tiny", "--data", shop / "set", "--quiet"]
    for more in ((), ("--layer", "relu"), ("--layer", "conv", "--rotate", "0.5", "--seed", "2")):
        ran = viz(*model, *more)
        assert ran.status == 0, ran.err
    folders = sorted(path.name for path in (tmp_path / "viz-out").glob("*/dissect/*"))
    assert folders == ["set", "set-conv-rotate-0.5-seed-2"]  # relu is the last layer with a map


def test_what_was_skipped_is_said_at_the_end(shop: Path, tmp_path: Path) -> None:
    """One of 200 pictures and none of the others' labels is broken."""
    copy = tmp_path / "set"
    shutil.copytree(shop / "set", copy)
    head, *rows = (copy / "index.csv").read_text().splitlines()
    (copy / "index.csv").write_text("\n".join([head, *rows * 17, rows[0].replace("0.png", "none.png")]) + "\n")
    (next(copy.rglob("0.png")).parent / "none.png").write_bytes(b"no picture")
    asked = ["dissect", "--model", f"{shop}/tiny.py:tiny", "--data", "set", "--quantile", "0.1", "--out", "out"]
    ran = viz(*asked)
    assert ran.status == 0, ran.err
    assert "1 of 205 images were skipped, since they or their labels cannot be read: none.png" in ran.out
    document = json.loads(viz(*asked, "--json").out)
    assert (document["scanned"], document["broken"]) == (204, ["none.png"])
