"""``viz dissect``, ``viz merge`` and ``viz compare`` as they are typed."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from tests.kit.shared import shared
from tests.visualize.cli.kit import TINY, one_line, viz
from tests.visualize.data.made_sets import coded, table
from tests.visualize.download.site import serving, whole

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A network of three colours, and pictures whose red, green and blue halves are labelled as what they are.

    Red is an "apple", green a "leaf" and blue the "sky"; grey is not labelled. Every picture has one colour in its left
    or in its right half.
    """
    root = tmp_path_factory.mktemp("shop")
    (root / "tiny.py").write_text(TINY)
    shade = 3 * np.arange(16)[:, None] + np.arange(8)
    rows: list[list[object]] = [["image", "split", "ih", "iw", "sh", "sw", "object"]]
    for number in range(12):
        picture, labels = np.full((16, 16, 3), 60, np.uint8), np.zeros((8, 8), np.int32)
        side = slice(0, 8) if number % 2 else slice(8, 16)
        picture[:, side] = 0
        picture[:, side, number % 3] = 250 - number - shade  # few ties
        labels[:, slice(0, 4) if number % 2 else slice(4, 8)] = number % 3 + 1
        (root / "set" / "images").mkdir(parents=True, exist_ok=True)
        Image.fromarray(picture).save(root / f"set/images/{number}.png")
        coded(root / f"set/images/{number}_object.png", labels)
        rows.append([f"{number}.png", "train", 16, 16, 8, 8, f"{number}_object.png"])
    table(root / "set/index.csv", rows)
    names = ("apple", "leaf", "sky")
    table(root / "set/category.csv", [["name", "first", "last", "count", "frequency"], ["object", 1, 3, 3, 12]])
    label = [[number, name, "object(4)", 4, 2.0, ""] for number, name in enumerate(names, 1)]
    table(root / "set/label.csv", [["number", "name", "category", "frequency", "coverage", "syns"], *label])
    code = [[number, number, name, 4, 2.0] for number, name in enumerate(names, 1)]
    table(root / "set/c_object.csv", [["code", "number", "name", "frequency", "coverage"], *code])
    return root


def _asked(shop: Path, *more: str | Path) -> list[str | Path]:
    model = ["--model", f"{shop}/tiny.py:tiny", "--layer", "relu", "--device", "cpu"]
    return ["dissect", *model, "--data", shop / "set", "--quantile", "0.1", *more]


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_units_that_look_for_a_colour_are_named_after_what_has_it(shop: Path, tmp_path: Path) -> None:
    ran = viz(*_asked(shop, "--out", "found", "--json"))
    assert ran.status == 0, ran.err
    document = json.loads(ran.out)
    (layer,) = document["layers"]
    assert {one["unit"]: one["label"] for one in layer["best"]} == {
        0: "apple", 1: "leaf", 2: "sky", 3: "apple", 4: "leaf", 5: "sky",
    }  # fmt: skip
    rows = _rows(tmp_path / "found" / "relu.csv")
    assert sorted(int(row["unit"]) for row in rows) == [1, 2, 3, 4, 5, 6]  # NetDissect counts from 1
    scores = {int(row["unit"]) - 1: float(row["score"]) for row in rows}
    assert scores == {one["unit"]: one["iou"] for one in layer["best"]}
    assert document["files"] == ["found/dissection.json", "found/relu.csv", "found/relu.npz"]
    assert sorted(path.name for path in (tmp_path / "found").iterdir()) == ["dissection.json", "relu.csv", "relu.npz"]


def test_the_summary_names_detectors_in_both_ways_of_counting(shop: Path) -> None:
    ran = viz(*_asked(shop, "--out", "found"))
    assert "6 of 6 units detect 3 unique concepts (best category only)" in ran.out
    assert "3 unique concepts, 6 detectors (once per category)" in ran.out
    assert viz(*_asked(shop, "--out", "quiet", "--quiet")).out.splitlines() == [
        "quiet/dissection.json", "quiet/relu.csv", "quiet/relu.npz",
    ]  # fmt: skip


def test_shards_put_together_are_one_run(shop: Path, tmp_path: Path) -> None:
    assert viz(*_asked(shop, "--out", "whole", "--quiet")).status == 0
    for part in (1, 2, 3):
        ran = viz(*_asked(shop, "--shard", f"{part}/3", "--out", f"parts/{part}", "--quiet"))
        assert ran.status == 0, ran.err
    ran = viz("merge", "parts/3", "parts/1", "parts/2", "--out", "merged", "--quiet")
    assert ran.status == 0, ran.err
    for name in ("relu.csv", "relu.npz"):
        assert (tmp_path / "merged" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()


def test_the_same_again_is_at_hand_and_other_settings_do_not_mix(shop: Path) -> None:
    first = viz(*_asked(shop, "--out", "found"))
    assert viz(*_asked(shop, "--out", "found")).out == first.out
    ran = viz(*_asked(shop, "--out", "found", "--alignment", "resize"))
    assert ran.status == 2
    assert "alignment" in one_line(ran.err)


@pytest.mark.parametrize(
    ("more", "said"),
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
def test_what_cannot_be_is_said_in_one_line(shop: Path, tmp_path: Path, more: tuple[str, ...], said: str) -> None:
    ran = viz(*_asked(shop, *(() if "--out" in more else ("--out", "found")), *more))
    assert ran.status == 2
    assert said in one_line(ran.err)
    assert not (tmp_path / "found").exists()


def test_a_model_without_a_probe_set_asks_for_one(shop: Path) -> None:
    ran = viz("dissect", "--model", f"{shop}/tiny.py:tiny", "--layer", "relu")
    assert ran.status == 2
    assert "--data" in one_line(ran.err)


def test_an_interrupted_run_says_that_it_can_go_on(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from methods.network.run.runner import Runner

    real = Runner.__call__
    runs = iter(range(10_000))

    def interrupted(self: Runner, inputs: Tensor, names: Sequence[str]) -> dict[str, Tensor]:
        if next(runs) == 4:
            raise KeyboardInterrupt
        return real(self, inputs, names)

    monkeypatch.setattr(Runner, "__call__", interrupted)
    ran = viz(*_asked(shop, "--out", "found", "--batch", "1"))
    assert ran.status == 130
    assert "the same command goes on from here" in one_line(ran.err)
    monkeypatch.setattr(Runner, "__call__", real)
    assert viz(*_asked(shop, "--out", "found", "--batch", "1")).status == 0


def test_a_card_bears_the_name_that_a_dissection_at_hand_gives(shop: Path) -> None:
    card = ("unit", "--model", f"{shop}/tiny.py:tiny", "--layer", "relu", "--unit", "2", "--images", shop / "set")
    asked: list[str | Path] = [*card, "--methods", "top", "--json"]
    before = viz(*asked)
    assert before.status == 0, before.err
    assert viz(*_asked(shop, "--quiet")).status == 0
    after = json.loads(viz(*asked).out)
    assert "sky" in " ".join(after["notes"])
    assert json.loads(before.out)["results"] == after["results"]
    assert "named" not in json.loads(before.out)
    folder = Path(after["named"]["folder"])
    table = csv.DictReader((folder / "relu.csv").read_text().splitlines())
    row = next(row for row in table if row["unit"] == "3")  # it counts from 1
    assert (after["named"]["label"], after["named"]["category"]) == (row["label"], row["category"]) == ("sky", "object")
    assert after["named"]["iou"] == pytest.approx(float(row["score"]), abs=1e-5)
    assert after["named"]["detector"] is True
    assert f"  sky, IoU {after['named']['iou']:.2f}" in viz(*card, "--methods", "top").out.splitlines()


@pytest.mark.parametrize("where", [("--out", "found"), ("--out", "."), ("--count", "8", "--seed", "3"), ("--colors",)])
def test_a_card_finds_dissections_near_by_however_the_pictures_were_chosen(
    shop: Path, where: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VIZ_MIRROR", str(shared("reference")))
    assert viz(*_asked(shop, "--quiet", "--categories", "object", *where)).status == 0
    card = ("unit", "--model", f"{shop}/tiny.py:tiny", "--layer", "relu", "--unit", "2", "--images", shop / "set")
    ran = viz(*card, "--methods", "top", "--json")
    assert ran.status == 0, ran.err
    assert "sky" in " ".join(json.loads(ran.out)["notes"])


def test_a_card_is_not_named_by_what_only_looks_like_a_dissection(shop: Path, tmp_path: Path) -> None:
    (tmp_path / "dissection.json").write_text('{"weights_sha256": 3}')
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "dissection.json").write_text("no JSON")
    card = ("unit", "--model", f"{shop}/tiny.py:tiny", "--layer", "relu", "--unit", "2", "--images", shop / "set")
    assert viz(*card, "--methods", "top").status == 0
    ran = viz("compare", "dissection.json")
    assert ran.status == 2
    assert "does not hold what a dissection writes there" in one_line(ran.err)


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
    asked = ["dissect", "--model", f"{shop}/tiny.py:tiny", "--data", "set", "--quantile", "0.1", "--out", "found"]
    ran = viz(*asked)
    assert ran.status == 0, ran.err
    assert "1 of 205 images were skipped, since they or their labels cannot be read: none.png" in ran.out
    document = json.loads(viz(*asked, "--json").out)
    assert (document["scanned"], document["broken"]) == (204, ["none.png"])


def test_shards_of_a_set_that_was_moved_are_merged_as_they_were_drawn(shop: Path, tmp_path: Path) -> None:
    shutil.copytree(shop / "set", tmp_path / "set")
    asked = ["dissect", "--model", f"{shop}/tiny.py:tiny", "--layer", "relu", "--data", "set", "--count", "9"]
    for part in (1, 2):
        assert viz(*asked, "--shard", f"{part}/2", "--out", f"parts/{part}", "--quiet").status == 0
    assert viz(*asked, "--out", "whole", "--quiet").status == 0
    (tmp_path / "set").rename(tmp_path / "moved")
    assert viz("merge", "parts/1", "parts/2", "--out", "merged").status == 2
    ran = viz("merge", "parts/1", "parts/2", "--out", "merged", "--data", "moved")
    assert ran.status == 0, ran.err
    for name in ("relu.csv", "relu.npz"):
        assert (tmp_path / "merged" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()


def test_dissect_is_a_way_of_looking_for_a_card(shop: Path) -> None:
    card = ("unit", "--model", f"{shop}/tiny.py:tiny", "--layer", "relu", "--unit", "1", "--images", shop / "set")
    ran = viz(*card, "--methods", "dissect", "--json")
    assert ran.status == 0, ran.err
    found = json.loads(ran.out)["results"]["dissect"]
    assert (found["label"], found["category"]) == ("leaf", "object")
    named = json.loads(ran.out)["named"]
    assert named == {key: found[key] for key in ("label", "category", "iou", "detector")} | {"folder": None}


def test_a_comparison_prints_the_published_figures_and_draws_them(tmp_path: Path) -> None:
    published = shared("reference/netdissect/caffe_reference_places365.csv")
    ran = viz("compare", published, "--concept", "house")
    assert ran.status == 0, ran.err
    assert "118 of 256 units detect 72 unique concepts (best category only)" in ran.out
    assert "91 unique concepts, 171 detectors (once per category)" in ran.out
    assert "house (object)" in ran.out
    with Image.open(tmp_path / "viz-out" / "compare.png") as picture:
        assert picture.width == 1400


def test_dissections_are_compared_by_their_folders(shop: Path) -> None:
    viz(*_asked(shop, "--out", "one", "--quiet"))
    viz(*_asked(shop, "--out", "two", "--quiet", "--rotate", "1"))
    document = json.loads(viz("compare", "one", "two/relu.csv", "--json").out)
    assert [(table["layer"], table["set"]) for table in document["tables"]] == [("relu", "set"), ("relu", "set")]
    assert document["tables"][0]["once_per_category"]["concepts"] == 3
    assert document["tables"][1]["name"] == f"{shop}/tiny.py:tiny relu, rotated 1"
    assert document["tables"][0]["units"] == document["tables"][1]["units"] == 6


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (("nowhere.csv",), "cannot be read"),
        (("empty",), "holds no finished dissection"),
        (("words.csv",), "columns"),
        (("ftp://example.org/a.csv",), "no address"),
        ((), "dissection"),
    ],
)
def test_what_cannot_be_compared_is_said_in_one_line(tmp_path: Path, given: tuple[str, ...], said: str) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "words.csv").write_text("a,b\n1,2\n")
    ran = viz("compare", *given)
    assert ran.status == 2
    assert said.lower() in one_line(ran.err).lower()
    assert not (tmp_path / "viz-out").exists()


def test_a_table_is_read_from_an_address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIZ_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("VIZ_MIRROR", raising=False)
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    published = shared("reference/netdissect/caffe_reference_places365.csv")
    with serving() as site:
        ran = viz("compare", site.page("table.csv", whole(published.read_bytes())))
    assert ran.status == 0, ran.err
    assert "118 of 256 units" in ran.out
