"""The folder of an example, read back by the standard library, Pillow and our own reader of probe sets."""

from __future__ import annotations

import csv
import wave
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from visualize.data.open import open_labelled
from visualize.methods.errors import InputError
from visualize.methods.network.preprocessing import Preparation
from visualize.scenes import CATEGORIES, Scenes, concept
from visualize.scenes.captions import captions
from visualize.scenes.example_folder import write_example
from visualize.scenes.sound import RATE, amplitudes, shipped, soundtrack, texture

if TYPE_CHECKING:
    from pathlib import Path

    from visualize.scenes import Scene

COUNT, SIZE = 12, 64


@pytest.fixture(scope="module")
def scenes() -> Scenes:
    return Scenes(COUNT, seed=3, size=SIZE)


@pytest.fixture(scope="module")
def drawn(scenes: Scenes) -> list[Scene]:
    return [scenes.scene(index) for index in range(COUNT)]


@pytest.fixture(scope="module")
def folder(scenes: Scenes, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("example") / "deep/set"
    write_example(path, scenes)
    return path


def name(scenes: Scenes, index: int) -> str:
    return scenes.file(index).removeprefix("scenes/")


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_sounds_are_read_by_the_standard_library(folder: Path, scenes: Scenes, drawn: list[Scene]) -> None:
    table = rows(folder / "sounds.csv")
    for index, (scene, row) in enumerate(zip(drawn, table, strict=True)):
        heard = soundtrack(scene, scenes.number(index))
        with wave.open(str(folder / "sounds" / row["sound"]), "rb") as file:
            assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, RATE)
            samples = np.frombuffer(file.readframes(file.getnframes()), "<i2")
        np.testing.assert_allclose(samples / 32767, heard, atol=0.51 / 32767)
        assert row["sound"] == f"{name(scenes, index)}.wav"
        assert int(row["cluster"]) == shipped().of(texture(heard))
        said = dict(part.rsplit(" ", 2)[:2] for part in row["heard"].split(";"))
        assert {thing: int(decibels) for thing, decibels in said.items()} == {
            thing: round(20 * np.log10(amplitude)) for thing, amplitude in amplitudes(scene).items()
        }


def test_captions_are_five_lines(folder: Path, scenes: Scenes, drawn: list[Scene]) -> None:
    for index, scene in enumerate(drawn):
        lines = (folder / f"captions/{name(scenes, index)}.txt").read_text("utf-8").splitlines()
        assert tuple(lines) == captions(scene, scenes.number(index), 5)


def test_pictures_and_label_maps_are_those_of_the_scenes(folder: Path, scenes: Scenes, drawn: list[Scene]) -> None:
    for index, scene in enumerate(drawn):
        stem = folder / "images" / name(scenes, index)
        np.testing.assert_array_equal(np.asarray(Image.open(f"{stem}.png")), scene.image)
        for category in set(CATEGORIES) - {"scene"}:
            for place, labels in enumerate(scene.labels[category]):
                with Image.open(f"{stem}_{category}{f'_{place + 1}' if place else ''}.png") as picture:
                    np.testing.assert_array_equal(np.asarray(picture), labels)
                    np.testing.assert_array_equal(np.asarray(picture.convert("RGB"))[..., 0], labels)


def test_the_folder_is_a_probe_set_with_the_scenes_labels(folder: Path, scenes: Scenes, drawn: list[Scene]) -> None:
    labelled = open_labelled(folder)
    assert len(labelled) == COUNT
    assert tuple(labelled.categories) == CATEGORIES
    shown = {int(n) for scene in drawn for maps in scene.labels.values() for m in maps for n in np.unique(m)} - {0}
    assert {(item.number, item.name, item.category) for item in labelled.concepts} == {
        (number, concept(number).name, concept(number).category) for number in shown
    }
    exact = Preparation(size=(SIZE, SIZE))
    for index, scene in enumerate(drawn):
        assert labelled.file(index) == f"{name(scenes, index)}.png"
        np.testing.assert_array_equal(labelled.load(index, exact), scene.image)
        read = labelled.labels(index, exact)
        for category in CATEGORIES:
            expected = [m for m in scene.labels[category] if m.any()]
            for got, wanted in zip(read[category], expected, strict=True):
                np.testing.assert_array_equal(np.broadcast_to(np.asarray(got), wanted.shape), wanted)


def test_an_example_that_fails_leaves_nothing(tmp_path: Path, scenes: Scenes) -> None:
    def interrupted(done: int, total: int) -> None:
        if done == 2:
            raise KeyboardInterrupt("after two scenes")

    with pytest.raises(KeyboardInterrupt, match="after two scenes"):
        write_example(tmp_path / "new", scenes, interrupted)
    (tmp_path / "empty").mkdir()
    with pytest.raises(KeyboardInterrupt, match="after two scenes"):
        write_example(tmp_path / "empty", scenes, interrupted)
    assert [path.name for path in tmp_path.iterdir()] == ["empty"]
    write_example(tmp_path / "empty", Scenes(1, size=32))
    assert (tmp_path / "empty/sounds/bedroom-0000.wav").is_file()


def test_what_is_in_the_way_is_left_as_it_is(tmp_path: Path, scenes: Scenes) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full/mine.txt").write_text("mine")
    for path, reason in (
        (tmp_path / "full", "has files in it"),
        (tmp_path / "full/mine.txt", "mine.txt is a file"),
        (tmp_path / "full/mine.txt/below", "mine.txt is a file"),
    ):
        with pytest.raises(InputError, match=reason):
            write_example(path, scenes)
    assert [path.name for path in tmp_path.rglob("*")] == ["full", "mine.txt"]
    assert (tmp_path / "full/mine.txt").read_text() == "mine"
