"""Names that people gave, on the pages of a report."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.kit.reports import HOSTILE, made_up_layer, made_up_site
from tests.visualize.cli.kit import viz
from visualize.methods.errors import InputWarning
from visualize.people.files import read
from visualize.reports.folders import begin, layer_folders
from visualize.reports.people import keep
from visualize.reports.site import Site
from visualize.reports.writing import write_pages

if TYPE_CHECKING:
    from pathlib import Path

UNIT = "units/net--conv5--streets"


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "names.csv"
    path.write_text(
        "model,layer,unit,word,kind,fitting,pictures\n"
        "net,conv5,1,head lamps,object part,6,8\nnet,conv5,1,a head lamp,object part,8,8\nnet,conv5,1,sun,object,8,8\n"
        f'net,conv5,2,"{HOSTILE}",,,\nother,conv5,3,sea,scene,8,8\n'
    )
    return path


def _pages(site: Path) -> None:
    write_pages(Site.read(site), lambda done, total: None)


def test_pages_say_what_people_call_a_unit_beside_what_was_measured(tmp_path: Path, table: Path) -> None:
    site = made_up_site(tmp_path / "site").parent
    keep(site, read(table))
    _pages(site)
    page = (site / UNIT / "1.html").read_text()
    assert "People call it <strong>a head lamp</strong> (object part, 2 of 3 people); 92 % of its pictures fit." in page
    assert "Detects" in page
    layer = (site / "layers" / "net--conv5--streets.html").read_text()
    assert layer.count("People:") == 2
    assert "a head lamp</span> · object part" in layer
    assert 'data-text="&lt;img src=x onerror=alert(1)&gt; object a head lamp"' in layer
    assert HOSTILE not in layer
    assert HOSTILE not in (site / UNIT / "2.html").read_text()
    assert "People" not in (site / UNIT / "3.html").read_text()


def test_names_stay_when_pages_are_written_again_and_go_along_into_another_report(tmp_path: Path, table: Path) -> None:
    site = tmp_path / "site"
    begin(site)
    made_up_layer(site, "net", "conv5")
    keep(site, read(table))
    ran = viz("report", site, "--out", tmp_path / "both")
    assert ran.status == 0, ran.err
    (folder,) = layer_folders(tmp_path / "both")
    assert {unit: name.told for unit, name in folder.people().items()}[1] == "a head lamp (object part, 2 of 3 people)"
    assert "People call it" in (tmp_path / "both" / UNIT / "1.html").read_text()


def test_the_command_takes_names_and_says_when_they_are_of_others(tmp_path: Path, table: Path) -> None:
    site = tmp_path / "site"
    begin(site)
    made_up_layer(site, "net", "conv5")
    ran = viz("report", site, "--out", site, "--names", table)
    assert ran.status == 0, ran.err
    assert "People call it" in (site / UNIT / "1.html").read_text()
    table.write_text("model,layer,unit,word\nvgg,conv1,1,lamp\n")
    with pytest.warns(InputWarning, match="names no unit of this report; it names conv1 of vgg"):
        keep(site, read(table))
    assert "People call it" in (site / UNIT / "1.html").read_text()
    ran = viz("report", site, "--out", site, "--names", tmp_path / "nowhere.csv")
    assert ran.status == 2
    assert "nowhere.csv" in ran.err


def test_damaged_names_are_left_out_with_a_word(tmp_path: Path, table: Path) -> None:
    site = made_up_site(tmp_path / "site").parent
    keep(site, read(table))
    (held,) = site.glob("data/*/people.json")
    for content in ("{", "[]", '{"x": {}}', '{"1": {"word": 3}}'):
        held.write_text(content)
        with pytest.warns(InputWarning, match="names that people gave are left out"):
            assert Site.read(site).layers[0].units[1].people is None
