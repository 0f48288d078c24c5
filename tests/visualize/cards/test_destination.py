from __future__ import annotations

import errno
import tempfile
from pathlib import Path

import pytest

from visualize.cards.destination import check_out, destination
from visualize.cards.unit_lists import label
from visualize.methods.errors import InputError
from visualize.methods.unit import Unit

SINGLE = [Unit("conv5", 79)]
BOTH = [*SINGLE, Unit("conv5", 3)]


@pytest.mark.parametrize(
    ("out", "units", "card", "contact"),
    [
        (None, SINGLE, "viz-out/m/conv5/79.png", "viz-out/m/conv5/contact.png"),
        (None, BOTH, "viz-out/m/conv5/79.png", "viz-out/m/conv5/contact.png"),
        ("a.png", SINGLE, "a.png", "contact.png"),
        ("sub/a.PNG", SINGLE, "sub/a.PNG", "sub/contact.png"),
        ("new/", SINGLE, "new/79.png", "new/contact.png"),
        ("new", BOTH, "new/79.png", "new/contact.png"),
        ("v1.2/", BOTH, "v1.2/79.png", "v1.2/contact.png"),
        ("there.png", BOTH, "there.png/79.png", "there.png/contact.png"),
    ],
)
def test_where_cards_go(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, out: str | None, units: list[Unit], card: str, contact: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "there.png").mkdir()
    place = destination(out, "m", units)
    assert place.card(label(units[0])) == Path(card)
    assert place.contact() == Path(contact)
    assert [path.name for path in tmp_path.iterdir()] == ["there.png"]


@pytest.mark.parametrize(
    ("out", "form", "card", "contact"),
    [
        ("a.svg", None, "a.svg", "contact.svg"),
        ("a.PDF", None, "a.PDF", "contact.pdf"),
        ("a.pdf", "PDF", "a.pdf", "contact.pdf"),
        ("new/", "svg", "new/79.svg", "new/contact.svg"),
        (None, "pdf", "viz-out/m/conv5/79.pdf", "viz-out/m/conv5/contact.pdf"),
    ],
)
def test_figures_have_the_format_of_their_ending_or_the_one_that_is_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, out: str | None, form: str | None, card: str, contact: str
) -> None:
    monkeypatch.chdir(tmp_path)
    place = destination(out, "m", SINGLE, form)
    assert (place.card("79"), place.contact()) == (Path(card), Path(contact))


@pytest.mark.parametrize(("out", "form"), [("a.svg", "pdf"), (None, "gif"), ("new/", "")])
def test_a_format_that_cannot_be_is_refused(out: str | None, form: str) -> None:
    with pytest.raises(InputError, match="--format"):
        check_out(out, form)


@pytest.mark.parametrize("out", ["a.jpg", "sub/a.eps", "v1.2", "a.png.txt", "", " "])
def test_an_ending_that_no_card_has_is_refused(out: str) -> None:
    with pytest.raises(InputError, match="--out"):
        check_out(out)


def test_several_cards_do_not_fit_in_one_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="2 cards are asked for; give a folder"):
        destination(str(tmp_path / "a.png"), "m", BOTH)


def test_a_file_in_the_way_is_found_beforehand(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="is a file"):
        destination(f"{tmp_path}/file/sub/a.png", "m", SINGLE)


def test_a_folder_that_cannot_be_written_is_found_beforehand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(**_: object) -> None:
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(tempfile, "TemporaryFile", refuse)
    with pytest.raises(InputError, match="Read-only"):
        destination(f"{tmp_path}/", "m", SINGLE)


@pytest.mark.parametrize(("out", "folder"), [(None, "viz-out/m/conv5-fc8"), ("new/", "new")])
def test_files_of_several_layers_bear_their_layers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, out: str | None, folder: str
) -> None:
    monkeypatch.chdir(tmp_path)
    place = destination(out, "m", [Unit("conv5", 3), Unit("fc8", 3)])
    assert [place.card("3", layer) for layer in ("conv5", "fc8")] == [
        Path(folder) / "conv5-3.png", Path(folder) / "fc8-3.png",
    ]  # fmt: skip
    assert place.contact() == Path(folder) / "contact.png"
