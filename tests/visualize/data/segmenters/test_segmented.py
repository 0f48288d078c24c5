"""Pictures that a segmenter labels: numbers of known masks, maps that are kept, code that no record may start."""

from __future__ import annotations

import csv
import json
import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from tests.kit import marking
from tests.kit.hostile import refused
from tests.visualize.cli.kit import one_line, viz
from tests.visualize.cli.shops import dissecting, of_labels
from visualize.data import open_images, open_labelled
from visualize.data.segmenters.names import named_by_a_record, split_segmenter, with_segmenter
from visualize.data.segmenters.segmented import Segmented
from visualize.data.segmenters.segmenter import AS_IT_IS, Segmenter
from visualize.dissection.record_fields import read_manifest
from visualize.dissection.seals import sealed
from visualize.methods import InputError, Preparation, Stack

if TYPE_CHECKING:
    from pathlib import Path

KNOWN = '''
"""Gives the mask that is known of a picture."""

from pathlib import Path

import numpy as np
from PIL import Image

IMAGES = Path(__file__).parent / "set" / "images"
MASKS = {
    np.asarray(Image.open(file)).tobytes(): np.asarray(Image.open(file.with_name(f"{file.stem}_object.png")))[..., 0]
    for file in IMAGES.glob("*.png") if "_" not in file.name
}
NAMES = ["", "apple", "leaf", "sky"]


def mask(picture):
    with open(Path(__file__).parent / "calls", "a") as file:
        file.write("x")
    return MASKS[picture.tobytes()]


def shapeless(picture):
    return [1.5]


def fails(picture):
    return 1 / 0


def turned(picture):
    return MASKS[picture.tobytes()][:, :4]


def late(picture):
    file = Path(__file__).parent / "begun"
    values = MASKS[picture.tobytes()]
    begun = file.exists()
    file.touch()
    return values[None] if begun else values


nameless = lambda picture: picture[..., 0]
nameless.names = ["background"]
'''


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("VIZ_CACHE", str(tmp_path / "cache"))
    of_labels(tmp_path)
    (tmp_path / "known.py").write_text(KNOWN)
    return tmp_path


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def _calls(shop: Path) -> int:
    file = shop / "calls"
    return len(file.read_text()) if file.exists() else 0


def test_a_segmenter_of_known_masks_gives_the_numbers_of_the_masks(shop: Path) -> None:
    for more in (["--out", "masks"], ["--out", "segmented", "--segmenter", "known.py:mask"]):
        ran = viz(*dissecting(shop, "--resamples", "50", *more))
        assert ran.status == 0, ran.err
    assert _rows(shop / "masks" / "relu.csv") == _rows(shop / "segmented" / "relu.csv")
    assert _calls(shop) == 12
    again = viz(*dissecting(shop, "--out", "again", "--segmenter", "known.py:mask"))
    assert again.status == 0, again.err
    assert _calls(shop) == 12  # kept in the cache


def test_cards_reports_and_finding_work_on_it(shop: Path) -> None:
    assert viz(*dissecting(shop, "--segmenter", "known.py:mask")).status == 0
    shared = ("-m", f"{shop}/tiny.py:tiny", "-l", "relu", "--data", shop / "set", "--segmenter", "known.py:mask")
    ran = viz("find", "apple", "--json")
    assert json.loads(ran.out)[0]["unit"] in {0, 3}
    card = viz("unit", *shared, "-u", "1", "--methods", "top", "--json")
    assert json.loads(card.out)["named"]["label"] == "leaf", card.err
    report = viz("report", *shared, "--methods", "top", "--out", "site")
    assert report.status == 0, report.err
    told = viz("data", "set", "--segmenter", "known.py:mask", "--json")
    assert [concept["name"] for concept in json.loads(told.out)["concepts"]] == ["apple", "leaf", "sky"]


def test_maps_that_are_kept_are_listed_and_removed(shop: Path) -> None:
    assert viz("data", "set", "--segmenter", "known.py:mask").status == 0
    listed = json.loads(viz("cache", "--json").out)["files"]
    assert [(thing["kind"], thing["count"]) for thing in listed] == [("label maps", 12)]
    assert viz("cache", "--clear", "label-maps").status == 0
    assert not json.loads(viz("cache", "--json").out)["files"]


def test_an_interrupted_run_goes_on_with_the_maps_that_it_made(shop: Path) -> None:
    first = open_labelled(with_segmenter("set", "known.py:mask"))
    first.labels(0, Preparation((16, 16)))
    first.labels(1, Preparation((16, 16)))
    second = open_labelled(with_segmenter("set", "known.py:mask"))
    for index in range(12):
        second.labels(index, Preparation((16, 16)))
    assert _calls(shop) == 12
    assert first.fingerprint == second.fingerprint


def test_a_map_that_is_damaged_or_of_other_code_is_made_anew(shop: Path) -> None:
    labelled = open_labelled(with_segmenter("set", "known.py:mask"))
    expected = labelled.labels(0, Preparation((16, 16)))["object"][0]
    for file in (shop / "cache" / "label-maps").rglob("*.npz"):
        file.write_bytes(b"damaged")
    np.testing.assert_array_equal(labelled.labels(0, Preparation((16, 16)))["object"][0], expected)
    assert _calls(shop) == 2
    (shop / "known.py").write_text(f"{KNOWN}\n# another\n")
    other = open_labelled(with_segmenter("set", "known.py:mask"))
    other.labels(0, Preparation((16, 16)))
    assert _calls(shop) == 3
    assert other.fingerprint != labelled.fingerprint


def test_labels_follow_the_crop_of_the_picture() -> None:
    """A class for each pixel: the map is shown where the prepared picture shows these pixels."""
    wide = np.arange(8 * 16, dtype=np.uint8).reshape(8, 16)
    picture = np.repeat(wide[..., None], 3, 2)
    classes = {number: f"pixel {number}" for number in range(8 * 16)}
    pixels = Segmenter("pixels", "0", classes, lambda given: given[..., 0], AS_IT_IS)
    images = Segmented(Stack([picture]), pixels)
    shown = np.asarray(images.labels(0, Preparation((8, 8), 8))["object"][0]) - 1
    np.testing.assert_array_equal(shown, wide[1::2, 5:12:2])


def test_code_that_a_record_names_does_not_run(shop: Path) -> None:
    mark = shop / "mark"
    marking.function(shop / "evil.py", mark)
    with named_by_a_record(), pytest.raises(InputError, match="name it yourself, with --segmenter"):
        open_labelled(with_segmenter("set", "evil.py:build"))
    assert not mark.exists()
    assert viz(*dissecting(shop, "--out", "out", "--segmenter", "known.py:mask")).status == 0
    record = read_manifest(shop / "out" / "dissection.json")
    assert record["source"]["where"].startswith("segmenter=known.py:mask@")
    record["source"]["where"] = f"segmenter=evil.py:build@{shop / 'set'}"
    (shop / "out" / "dissection.json").write_text(json.dumps(sealed(record)))
    assert viz("report", "out", "--out", "site", "--trust").status == 0  # names without pictures
    assert viz("find", "apple", "out", "--cards", "--methods", "top", "--out", "a.png", "--trust").status == 0
    ran = viz("find", "apple", "out", "--cards", "--methods", "dissect", "--out", "b.png", "--trust")
    assert "name it yourself, with --segmenter" in one_line(ran.err)
    assert not mark.exists()


def test_code_that_is_named_runs(shop: Path) -> None:
    mark = shop / "mark"
    marking.function(shop / "mine.py", mark)
    viz("data", "set", "--segmenter", "mine.py:build")
    assert mark.exists()


@pytest.mark.parametrize(
    ("segmenter", "message"),
    [
        ("known.py:shapeless", "expected a map of rows x columns"),
        ("known.py:fails", "0.png: known.py:fails failed: ZeroDivisionError"),
        ("known.py:turned", "0.png: known.py:turned gives a map of 8 x 4 for a picture of 16 x 16, which is no scaled"),
        ("known.py:nothing", "has no function 'nothing'"),
        ("known.py:nameless", "names no class but the background"),
        ("known.py:MASKS", "expected a function"),
        ("none.py:mask", "no file none.py"),
        ("deeplab", "is no segmenter"),
        ("torchvision/resnet18", "no segmentation network"),
        ("torchvision/fcn_resnet50:best", "has no weights 'best'"),
        ("a@b", "names no segmenter"),
    ],
)
def test_a_segmenter_that_is_none_is_told_in_a_line(shop: Path, segmenter: str, message: str) -> None:
    assert message in refused("data", "set", "--segmenter", segmenter, within=shop)


def test_a_map_that_is_none_ends_a_dissection_before_it_begins_or_keeps_what_was_done(shop: Path) -> None:
    assert "which is no scaled one" in refused(
        *dissecting(shop, "--out", "out", "--segmenter", "known.py:turned"), within=shop
    )
    ran = viz(*dissecting(shop, "--out", "out", "--segmenter", "known.py:late"))
    assert ran.status == 2
    assert "what was computed is kept in out/partial, and the same command goes on from there" in one_line(ran.err)
    assert (shop / "out" / "partial" / "summary.npz").is_file()
    again = viz(*dissecting(shop, "--out", "out", "--segmenter", "known.py:late"))
    assert "gives (1, 8, 8) of" in one_line(again.err)


@pytest.mark.parametrize("picture", [(375, 500), (16, 16), (7, 300), (1080, 1920)])
def test_a_map_may_be_of_any_scale_but_not_of_another_picture(picture: tuple[int, int]) -> None:
    def fits(rows: int, columns: int) -> bool:
        segmenter = Segmenter("some", "0", {1: "a"}, lambda _: np.ones((rows, columns), np.uint8), AS_IT_IS)
        try:
            return segmenter(np.zeros((*picture, 3), np.uint8)).shape == (rows, columns)
        except InputError:
            return False

    for stride in (0.5, 1, 2, 3, 7, 16):
        for rounded in (math.floor, math.ceil, round):
            rows, columns = (max(1, rounded(length / stride)) for length in picture)
            assert fits(rows, columns)
            assert (
                fits(columns, rows) == (abs(rows - columns) <= 1 or picture[0] == picture[1]) or min(rows, columns) < 9
            )


def test_options_that_contradict_each_other_are_refused(shop: Path) -> None:
    for words in (["unit", "--segmenter", "known.py:mask"], ["data", "--segmenter", "x"],
                  ["data", "set", "--void", "3", "--segmenter", "known.py:mask"]):  # fmt: skip
        ran = viz(*words)
        assert ran.status == 2
        assert "--segmenter" in one_line(ran.err)


def test_a_name_is_put_together_and_taken_apart() -> None:
    assert split_segmenter(with_segmenter("folder:a@b", "hf/x/y")) == ("hf/x/y", "folder:a@b")
    for wrong in ("segmenter=x", "segmenter=@y", "segmenter=x@"):
        with pytest.raises(InputError, match="names no segmenter and set"):
            open_images(wrong)


def test_pictures_alone_are_opened_without_the_segmenter(shop: Path) -> None:
    images: Any = open_images(with_segmenter("set", "none.py:mask"))
    assert len(images) == 12
