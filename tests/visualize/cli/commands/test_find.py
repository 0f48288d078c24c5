from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import visualize
from tests.visualize.cli.kit import one_line, viz
from tests.visualize.cli.shops import dissecting, of_labels

pytestmark = pytest.mark.usefixtures("here")


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = of_labels(tmp_path_factory.mktemp("shop"))
    ran = viz(*dissecting(root, "--quiet", "--out", root / "whole"))
    assert ran.status == 0, ran.err
    return root


def test_units_are_listed_by_their_iou_with_the_concept(shop: Path) -> None:
    ran = viz("find", "Leaves", shop / "whole", "--top", "3", "--json")
    assert ran.status == 0, ran.err
    records = json.loads(ran.out)
    held = np.load(shop / "whole/relu.npz")
    ious = held["iou"][:, held["concept_names"].tolist().index("leaf")]
    assert [record["iou"] for record in records] == sorted(ious[ious > 0].tolist(), reverse=True)[:3]
    assert [ious[record["unit"]] for record in records] == [record["iou"] for record in records]
    assert {(record["layer"], record["set"], record["concept"]) for record in records} == {("relu", "set", "leaf")}
    assert records == [fit.document() for fit in visualize.find("leaf", shop / "whole", top=3)]


def test_the_same_stands_in_a_table(shop: Path) -> None:
    ran = viz("find", "leaf", shop / "whole")
    (first, *_) = visualize.find("leaf", shop / "whole")
    assert ran.status == 0, ran.err
    assert ran.out.startswith("leaf (object)")
    assert f"relu:{first.unit}" in ran.out.splitlines()[2]
    assert f"{first.iou:#.3g}" in ran.out.splitlines()[2]


def test_a_concept_too_large_for_any_mask_is_marked(shop: Path, tmp_path: Path) -> None:
    assert viz(*dissecting(shop, "--quiet", "--out", tmp_path / "tight", "--cut", "0.9")).status == 0
    assert "--quantile" in viz("find", "sky", tmp_path / "tight").out
    assert "--quantile" not in viz("find", "sky", shop / "whole").out
    assert all(fit.out_of_reach for fit in visualize.find("sky", tmp_path / "tight"))


def test_cards_stand_side_by_side_in_one_figure(shop: Path, tmp_path: Path) -> None:
    asked = ("find", "leaf", shop / "whole", "--top", "2", "--cards", "--methods", "top", "--device", "cpu", "--trust")
    ran = viz(*asked, "--json")
    assert ran.status == 0, ran.err
    (figure,) = {record["figure"] for record in json.loads(ran.out)}
    assert figure == "viz-out/find-leaf.png"
    with Image.open(tmp_path / figure) as picture:
        both = picture.size
    assert viz(*asked[:3], "--top", "1", *asked[5:], "--out", "one.png").status == 0
    with Image.open(tmp_path / "one.png") as picture:
        assert both[0] > 2 * picture.width > 0
        assert both[1] >= picture.height


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (("find", "laef"), "did you mean leaf"),
        (("find", "leaf", "--layer", "conv"), "layer 'conv'"),
        (("find", "leaf", "--model", "nets"), "no dissection of nets"),
        (("find", "leaf", "--out", "x.png"), "--cards"),
        (("find", "leaf", "--cards", "--out", "x.eps"), "ends in .png"),
    ],
)
def test_what_cannot_be_is_said_in_one_line(
    shop: Path, monkeypatch: pytest.MonkeyPatch, more: tuple[str, ...], message: str
) -> None:
    monkeypatch.chdir(shop)
    ran = viz(*more)
    assert ran.status == 2
    assert message in one_line(ran.err)


def test_units_are_named_by_a_concept_and_by_several_layers(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(shop)
    (best,) = visualize.find("leaf", top=1)
    card = ("unit", "--model", f"{shop}/tiny.py:tiny", "--data", "set", "--methods", "top", "--device", "cpu", "--json")
    ran = viz(*card, "--unit", "Leaves", "--out", "cards/")
    assert ran.status == 0, ran.err
    assert (json.loads(ran.out)["layer"], json.loads(ran.out)["unit"]) == (best.layer, best.unit)
    ran = viz(*card, "--layer", "conv,relu", "--unit", "2,relu:1", "--out", "cards/")
    assert ran.status == 0, ran.err
    assert [Path(record["figure"]).name for record in json.loads(ran.out)] == ["conv-2.png", "relu-2.png", "relu-1.png"]
    ran = viz(*card, "--layer", "conv", "--unit", "leaf")
    assert "no dissection at hand has a layer 'conv'" in one_line(ran.err)


def test_only_dissections_of_the_set_count(shop: Path) -> None:
    assert len(visualize.find("leaf", shop / "whole", data="set")) == 2
    assert len(visualize.find("leaf", shop / "whole", data=str(shop / "set"))) == 2
    ran = viz("find", "leaf", shop / "whole", "--data", "sets")
    assert "on sets is at hand; did you mean set" in one_line(ran.err)


def test_a_sheet_alone_has_names_and_an_order(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(shop)
    top = ("top", "--model", f"{shop}/tiny.py:tiny", "--layer", "relu", "--data", "set", "--unit", "all", "--sheet")
    ran = viz(*top, "--sort", "iou", "--out", "sheets/sheet.png", "--device", "cpu")
    assert ran.status == 0, ran.err
    assert [path.name for path in (shop / "sheets").iterdir()] == ["sheet.png"]
    first, *lines = ran.out.splitlines()
    assert first == "sheets/sheet.png"
    ious = [float(line.rpartition("IoU ")[2].partition(" ")[0]) for line in lines]
    assert len(ious) == 6
    assert ious == sorted(ious, reverse=True)
    for more, message in (
        (("--arrays",), "--arrays is of cards"),
        (("--sort", "name", "--layer", "conv"), "--sort name needs names"),
    ):
        assert message in one_line(viz(*top, *more).err)
