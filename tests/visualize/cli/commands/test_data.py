from __future__ import annotations

import csv
import json
import re
from collections import defaultdict
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from tests.kit.own_cache import own_cache
from tests.kit.shared import shared
from tests.visualize.cli.kit import one_line, viz
from tests.visualize.data.made_sets import blocks, broden, coded, grey, photograph
from visualize.data.catalogue import CATALOGUE

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    return own_cache(tmp_path / "cache", monkeypatch)


def test_all_sets_are_listed(cache: Path) -> None:
    (cache / "data/broden-227").mkdir(parents=True)
    ran = viz("data")
    assert ran.status == 0
    rows = {line.split()[0]: line for line in ran.out.splitlines() if line and line.split()[0] in CATALOGUE}
    assert set(rows) == set(CATALOGUE)
    assert "comes along" in rows["scenes"]
    assert "  yes  " in rows["broden-227"].split("?", 1)[1]
    records = {item["name"]: item for item in json.loads(viz("data", "--json").out)}
    assert records["scenes"]["comes_along"] is True
    assert records["broden-227"]["on_disk"] == str(cache / "data/broden-227")
    assert records["broden-224"]["on_disk"] is None
    assert records["broden-224"]["addresses"]


def test_a_set_that_is_not_here_is_described_and_not_downloaded() -> None:
    ran = viz("data", "broden")
    assert (ran.status, ran.err) == (0, "")
    assert "http://netdissect.csail.mit.edu/data/broden1_224.zip" in ran.out
    assert "viz data broden-224 --fetch" in ran.out


def test_a_set_says_what_it_holds(tmp_path: Path) -> None:
    ran = viz("data", broden(tmp_path / "set"))
    assert (ran.status, ran.err) == (0, "")
    assert "set: 3 pictures" in ran.out
    document = json.loads(viz("data", tmp_path / "set", "--json").out)
    assert [(item["name"], item["concepts"], item["annotated"]) for item in document["categories"]] == [
        ("object", 2, 2),
        ("part", 2, 1),
        ("scene", 2, 2),
        ("texture", 2, 1),
    ]
    sky = next(item for item in document["concepts"] if item["name"] == "sky")
    share = (blocks((4, 4), [0, 1, 2, 3], 1) == 1).mean() + (blocks((4, 4), [0, 1], 3) == 1).mean()
    assert sky["pictures"] == 2
    assert sky["coverage"] == pytest.approx(share)
    assert document["looked_through"] == 3


def test_the_real_set_is_counted_as_its_tables_state() -> None:
    root = shared("data/camvid-broden")
    concepts = {item["number"]: item for item in json.loads(viz("data", root, "--json").out)["concepts"]}
    stated = list(csv.DictReader((root / "label.csv").open()))
    assert len(concepts) == len(stated) == 24
    for row in stated:
        assert concepts[int(row["number"])]["pictures"] == int(row["frequency"])
        assert concepts[int(row["number"])]["coverage"] == pytest.approx(float(row["coverage"]), rel=1e-5)


def _seen(values: NDArray[np.int64], side: int = 112) -> NDArray[np.int64]:
    """A label map as half of 224 x 224 pixels see it: the value under the centre of each entry."""
    rows, columns = (((np.arange(side) + 0.5) * length / side).astype(int) for length in values.shape)
    return np.asarray(values[rows][:, columns], np.int64)


def _stored(path: Path) -> NDArray[np.int64]:
    """Red, green and blue of a file, apart."""
    with Image.open(path) as picture:
        return np.moveaxis(np.asarray(picture.convert("RGB")).astype(np.int64), -1, 0)


def _coverage(root: Path) -> dict[tuple[str, str], float]:
    concepts = json.loads(viz("data", root, "--json").out)["concepts"]
    return {(item["category"], item["name"]): item["coverage"] for item in concepts if item["coverage"]}


def test_the_real_photographs_of_ade20k_are_covered_as_numpy_counts() -> None:
    """Class (R // 10) x 256 + G of every map; its name by the photograph's own notes, parts apart from objects."""
    root = shared("data/ade20k-sample")
    counts: defaultdict[tuple[str, str], float] = defaultdict(float, {("scene", "street"): 3.0})
    for note in root.rglob("*.json"):
        names = {
            (item["parts"]["part_level"] > 0, item["name_ndx"]): item["name"].split(",")[0]
            for item in json.loads(note.read_text())["annotation"]["object"]
        }
        for path in note.parent.glob(f"{note.stem}_*.png"):
            red, green, _ = _stored(path)
            part = "_parts_" in path.name
            for value, count in zip(*np.unique(_seen(red // 10 * 256 + green), return_counts=True), strict=True):
                if value:
                    counts["part" if part else "object", names[part, int(value)]] += count / 112**2
    assert _coverage(root) == pytest.approx(dict(counts))


def test_the_real_photographs_of_coco_are_covered_as_numpy_counts() -> None:
    root = shared("data/coco-panoptic-sample")
    counts: defaultdict[tuple[str, str], float] = defaultdict(float)
    stated = json.loads((root / "panoptic_examples.json").read_text())
    names = {item["id"]: item["name"] for item in stated["categories"]}
    for annotation in stated["annotations"]:
        red, green, blue = _stored(root / "panoptic_examples" / annotation["file_name"])
        segments = _seen(red + 256 * green + 65536 * blue)
        for segment in annotation["segments_info"]:
            share = float((segments == segment["id"]).mean())
            if share:
                counts["object", names[segment["category_id"]]] += share
    assert _coverage(root) == pytest.approx(dict(counts))


def test_a_check_reads_everything_and_names_what_is_broken(tmp_path: Path) -> None:
    root = broden(tmp_path / "set")
    ran = viz("data", root, "--check")
    assert (ran.status, ran.out) == (0, "set: all 3 pictures are whole\n")
    (root / "images/a.jpg").write_bytes((root / "images/a.jpg").read_bytes()[:60])
    (root / "images/b_object_2.png").unlink()
    coded(root / "images/a_part.png", np.full((4, 4), 77))
    photograph(root / "images/c.jpg", (9, 8))
    ran = viz("data", root, "--check")
    lines = ran.out.splitlines()
    assert (ran.status, len(lines)) == (1, 5)
    assert lines[0].startswith("a.jpg: ")
    assert "does not have label 77" in lines[1]
    assert "b_object_2.png cannot be used: No such file" in lines[2]
    assert lines[3] == "c.jpg: the picture is 8 x 9 pixels, and its index says 8 x 8"
    assert lines[4] == "set: 3 of 3 pictures are broken"
    again = viz("data", root, "--check", "--json")
    assert again.status == 1
    assert [item["file"] for item in json.loads(again.out)["broken"]] == ["a.jpg", "a.jpg", "b.jpg", "c.jpg"]


def _masks(root: Path) -> Path:
    for name in ("one", "two"):
        photograph(root / f"images/{name}.png", (4, 4))
        grey(root / f"masks/{name}.png", np.full((4, 4), 1))
    (root / "names.txt").write_text("wall\n")
    return root


def test_label_maps_that_belong_to_no_picture_are_listed(tmp_path: Path) -> None:
    root = _masks(tmp_path / "set")
    grey(root / "masks/tow.png", np.full((4, 4), 1))
    ran = viz("data", root, "--check")
    assert (ran.status, ran.out.splitlines()) == (
        1,
        [
            "masks/tow.png: no picture of the same name belongs to this label map",
            "set: all 2 pictures are whole; 1 label map belongs to no picture",
        ],
    )


def test_a_wrong_label_refers_to_the_check_and_prints_no_half_table(tmp_path: Path) -> None:
    root = _masks(tmp_path / "set")
    grey(root / "masks/two.png", np.full((4, 4), 9))
    ran = viz("data", root)
    assert (ran.status, ran.out) == (2, "")
    assert one_line(ran.err).endswith("does not have label 9; --check lists everything that is wrong")


@pytest.mark.parametrize("damage", [2000, 30])
def test_files_that_lack_their_end_are_found(tmp_path: Path, damage: int) -> None:
    """A JPEG photograph and a PNG map that lack their last bytes."""
    root = _masks(tmp_path / "set")
    noise = np.random.default_rng(0).integers(0, 256, (99, 99, 3), np.uint8)
    Image.fromarray(noise).save(root / "images/three.jpg", "JPEG")
    grey(root / "masks/three.png", noise[..., 0] % 2)
    for path in (root / "images/three.jpg", root / "masks/three.png"):
        path.write_bytes(path.read_bytes()[: -min(damage, path.stat().st_size // 2)])
    broken = json.loads(viz("data", root, "--check", "--json").out)["broken"]
    assert [(item["file"], "truncated" in item["reason"]) for item in broken] == [("images/three.jpg", True)] * 2


@pytest.mark.parametrize("option", ["--check", "--colors", "--fetch"])
def test_an_option_that_needs_a_set_is_not_passed_over(option: str) -> None:
    ran = viz("data", option)
    assert (ran.status, ran.out) == (2, "")
    assert f"{option} needs a probe set" in one_line(ran.err)


@pytest.mark.parametrize("name", ["ade20k", "cityscapes"])
def test_a_set_that_is_fetched_by_hand_says_where_and_how_to_go_on(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for command in (("data", name), ("fetch", name), ("dissect", "--data", name)):
        ran = viz(*command)
        assert (ran.status, ran.out) == (2, "")
        assert re.search(rf": get it at https://\S+, unpack it .* give {name}:FOLDER", one_line(ran.err))
    photograph(tmp_path / name / "a.png", (4, 4))  # a folder of that name is a folder
    monkeypatch.chdir(tmp_path)
    assert viz("data", name).out.startswith(f"{name}: 1 picture\n")


def test_a_mistyped_name_is_likened_to_known_ones() -> None:
    assert "did you mean broden" in one_line(viz("data", "brodn").err)
    assert "did you mean scenes" in one_line(viz("top", "--unit", "0", "--images", "scene").err)


def test_plain_pictures_are_checked_too(tmp_path: Path) -> None:
    photograph(tmp_path / "set/a.png", (4, 4))
    (tmp_path / "set/b.png").write_bytes(b"")
    assert "They have no labels" in viz("data", tmp_path / "set").out
    ran = viz("data", tmp_path / "set", "--check")
    assert ran.status == 1
    assert ran.out.splitlines() == ["b.png: it is no picture that can be read", "set: 1 of 2 pictures are broken"]


def test_colours_are_added(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "mirror").mkdir()
    np.save(tmp_path / "mirror/w2color.npy", np.zeros((32, 32, 32), np.uint8))
    monkeypatch.setenv("VIZ_MIRROR", str(tmp_path / "mirror"))
    photograph(tmp_path / "set/a.png", (4, 4))
    document = json.loads(viz("data", tmp_path / "set", "--colors", "--json").out)
    assert [(item["name"], item["coverage"]) for item in document["concepts"] if item["pictures"]] == [("black-c", 1.0)]


def test_some_pictures_are_enough(tmp_path: Path) -> None:
    assert json.loads(viz("data", "scenes", "--count", "2", "--json").out)["looked_through"] == 2
    assert viz("data", broden(tmp_path / "set"), "--check", "--count", "2").out == "set: all 2 pictures are whole\n"


@pytest.mark.parametrize("arguments", [("nowhere",), ("scene",), ("coco:nowhere",), ("scenes", "--count", "0"), ("",)])
def test_what_cannot_be_opened_is_one_line(arguments: tuple[str, ...]) -> None:
    ran = viz("data", *arguments)
    assert (ran.status, ran.out) == (2, "")
    assert one_line(ran.err).startswith("viz: error: ")


def test_an_example_of_the_scenes_is_written_and_is_a_set_itself(tmp_path: Path) -> None:
    ran = viz("data", "scenes", "--example", tmp_path / "out", "--count", "2", "--quiet")
    assert (ran.status, ran.err) == (0, "")
    assert "2 scenes in" in ran.out
    assert sorted(path.name for path in (tmp_path / "out/sounds").iterdir()) == [
        "bedroom-0000.wav",
        "living_room-0001.wav",
    ]
    assert "out: 2 pictures" in viz("data", tmp_path / "out").out
    document = json.loads(viz("data", "scenes", "--example", tmp_path / "json", "-n", "1", "--json", "--quiet").out)
    assert document == {"folder": str(tmp_path / "json"), "scenes": ["scenes/bedroom-0000"]}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--example", "x"), "--example needs a probe set"),
        (("places", "--example", "x"), "viz data scenes --example x"),
        (("scenes", "--example", "x", "--check"), "leave out --check"),
        (("scenes", "--example", "x", "--count", "0"), "0 scenes"),
        (("scenes", "--example", "/dev/null/x"), "/dev/null is a file"),
    ],
)
def test_an_example_that_cannot_be_is_refused_in_one_line(
    arguments: tuple[str, ...], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    ran = viz("data", *arguments)
    assert ran.status == 2
    assert said in one_line(ran.err)
    assert not list(tmp_path.iterdir())
