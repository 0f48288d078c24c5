from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest
import skimage.data
import sklearn.datasets
from PIL import Image

from tests.kit.shared import shared
from tests.visualize.cli.kit import TINY, one_line, viz

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def mirror(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The shared weights and lists of names as a mirror of two folders, and a cache of the test's own."""
    folders = [str(shared("weights")), str(shared("reference/places365"))]
    monkeypatch.setenv("VIZ_MIRROR", ":".join(folders))
    monkeypatch.setenv("VIZ_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def china(tmp_path: Path) -> Path:
    Image.fromarray(sklearn.datasets.load_sample_image("china.jpg")).save(tmp_path / "china.png")
    return tmp_path / "china.png"


@pytest.fixture
def coffee(tmp_path: Path) -> Path:
    Image.fromarray(skimage.data.coffee()).save(tmp_path / "coffee.png")
    return tmp_path / "coffee.png"


@pytest.mark.usefixtures("mirror")
def test_places_squeezenet_sees_a_pagoda_outdoors(china: Path, coffee: Path, tmp_path: Path) -> None:
    ran = viz("predict", "--model", "places-squeezenet", china, coffee, "--out", f"{tmp_path}/out/", "--json")
    assert ran.status == 0, ran.err
    outside, inside = json.loads(ran.out)
    assert outside["type"]["name"] == "outdoor"
    assert outside["categories"][0]["name"] == "pagoda"
    assert outside["categories"][0]["probability"] == pytest.approx(0.935, abs=0.01)
    assert inside["type"]["name"] == "indoor"
    assert inside["categories"][0]["name"] == "coffee_shop"
    assert inside["categories"][0]["probability"] == pytest.approx(0.235, abs=0.01)
    assert outside["map"]["method"] == "class activation map"
    values = np.array(outside["map"]["values"])
    assert values.shape == (13, 13)
    row, column = np.unravel_index(values.argmax(), values.shape)
    assert max(int(row), int(column)) < 7  # the tower stands at the left, its roof above the middle
    for document in (outside, inside):
        assert Image.open(document["figure"]).width > 1000


@pytest.mark.parametrize("named", ["", "weights"])
def test_one_folder_is_mirror_enough(named: str, monkeypatch: pytest.MonkeyPatch, china: Path, tmp_path: Path) -> None:
    """The shared material, or its weights alone: the lists of names lie beside them."""
    monkeypatch.setenv("VIZ_MIRROR", str(shared("weights").parent / named))
    monkeypatch.setenv("VIZ_CACHE", str(tmp_path / "cache"))
    ran = viz("predict", "--model", "places-squeezenet", china, "--out", tmp_path / "one.png")
    lines = [line.strip() for line in ran.out.splitlines()]
    assert lines[1:3] == ["Type: outdoor", "0.935  pagoda"], ran.err


@pytest.mark.usefixtures("mirror")
def test_imagenet_squeezenet_sees_an_espresso_and_no_type(coffee: Path, tmp_path: Path) -> None:
    ran = viz("predict", "--model", "imagenet-squeezenet", coffee, "--out", tmp_path / "one.png", "--top", "2")
    assert ran.status == 0, ran.err
    lines = [line.strip() for line in ran.out.splitlines()]
    assert lines[1] == "0.994  espresso"
    assert len(lines) == 4
    assert lines[-1] == str(tmp_path / "one.png")
    assert "Type" not in ran.out
    assert (tmp_path / "one.png").is_file()


@pytest.mark.usefixtures("mirror")
def test_the_type_stands_in_the_text(china: Path, tmp_path: Path) -> None:
    ran = viz("predict", "--model", "places-squeezenet", china, "--out", tmp_path / "one.png")
    assert ran.out.splitlines()[1].strip() == "Type: outdoor"


def test_classes_without_names_are_counted(monkeypatch: pytest.MonkeyPatch, china: Path, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "tiny.py").write_text(TINY)
    ran = viz("predict", "--model", "tiny.py:tiny", china)
    assert ran.status == 0, ran.err
    assert "class " in ran.out.splitlines()[1]
    assert "numbered from 0" in ran.out
    figure = next(line.strip() for line in ran.out.splitlines() if line.strip().endswith(".png") and "viz-out" in line)
    assert (tmp_path / figure).is_file()


def test_pictures_of_one_name_get_figures_of_their_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "tiny.py").write_text(TINY)
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        Image.new("RGB", (20, 20), "red").save(tmp_path / folder / "same.png")
    ran = viz("predict", "--model", "tiny.py:tiny", "a/same.png", "b/same.png", "--out", "seen/", "--quiet")
    assert ran.out.split() == ["seen/same.png", "seen/same-2.png"]
    ran = viz("predict", "--model", "tiny.py:tiny", "a/same.png", "--format", "svg", "--palette", "viridis", "--quiet")
    (figure,) = ran.out.split()
    assert "The photograph as the network sees it." in (tmp_path / figure).read_text("utf-8")


def test_what_cannot_be_predicted_is_said_in_one_line(
    monkeypatch: pytest.MonkeyPatch, china: Path, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "tiny.py").write_text(TINY)
    (tmp_path / "text.jpg").write_text("no picture")
    for arguments, message in (
        (["--model", "tiny.py:tiny", "gone.jpg"], "gone.jpg"),
        (["--model", "tiny.py:tiny", "text.jpg"], "text.jpg"),
        (["--model", "tiny.py:tiny", "."], ". is a folder; name the photographs themselves, as *.jpg"),
        (["--model", "moco-v2", china], "tells no classes apart"),
        (["--model", "tiny.py:tiny", china, china, "--out", "one.png"], "is one file"),
        (["--model", "tiny.py:tiny", china, "--out", "one.jpg"], ".jpg"),
        (["--model", "tiny.py:tiny", china, "--palette", "infern"], "did you mean inferno?"),
        (["--model", "tiny.py:tiny", china, "--top", "0"], "--top"),
        (["--model", "tiny.py:tiny"], "IMAGE"),
    ):
        ran = viz("predict", *arguments)
        assert ran.status == 2, arguments
        assert message in one_line(ran.err)
        assert ran.out == ""
    assert not list(tmp_path.glob("*.part"))


def test_a_picture_without_a_unit_is_told_beside_it_with_all(tmp_path: Path) -> None:
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)).save(tmp_path / "a.png")
    ran = viz("predict", tmp_path / "a.png", "--without", "conv5:3,32", "--out", tmp_path / "b.png", "--device", "cpu")
    assert ran.status == 0, ran.err
    lines = ran.out.splitlines()
    assert sum(" -> " in line for line in lines) == 5
    assert any(line.startswith("  without conv5:3,32 the likeliest is ") for line in lines)
    wrong = viz("predict", tmp_path / "a.png", "--without", "conv5:3,conv4:1")
    assert wrong.status == 2
    assert one_line(wrong.err) == "viz: error: units of one layer can be switched off together, not of conv5 and conv4"
