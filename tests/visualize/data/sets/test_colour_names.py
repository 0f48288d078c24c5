from __future__ import annotations

import io
import tarfile
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image
from scipy import ndimage

from tests.kit.shared import shared
from tests.visualize.data.made_sets import broden, colour_names, only_map, photograph
from visualize.data import open_labelled
from visualize.data.sets.colour_names import NAMES, read_table
from visualize.methods.errors import BrokenImage, InputError
from visualize.methods.network.preprocessing import Preparation
from visualize.methods.pictures.labelled import Labelled

if TYPE_CHECKING:
    from pathlib import Path


EIGHT = Preparation(size=(8, 8))


def test_colours_agree_with_those_of_a_real_set() -> None:
    """Those were made by the same table from photographs of 480 x 360; ours are from JPEG files of 224 x 224.

    Where a colour borders on another one, the two resolutions differ; away from borders nothing may.
    """
    root, table = shared("data/camvid-broden"), shared("reference/w2color.npy")
    published = open_labelled(root, categories=["color"], count=40)
    ours = open_labelled(f"folder:{root / 'images/train'}", colours=table)
    assert ours.categories == ("color",)
    place = {concept.name: concept.number for concept in ours.concepts}
    assert set(place) == {concept.name for concept in published.concepts} == {f"{name}-c" for name in NAMES}
    renumbered = np.zeros(max(concept.number for concept in published.concepts) + 1, np.int32)
    for concept in published.concepts:
        renumbered[concept.number] = place[concept.name]
    where = {ours.file(index): index for index in range(len(ours))}
    same, far = [], []
    for index in range(len(published)):
        file = published.file(index).removeprefix("train/")
        if file in where:
            mine = only_map(ours.labels(where[file], Preparation()), "color")
            theirs = renumbered[only_map(published.labels(index, Preparation()), "color")]
            same.append(mine == theirs)
            far.append(ndimage.minimum_filter(theirs, 3) == ndimage.maximum_filter(theirs, 3))
    assert len(same) > 20
    assert np.mean(same) > 0.93
    assert np.mean(far) > 0.5
    assert np.asarray(same)[np.asarray(far)].mean() > 0.995


def test_the_table_names_pure_colours() -> None:
    table = read_table(shared("reference/w2color.npy"))
    colours = {
        "black": (0, 0, 0), "white": (255, 255, 255), "grey": (128, 128, 128), "red": (255, 0, 0),
        "green": (0, 192, 0), "blue": (0, 0, 255), "yellow": (255, 255, 0), "brown": (100, 60, 20),
        "orange": (255, 140, 0), "pink": (255, 150, 190), "purple": (128, 0, 160),
    }  # fmt: skip
    for name, (red, green, blue) in colours.items():
        assert NAMES[table[red // 8, green // 8, blue // 8]] == name


def test_a_set_gains_colours_after_its_own_categories(tmp_path: Path) -> None:
    root, table = broden(tmp_path / "set"), colour_names(tmp_path / "t.npy")
    plain, labelled = open_labelled(root), open_labelled(root, colours=table)
    assert isinstance(labelled, Labelled)
    assert labelled.categories == (*plain.categories, "color")
    assert list(labelled.concepts)[: len(plain.concepts)] == list(plain.concepts)
    assert [(concept.number, concept.name) for concept in labelled.concepts][-11:] == [
        (301 + place, f"{name}-c") for place, name in enumerate(NAMES)
    ]
    labels = labelled.labels(0, EIGHT)
    np.testing.assert_array_equal(only_map(labels, "object"), only_map(plain.labels(0, EIGHT), "object"))
    picture = Image.fromarray(labelled.load(0, EIGHT)).resize((4, 4), Image.Resampling.BOX)
    red, green, blue = (np.asarray(picture)[..., channel] // 8 for channel in range(3))
    np.testing.assert_array_equal(only_map(labels, "color"), 301 + read_table(table)[red, green, blue])
    assert (
        len({plain.fingerprint, labelled.fingerprint, open_labelled(root, colours=colour_names(table, 1)).fingerprint})
        == 3
    )
    assert open_labelled(root, colours=table, categories=["color", "scene"]).categories == ("scene", "color")
    assert open_labelled(root, colours=table, categories=["scene"]).categories == ("scene",)
    only = open_labelled(root, colours=table, categories=["color"])
    assert [concept.number for concept in only.concepts] == list(range(1, 12))
    assert set(only.labels(0, EIGHT)) == {"color"}


def test_a_set_keeps_its_own_colours() -> None:
    assert open_labelled("scenes", colours="nowhere.npy", count=1).categories.count("color") == 1


def test_plain_pictures_can_be_labelled_by_colour_alone(tmp_path: Path) -> None:
    photograph(tmp_path / "set/a.png", (8, 8))
    (tmp_path / "set/b.png").write_bytes(b"")
    labelled = open_labelled(tmp_path / "set", colours=colour_names(tmp_path / "t.npy"))
    assert only_map(labelled.labels(0, EIGHT), "color").shape == (4, 4)
    with pytest.raises(BrokenImage, match=r"^b\.png: .*no picture"):
        labelled.labels(1, EIGHT)
    with pytest.raises(InputError, match="no category 'object'"):
        open_labelled(tmp_path / "set", colours=tmp_path / "t.npy", categories=["object"])


def test_another_picture_of_the_same_name_is_another_set(tmp_path: Path) -> None:
    table = colour_names(tmp_path / "t.npy")
    photograph(tmp_path / "set/a.png", (8, 8))
    before = open_labelled(tmp_path / "set", colours=table).fingerprint
    assert open_labelled(tmp_path / "set", colours=table).fingerprint == before
    photograph(tmp_path / "set/a.png", (9, 9))
    assert open_labelled(tmp_path / "set", colours=table).fingerprint != before


def _tar(path: Path, lines: str) -> Path:
    with tarfile.open(path, "w") as archive:
        member = tarfile.TarInfo("ColorNaming/w2c.txt")
        content = lines.encode()
        member.size = len(content)
        archive.addfile(member, io.BytesIO(content))
    return path


def test_the_authors_own_table_is_read_too(tmp_path: Path) -> None:
    """A line a colour, red running fastest, its middle and the probabilities of the eleven names."""
    wanted = read_table(colour_names(tmp_path / "t.npy"))
    lines = []
    for blue in range(32):
        for green in range(32):
            for red in range(32):
                chances = np.full(11, 0.05)
                chances[wanted[red, green, blue]] = 0.5
                lines.append(
                    " ".join(f"{value:g}" for value in (8 * red + 3.5, 8 * green + 3.5, 8 * blue + 3.5, *chances))
                )
    tar = _tar(tmp_path / "ColorNaming.tar", "\n".join(lines))
    np.testing.assert_array_equal(read_table(tar), wanted)
    with pytest.raises(InputError, match="are in another order"):
        read_table(_tar(tar, "\n".join(reversed(lines))))
    with pytest.raises(InputError, match="has the shape"):
        read_table(_tar(tar, "\n".join(lines[:9])))


def test_a_file_that_is_no_table_of_colour_names_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root, path = broden(tmp_path / "set"), tmp_path / "t.npy"
    for bad in (np.zeros((32, 32, 32)), np.full((32, 32, 32), 11), np.zeros((3, 3), np.uint8)):
        np.save(path, bad)
        with pytest.raises(InputError, match="is no table of colour names"):
            open_labelled(root, colours=path)
    path.write_bytes(b"nothing")
    with pytest.raises(InputError, match="cannot be read as a table"):
        open_labelled(root, colours=path)


def test_the_table_is_taken_from_a_mirror(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "mirror").mkdir()
    colour_names(tmp_path / "mirror/w2color.npy")
    monkeypatch.setenv("VIZ_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("VIZ_MIRROR", str(tmp_path / "mirror"))
    assert "color" in open_labelled(broden(tmp_path / "set"), colours=True).categories
