"""What results show in notebooks: HTML that is whole by itself, small, and escaped."""

from __future__ import annotations

from html.parser import HTMLParser
from types import MappingProxyType
from typing import TYPE_CHECKING

import pytest

import visualize as viz
from visualize.comparison.comparison import Comparison
from visualize.dissection import Best, Table, Verdict
from visualize.methods.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

HOSTILE = "<img src=x onerror=alert(1)>"


class _Tags(HTMLParser):
    """Gathers tags, addresses of pictures, and text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.sources: list[str] = []
        self.alts: list[str | None] = []
        self.text = ""
        self.names: set[str] = set()
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        held = dict(attrs)
        self.names.add(tag)
        assert not [name for name in held if name.startswith("on")]
        if tag == "img":
            self.sources.append(held["src"] or "")
            self.alts.append(held["alt"])
        elif tag not in {"rect", "br"}:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in {"rect", "br"}:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def _table() -> Table:
    bests = {"object": Best(HOSTILE, 80, 60, 28, 0.25), "scene": Best("street-s", 90, 66, 3, 0.02)}
    return Table("net conv5", ("object", "scene"), (Verdict(0, "object", MappingProxyType(bests)),))


def test_a_dissection_and_a_comparison_show_labels_as_text() -> None:
    for shown in (_table(), Comparison((_table(), _table()))):
        tags = _Tags(shown._repr_html_())
        assert tags.open == []
        assert tags.sources == []
        assert "script" not in tags.names
        assert HOSTILE in tags.text
        assert "0.25" in tags.text


def test_a_card_holds_its_pictures_itself() -> None:
    card = viz.unit("random/scenes-alexnet", "conv5", 3, methods=["ascent"], steps=2)
    html = card._repr_html_()
    tags = _Tags(html)
    assert tags.open == []
    assert len(tags.sources) == len(card.results["ascent"].panels())
    assert all(source.startswith("data:image/webp;base64,") for source in tags.sources)
    assert all(alt is not None for alt in tags.alts)
    assert card.results["ascent"].panels()[0].caption in tags.text
    assert len(html) < 60_000


def test_a_dissection_is_read_by_calling_its_package(tmp_path: Path) -> None:
    each = ",".join(f"object-{column}" for column in ("label", "truth", "activation", "intersect", "iou"))
    path = tmp_path / "conv5.csv"
    path.write_text(f"unit,category,label,score,{each}\n1,object,car,0.25,car,80,60,28,0.25\n")
    table = viz.dissection(path)  # type: ignore[operator] # no stub can say that a package is called
    assert table == viz.dissection.read(path)
    pandas = pytest.importorskip("pandas", reason="needs pandas, which is optional")
    assert isinstance(table.frame(), pandas.DataFrame)
    with pytest.raises(InputError, match="no finished dissection"):
        viz.dissection(tmp_path)  # type: ignore[operator] # likewise
