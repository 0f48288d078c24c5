"""Pictures that people are asked about: of a report, of a dissection, or made; without what was measured in them."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

import pytest

from tests.kit.annotation import opened, photographed_site
from tests.kit.reports import labelled_folder
from tests.visualize.cli.kit import TINY, viz
from visualize.annotation.gathering import FOLDER, sites
from visualize.methods.errors import InputError, InputWarning
from visualize.models.trust import trusting
from visualize.reports.folders import LayerFolder, begin, layer_folders

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MARKED = " is labelled"


class Home(NamedTuple):
    """A working folder with a network and a labelled set.

    Args:
        folder: the working folder.
        model: as ``--model`` takes it.
    """

    folder: Path
    model: str


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    folder = tmp_path_factory.mktemp("home")
    (folder / "my_net.py").write_text(TINY)
    labelled_folder(folder / "streets", label="lamp")
    before = os.getcwd()  # noqa: PTH109 (what is restored)
    os.chdir(folder)
    try:
        yield Home(folder, f"{folder / 'my_net.py'}:tiny")
    finally:
        os.chdir(before)


def _words(folder: LayerFolder) -> set[str]:
    return {words for view in folder.views("top").values() for _, words in view.legend}


def test_a_report_whose_pictures_tell_nothing_is_asked_about_as_it_is(tmp_path: Path) -> None:
    site = photographed_site(tmp_path / "report", units=3)
    pages = opened(site)
    with pages.answers:
        assert pages.gathered.site.folder == site
        assert [subject.unit for subject in pages.questions.subjects] == [0, 1, 2]
        assert [item.place for item in pages.questions.subjects[1].pictures] == [4, 5, 6, 7]
    assert not (site / FOLDER / "data").exists()


def test_pictures_of_a_report_are_drawn_anew_without_the_outline_of_the_measured_concept(home: Home) -> None:
    site = home.folder / "site"
    ran = viz(
        "report", "--model", home.model, "--data", "streets", "--layer", "conv", "--methods", "top", "--out", site
    )
    assert ran.status == 0, ran.err
    (marked,) = layer_folders(site)
    assert any(MARKED in words for words in _words(marked))
    making = {"model": home.model, "data": home.folder / "streets"}
    pages = opened(site, making=making, units="0-2")
    with pages.answers:
        assert pages.gathered.site.folder == site / FOLDER
        assert [subject.unit for subject in pages.questions.subjects] == [0, 1, 2]
    (drawn,) = layer_folders(site / FOLDER)
    assert _words(drawn)
    assert not any(MARKED in words for words in _words(drawn))
    assert {unit: view.chosen for unit, view in drawn.views("top").items()} == {
        unit: view.chosen for unit, view in marked.views("top").items()
    }
    assert drawn.units()[0].fits == marked.units()[0].fits


def test_another_networks_pictures_are_not_taken_for_those_of_a_report(home: Home, tmp_path: Path) -> None:
    site = tmp_path / "site"
    (tmp_path / "other.py").write_text(TINY.replace("unit % 3", "(unit + 1) % 3"))
    ran = viz(
        "report", "--model", home.model, "--data", "streets", "--layer", "conv", "--methods", "top", "--out", site
    )
    assert ran.status == 0, ran.err
    making = {"model": f"{tmp_path / 'other.py'}:tiny", "data": home.folder / "streets"}
    with pytest.warns(InputWarning, match="tells people what to see"):
        pages = opened(site, making=making)
    with pages.answers:
        assert pages.gathered.site.folder == site


def test_a_dissection_is_asked_about_with_pictures_that_are_made(home: Home) -> None:
    out = home.folder / "dissected"
    ran = viz("dissect", "--model", home.model, "--data", "streets", "--layer", "conv", "--out", out)
    assert ran.status == 0, ran.err
    with pytest.raises(InputError, match="--trust"):
        opened(out, count=3)
    with trusting(yes=True):
        pages = opened(out, count=3)
    with pages.answers:
        assert {len(subject.pictures) for subject in pages.questions.subjects} == {3}
    (held,) = sites(out)
    assert held.layers[0].facts.dissected


def test_a_new_folder_gets_pictures_also_where_a_run_was_interrupted(home: Home) -> None:
    folder = home.folder / "names"
    begin(folder / FOLDER)
    making = {"model": home.model, "data": home.folder / "streets"}
    pages = opened(folder, making=making, layers=("conv",), units="1,3", count=2)
    with pages.answers:
        assert [subject.unit for subject in pages.questions.subjects] == [1, 3]
        assert {len(subject.pictures) for subject in pages.questions.subjects} == {2}
    again = opened(folder)
    with again.answers:
        assert len(again.questions) == 6


def test_what_cannot_be_asked_about_is_said(tmp_path: Path) -> None:
    site = photographed_site(tmp_path / "report", units=3)
    for asked, said in (
        ({"layers": ("fc8",)}, "no pictures of layer fc8; there are conv5"),
        ({"units": "7-9"}, "none of the units"),
        ({"units": "lamp"}, "'lamp' is no unit"),
        ({"units": "9-x"}, "'9-x' is no unit"),
    ):
        with pytest.raises(InputError, match=said):
            opened(site, **asked)
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="no finished dissection"):
        opened(tmp_path / "empty")
