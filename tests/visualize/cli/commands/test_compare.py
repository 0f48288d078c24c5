from __future__ import annotations

import json
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest
from PIL import Image

from tests.kit.own_cache import own_cache
from tests.kit.shared import shared
from tests.visualize.cli.kit import one_line, viz
from tests.visualize.cli.shops import dissecting
from tests.visualize.download.site import serving, whole

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("here")


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
    viz(*dissecting(shop, "--out", "one", "--quiet"))
    viz(*dissecting(shop, "--out", "two", "--quiet", "--rotate", "1"))
    document = json.loads(viz("compare", "one", "two/relu.csv", "--json").out)
    assert [(table["layer"], table["set"]) for table in document["tables"]] == [("relu", "set"), ("relu", "set")]
    assert document["tables"][0]["once_per_category"]["concepts"] == 3
    assert document["tables"][1]["name"] == f"{shop}/tiny.py:tiny relu, rotated 1"
    assert document["tables"][0]["units"] == document["tables"][1]["units"] == 6


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (("nowhere.csv",), "cannot be read"),
        (("empty",), "no finished dissection"),
        (("words.csv",), "columns"),
        (("ftp://example.org/a.csv",), "no address"),
        ((), "dissection"),
    ],
)
def test_what_cannot_be_compared_is_said_in_one_line(tmp_path: Path, given: tuple[str, ...], message: str) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "words.csv").write_text("a,b\n1,2\n")
    ran = viz("compare", *given)
    assert ran.status == 2
    assert message.lower() in one_line(ran.err).lower()
    assert not (tmp_path / "viz-out").exists()


def test_a_table_is_read_from_an_address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own_cache(tmp_path / "cache", monkeypatch)
    published = shared("reference/netdissect/caffe_reference_places365.csv")
    with serving() as site:
        ran = viz("compare", site.page("table.csv", whole(published.read_bytes())))
    assert ran.status == 0, ran.err
    assert "118 of 256 units" in ran.out


def test_a_concept_is_shown_in_pictures_of_each_network_s_best_unit(shop: Path, tmp_path: Path) -> None:
    assert viz(*dissecting(shop, "--out", tmp_path / "one", "--quiet")).status == 0
    ran = viz("compare", tmp_path / "one", "--concept", "leaf", "--pictures", "--out", "leaf.svg", "--json", "--trust")
    assert ran.status == 0, ran.err
    drawn = ET.fromstring((tmp_path / "leaf.svg").read_text())
    said = [text.text for text in drawn.iter("{http://www.w3.org/2000/svg}text")]
    (best,) = json.loads(ran.out)["concepts"]["object:leaf"]
    assert f"relu · unit {best['unit']}" in said
    assert "where leaf is labelled" in said
    assert any((text or "").startswith(f"leaf, IoU {best['iou']:.3g} (95 %: ") for text in said)


@pytest.mark.parametrize("concepts", [(), ("--concept", "leaf", "--concept", "sky")])
def test_pictures_are_of_one_concept(shop: Path, concepts: tuple[str, ...]) -> None:
    ran = viz("compare", shop, "--pictures", *concepts)
    assert ran.status == 2
    assert "name it with --concept" in one_line(ran.err)
