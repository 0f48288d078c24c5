from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
import torch
from PIL import Image
from safetensors.torch import save_file

from tests.visualize.cli.kit import TINY, one_line, viz
from tests.visualize.transfers.kit import save_classes

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "tiny.py").write_text(TINY)


def test_class_folders_are_measured_written_and_drawn(tmp_path: Path) -> None:
    data = save_classes(tmp_path / "birds", 60, "train", "test")
    ran = viz("transfer", "-m", "tiny.py:tiny", "-l", "conv,relu", "--data", data, "--out", "worth", "--json")
    assert ran.status == 0, ran.err
    document = json.loads(ran.out)
    assert document["pictures"] == {"learnt_from": 30, "tested_on": 30}
    assert document["measure"] == "accuracy"
    (network,) = document["networks"]
    assert [item["layer"] for item in network["layers"]] == ["conv", "relu"]
    assert network["layers"][1]["score"] == 1.0
    assert [item["layer"] for item in network["untrained"]["layers"]] == ["conv", "relu"]
    assert json.loads((tmp_path / "worth" / "transfer.json").read_text())["networks"] == document["networks"]
    assert sorted(path.name for path in (tmp_path / "worth").iterdir()) == ["transfer.json", "transfer.png"]
    with Image.open(tmp_path / "worth" / "transfer.png") as picture:
        assert picture.width == 1400


def test_the_table_names_every_layer_with_what_stands_beside(tmp_path: Path) -> None:
    data = save_classes(tmp_path / "birds", 30)
    ran = viz("transfer", "-m", "tiny.py:tiny", "-l", "relu", "-i", data)
    assert ran.status == 0, ran.err
    assert "split by seed 0" in ran.out
    assert "chance is 0.333" in ran.out
    assert all(word in ran.out for word in ("95 % interval", "untrained", "shuffled"))
    assert (tmp_path / "viz-out" / "transfer").is_dir()


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (("--data", "nothing"), "no pictures"),
        (("--data", "nowhere"), "does not exist"),
        (("--data", "few", "-l", "fc9"), "fc9"),
        (("--data", "few", "--protocol", "svmm"), "did you mean svm"),
        (("--data", "few", "--share", "1"), "between 0 and 1"),
        (("--data", "few", "--numbers", "0"), "1 or more"),
        (("--data", "few", "--category", "object"), "labelled probe sets"),
        (("--data", "few/red"), "no class's folder"),
    ],
)
def test_what_cannot_be_measured_is_said_in_one_line(tmp_path: Path, given: tuple[str, ...], message: str) -> None:
    (tmp_path / "nothing").mkdir()
    save_classes(tmp_path / "few", 12)
    ran = viz("transfer", "-m", "tiny.py:tiny", "--quiet", *given)
    assert ran.status == 2
    assert message in one_line(ran.err)
    assert not (tmp_path / "viz-out").exists()


def test_weights_of_a_file_take_the_place_of_the_model_s_own(tmp_path: Path) -> None:
    data = save_classes(tmp_path / "few", 30)
    blind = {"conv.weight": torch.zeros(6, 3, 3, 3), "conv.bias": torch.zeros(6)}
    blind |= {"head.weight": torch.ones(4, 6), "head.bias": torch.zeros(4)}
    save_file(blind, tmp_path / "blind.safetensors")
    given = ("transfer", "-m", "tiny.py:tiny", "-l", "relu", "-i", data, "--no-twin", "--json")
    own = json.loads(viz(*given).out)["networks"][0]
    ran = viz(*given, "--weights", "blind.safetensors", "--size", "8")
    assert ran.status == 0, ran.err
    (network,) = json.loads(ran.out)["networks"]
    assert (own["model"], network["model"]) == ("tiny.py:tiny", "tiny.py:tiny (blind.safetensors)")
    assert own["weights_sha256"] != network["weights_sha256"]
    assert own["layers"][0]["score"] == 1.0
    assert network["layers"][0]["score"] == pytest.approx(1 / 3, abs=0.01)
    assert (own["layers"][0]["map"], network["layers"][0]["map"]) == ([8, 8], [4, 4])


def test_weights_that_are_not_there_are_said_before_anything_is_read(tmp_path: Path) -> None:
    ran = viz("transfer", "-m", "tiny.py:tiny", "--data", save_classes(tmp_path / "few", 12), "-w", "none.pth")
    assert (ran.status, "none.pth does not exist" in one_line(ran.err)) == (2, True)
    assert not (tmp_path / "viz-out").exists()
