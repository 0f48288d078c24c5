from __future__ import annotations

import csv
import io
import shutil
from typing import TYPE_CHECKING, Literal

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.visualize.data.made_sets import blocks, broden, coded, only_map, rewrite, table
from visualize.data import open_images, open_labelled
from visualize.data.layouts.broden import read_broden
from visualize.methods.errors import BrokenImage, InputError
from visualize.methods.network.preprocessing import Preparation
from visualize.methods.pictures.labelled import Concept, Labelled

if TYPE_CHECKING:
    from pathlib import Path


EIGHT = Preparation(size=(8, 8))


def test_everything_in_a_set_is_listed(tmp_path: Path) -> None:
    labelled = open_labelled(broden(tmp_path / "set"))
    assert isinstance(labelled, Labelled)
    assert (labelled.name, len(labelled), labelled.categories) == ("set", 3, ("object", "part", "scene", "texture"))
    assert list(labelled.concepts) == [
        Concept(1, "sky", "object"),
        Concept(2, "car", "object"),
        Concept(3, "door", "part"),  # as a part it covers most
        Concept(5, "striped", "texture"),
        Concept(6, "dotted", "texture"),
        Concept(7, "street", "scene"),
        Concept(8, "beach", "scene"),
        Concept(300, "wheel", "part"),
    ]
    assert labelled.label_shape(EIGHT) == (4, 4)
    assert labelled.file(1) == "b.jpg"


def test_maps_numbers_and_blanks_become_labels(tmp_path: Path) -> None:
    labelled = open_labelled(broden(tmp_path))
    first, second, third = (labelled.labels(index, EIGHT) for index in range(3))
    np.testing.assert_array_equal(only_map(first, "object"), blocks((4, 4), [0, 1, 2, 3], 1))
    np.testing.assert_array_equal(only_map(first, "part"), blocks((4, 4), [0, 3, 300], 2))
    assert first["scene"] == [7]
    assert "texture" not in first
    assert [np.asarray(label_map).shape for label_map in second["object"]] == [(4, 4), (4, 4)]
    np.testing.assert_array_equal(second["object"][1], blocks((4, 4), [0, 2], 4))
    assert second["texture"] == [5, 6]
    assert third == {"scene": [8]}


def test_some_categories_can_be_taken(tmp_path: Path) -> None:
    labelled = open_labelled(broden(tmp_path), categories=["scene", "object"])
    assert labelled.categories == ("object", "scene")
    assert Concept(3, "door", "object") in labelled.concepts  # where it covers most of these
    assert set(labelled.labels(0, EIGHT)) == {"object", "scene"}
    with pytest.raises(InputError, match="no category 'objects'"):
        open_labelled(tmp_path, categories=["objects"])


def test_a_map_follows_its_picture_to_another_size(tmp_path: Path) -> None:
    labelled = open_labelled(broden(tmp_path, size=(8, 16), half=(4, 8)))
    whole = blocks((4, 8), [0, 1, 2, 3], 1)
    crop = Preparation(size=(8, 8), resize=8)
    assert labelled.label_shape(crop) == (4, 4)
    np.testing.assert_array_equal(only_map(labelled.labels(0, crop), "object"), whole[:, 2:6])
    assert labelled.label_shape(Preparation(size=(227, 227))) == (113, 113)
    twice = only_map(labelled.labels(0, Preparation(size=(16, 32))), "object")
    np.testing.assert_array_equal(twice, whole.repeat(2, 0).repeat(2, 1))


@pytest.mark.parametrize(
    ("name", "old", "new", "message"),
    [
        ("index.csv", "a.jpg", "../../etc/passwd", r"index\.csv, line 2: \.\./\.\./etc/passwd leads out of the folder"),
        ("index.csv", "b_object_2.png", "/etc/passwd", r"index\.csv, line 3: /etc/passwd leads"),
        ("index.csv", "b_object_2.png", "C:\\a.png", r"line 3: C:.*a\.png leads"),
        ("index.csv", ",5;6", ",5;9", r"line 3: the column texture holds label 9, which label\.csv does not have"),
        ("index.csv", ",ih,", ",height,", r"index\.csv has no column ih"),
        ("index.csv", ",part,", ",parts,", r"has no column part; .*did you mean parts"),
        ("index.csv", ",8,8,4,4,", ",8,eight,4,4,", r"line 2: the column iw holds 'eight'"),
        ("index.csv", ",8,8,4,4,", ",8,8,0,4,", r"line 2: the column sh holds '0'"),
        ("index.csv", "a.jpg", "", r"line 2: the column image is empty"),
        ("label.csv", "number", "no", r"label\.csv has no column number"),
        ("label.csv", "5,striped", "1,striped", r"label\.csv, line 6: label 1 is there twice"),
        ("label.csv", "5,striped", "x,striped", r"line 6: the column number holds 'x'"),
        ("label.csv", "5,striped", "5,", r"line 6: label 5 has no name"),
        ("label.csv", "5,striped,", "99999,striped,", r"line 6: label 99999 is above 65535"),
        ("label.csv", "5,striped,", "5,striped,\n44,lonely,", r"line 7: label 44 \(lonely\) is in no category"),
        ("category.csv", "name", "title", r"category\.csv has no column name"),
        ("category.csv", "object", "../x", r"category\.csv, line 2: '\.\./x' cannot be the name of a category"),
        ("c_object.csv", "coverage", "cover", r"|"),
        ("c_object.csv", "9.0", "much", r"c_object\.csv, line 2: the column coverage holds 'much'"),
    ],
)  # fmt: skip
def test_a_wrong_table_is_named_with_its_line(tmp_path: Path, name: str, old: str, new: str, message: str) -> None:
    root = broden(tmp_path)
    rewrite(root / name, old, new)
    if message == "|":  # frequency serves where there is no coverage
        assert len(read_broden(root).concepts(["object"])) == 3
        return
    with pytest.raises(InputError, match=message) as caught:
        open_labelled(root)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["label.csv", "category.csv", "images"])
def test_a_missing_part_is_named(tmp_path: Path, name: str) -> None:
    root = broden(tmp_path)
    if name == "images":
        shutil.rmtree(root / name)
    else:
        (root / name).unlink()
    with pytest.raises(InputError, match=name):
        open_labelled(root)


def test_wrong_label_maps_are_told_from_broken_ones(tmp_path: Path) -> None:
    labelled = open_labelled(broden(tmp_path))
    coded(tmp_path / "images/a_object.png", blocks((4, 4), [0, 77], 1))
    with pytest.raises(InputError, match=r"a_object\.png: .*label\.csv .* label 77") as caught:
        labelled.labels(0, EIGHT)
    assert not isinstance(caught.value, BrokenImage)
    coded(tmp_path / "images/a_object.png", blocks((5, 4), [0, 1], 1))
    with pytest.raises(InputError, match=r"a_object\.png is 4 x 5 .* 4 x 4") as caught:
        labelled.labels(0, EIGHT)
    assert not isinstance(caught.value, BrokenImage)
    (tmp_path / "images/a_object.png").write_bytes(b"no picture")
    with pytest.raises(BrokenImage, match=r"^a\.jpg: .*a_object\.png .*no picture"):
        labelled.labels(0, EIGHT)
    (tmp_path / "images/a_object.png").unlink()
    with pytest.raises(BrokenImage, match="No such file"):
        labelled.labels(0, EIGHT)
    assert only_map(open_labelled(tmp_path, categories=["part"]).labels(0, EIGHT), "part").shape == (4, 4)


def test_a_link_that_leads_out_is_refused(tmp_path: Path) -> None:
    root = broden(tmp_path / "set")
    labelled = open_labelled(root)
    for name in ("a.jpg", "a_part.png"):
        (root / "images" / name).rename(tmp_path / name)
        (root / "images" / name).symlink_to(tmp_path / name)
    with pytest.raises(InputError, match=r"a\.jpg is a link .* out"):
        labelled.load(0, EIGHT)
    with pytest.raises(InputError, match=r"a_part\.png is a link .* out"):
        labelled.labels(0, EIGHT)
    (root / "images/b.jpg").rename(root / "b.jpg")
    (root / "images/b.jpg").symlink_to(root / "b.jpg")
    assert labelled.load(1, EIGHT).shape == (8, 8, 3)


NAMES = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=8)


@st.composite
def _tables(
    draw: st.DrawFn,
) -> tuple[dict[int, tuple[str, str]], list[tuple[str, dict[str, list[int]]]], dict[str, bytes]]:
    """Concepts, pictures with whole-image labels, and the files of a set that holds them, written oddly but legally."""
    categories = draw(
        st.lists(st.sampled_from(["object", "colour", "mood", "scene", "Szene"]), min_size=1, unique=True)
    )
    numbers = draw(st.lists(st.integers(1, 65535), min_size=len(categories), max_size=12, unique=True))
    concepts = {
        number: (draw(NAMES), categories[place] if place < len(categories) else draw(st.sampled_from(categories)))
        for place, number in enumerate(numbers)
    }
    pictures = [
        (
            f"p{place}.jpg",
            {
                name: draw(st.lists(st.sampled_from([n for n, (_, c) in concepts.items() if c == name]), max_size=3))
                for name in categories
            },
        )
        for place in range(draw(st.integers(1, 4)))
    ]
    extra = draw(st.booleans())
    index = [["image", "split", "ih", "iw", "sh", "sw", *categories] + ["note"] * extra]
    for path, labels in pictures:
        cells = [";".join(map(str, labels[name])) for name in categories]
        index.append([path, "train", "8", "8.0", "4", " 4 ", *cells] + ["a, quoted\nnote"] * extra)
    order = draw(st.permutations(list(concepts)))
    # where a category has no table of its own, label.csv says it
    listing = [name for name in categories if draw(st.booleans())]
    files = {
        "index.csv": index,
        "category.csv": [["name", "first"], *([name, "1"] for name in draw(st.permutations(categories)))],
        "label.csv": [
            ["number", "name", "category", "syns"],
            *([str(n), concepts[n][0], f"{concepts[n][1]}({n % 7 + 1})", ""] for n in order),
        ],
        **{
            f"c_{name}.csv": [
                ["code", "number", "coverage"],
                *(["1", str(n), "0"] for n in order if concepts[n][1] == name),
            ]
            for name in listing
        },
    }
    return concepts, pictures, {name: draw(_written(rows)) for name, rows in files.items()}


@st.composite
def _written(draw: st.DrawFn, rows: list[list[str]]) -> bytes:
    """A table with or without a byte order mark, with either end of line, blank lines, quotes, and cells left out."""
    end = draw(st.sampled_from(["\n", "\r\n"]))
    quoting: Literal[0, 1] = draw(st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]))
    out = io.StringIO()
    writer = csv.writer(out, lineterminator=end, quoting=quoting)
    for row in rows:
        writer.writerow(row)
        out.write(draw(st.sampled_from(["", "", end, "," * len(row) + end])) if row is not rows[0] else "")
    text = out.getvalue()
    text = text if draw(st.booleans()) else text.rstrip("\r\n")
    return (draw(st.sampled_from(["", "\ufeff"])) + text).encode("utf-8")


@settings(
    max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(_tables())
def test_odd_but_legal_files_say_what_they_say(
    tmp_path: Path,
    written: tuple[dict[int, tuple[str, str]], list[tuple[str, dict[str, list[int]]]], dict[str, bytes]],
) -> None:
    concepts, pictures, files = written
    shutil.rmtree(tmp_path)
    (tmp_path / "images").mkdir(parents=True)
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    for path, _ in pictures:
        (tmp_path / "images" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "images" / path).touch()  # is there; nobody looks into it
    labelled = open_labelled(tmp_path)
    assert {concept.number: (concept.name, concept.category) for concept in labelled.concepts} == concepts
    assert [concept.number for concept in labelled.concepts] == sorted(concepts)
    assert [labelled.file(index) for index in range(len(labelled))] == [path for path, _ in pictures]
    for index, (_, labels) in enumerate(pictures):
        assert labelled.labels(index, EIGHT) == {name: held for name, held in labels.items() if held}
    assert [open_images(tmp_path).file(index) for index in range(len(pictures))] == [path for path, _ in pictures]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    name=st.sampled_from(["index.csv", "label.csv", "category.csv", "c_object.csv"]),
    place=st.floats(0, 1),
    new=st.binary(max_size=6),
)
def test_damaged_tables_are_refused_in_one_line_or_still_make_sense(
    tmp_path: Path, name: str, place: float, new: bytes
) -> None:
    root = tmp_path / "set"
    if not root.exists():
        broden(root)
        shutil.copytree(root, tmp_path / "good")
    content = (tmp_path / "good" / name).read_bytes()
    at = int(place * len(content))
    (root / name).write_bytes(content[:at] + new + content[at + len(new) :])
    message = _refusal(root)
    (root / name).write_bytes(content)
    assert "\n" not in message


def _refusal(root: Path) -> str:
    """What is said of the set when all of it is read."""
    try:
        labelled = open_labelled(root)
        for index in range(len(labelled)):
            labelled.labels(index, EIGHT)
    except InputError as fault:
        return str(fault)
    return ""


def test_a_table_without_pictures_is_refused(tmp_path: Path) -> None:
    root = broden(tmp_path)
    header = (root / "index.csv").read_text().splitlines()[0]
    (root / "index.csv").write_text(header + "\n")
    with pytest.raises(InputError, match="lists no pictures"):
        open_labelled(root)
    table(root / "label.csv", [("number", "name")])
    with pytest.raises(InputError, match="lists no label"):
        open_labelled(root)
