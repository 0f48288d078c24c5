"""``viz text`` from end to end: by similarities of a file, by labels, and by a vision-language model."""

from __future__ import annotations

import csv
import json
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from tests.kit.hostile import refused
from tests.visualize.cli.kit import TINY, viz

if TYPE_CHECKING:
    from pathlib import Path

LIGHT = np.random.default_rng(0).integers(0, 256, (24, 3))


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "net.py").write_text(TINY)
    (tmp_path / "lights").mkdir()
    for number, row in enumerate(LIGHT):
        Image.new("RGB", (20, 20), tuple(row.tolist())).save(tmp_path / "lights" / f"{number:02}.png")
    np.savez(
        tmp_path / "s.npz", words=np.array(["red", "green", "blue"]), similarities=0.2 + 0.1 * LIGHT / 255,
        pictures=np.array([f"{number:02}.png" for number in range(24)]),
    )  # fmt: skip


def test_planted_similarities_give_planted_names(tmp_path: Path) -> None:
    ran = viz("text", "-m", "net.py:tiny", "-l", "conv", "--data", "lights", "--similarities", "s.npz", "--top", "5",
              "--out", "named", "--no-cache")  # fmt: skip
    assert ran.status == 0, ran.err
    assert "6 units, 3 words by s.npz" in ran.out
    with (tmp_path / "named" / "conv.csv").open() as file:
        assert [row["word1"] for row in csv.DictReader(file)] == ["red", "green", "blue"] * 2
    assert sorted(path.name for path in (tmp_path / "named").iterdir()) == ["conv.csv", "text.json"]


def test_a_model_with_random_weights_goes_the_whole_way_and_its_similarities_serve_again(tmp_path: Path) -> None:
    pytest.importorskip("open_clip")
    tiny = {
        "embed_dim": 16,
        "vision_cfg": {"image_size": 32, "layers": 1, "width": 16, "head_width": 16, "patch_size": 16},
        "text_cfg": {"context_length": 16, "vocab_size": 49408, "width": 16, "heads": 1, "layers": 1},
    }
    (tmp_path / "tiny.json").write_text(json.dumps(tiny))
    (tmp_path / "words.txt").write_text("red\ngreen\nblue\n")
    shared = (
        "text",
        "-m",
        "net.py:tiny",
        "-l",
        "conv",
        "--data",
        "lights",
        "--top",
        "5",
        "--samples",
        "5",
        "--no-cache",
        "--json",
    )
    ran = viz(*shared, "--clip", "random/tiny.json", "--words", "words.txt", "--out", "model")
    assert ran.status == 0, ran.err
    document = json.loads(ran.out)
    units = document["layers"]["conv"]["units"]
    assert all(-1 <= unit["clarity"] <= 1 for unit in units)
    assert (units[0]["twin"], units[3]["twin"]) == (3, 0)  # they look for the same
    again = viz(*shared, "--similarities", document["similarities_file"], "--out", "again")
    assert again.status == 0, again.err
    assert json.loads(again.out)["layers"]["conv"] == document["layers"]["conv"]


def test_labels_stand_for_similarities(tmp_path: Path) -> None:
    ran = viz("text", "-m", "scenes-alexnet", "-l", "conv5", "-u", "3,5", "--count", "30", "--top", "9", "--json", "-q")
    assert ran.status == 0, ran.err
    document = json.loads(ran.out)
    assert document["similarities"] == "the labels of scenes"
    assert [unit["unit"] for unit in document["layers"]["conv5"]["units"]] == [3, 5]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (("--similarities", "none.npz"), "does not exist"),
        (("--similarities", "net.py"), "damaged or no file of plain arrays"),
        ((), "or say with --similarities"),
        (("--words", "net.py"), "--words is of a vision-language model"),
        (("--similarities", "s.npz", "--score", "iou"), "score"),
        (("--similarities", "s.npz", "--score", "cosine", "--top", "3"), "top has an effect"),
        (("--similarities", "s.npz", "--clip", "x"), "not from both"),
        (("--clip", "random/ViT-Z-9"), "no architecture"),
        (("--similarities", "s.npz", "-l", "nowhere"), "nowhere"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(tmp_path: Path, given: tuple[str, ...], message: str) -> None:
    if "--clip" in given:
        pytest.importorskip("open_clip")
    assert message in refused("text", "-m", "net.py:tiny", "--data", "lights", "-q", *given, within=tmp_path)
