"""Answers summed up: people against the measurement, units by kind, and their figure."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.kit.annotation import Client, answered, opened, photographed_site
from tests.visualize.cli.kit import viz
from visualize.annotation.figure import annotation_block
from visualize.annotation.summary import Summary, summaries
from visualize.figures.boxes import Words
from visualize.figures.svg import svg
from visualize.methods.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

    from visualize.figures.boxes import Block

CONCEPTS = (("object", "cars"), ("object", "lamp"), ("scene", "street (scene)"))
UNITS = 6


def _said(site: Path, by: str, said: dict[int, tuple[str, str]]) -> None:
    """Answer as a person, with a word and a kind for each unit; for the others there is nothing in common."""
    pages = opened(site, share=0.0)
    client = Client(pages.app("127.0.0.1"))
    with pages.answers:
        for question in pages.questions.ordered(by):
            if question.unit in said:
                answered(client, by, *said[question.unit], misfit=["0", "1"] if question.unit == 5 else [])
            else:
                client.post("/answer", {**client.get(f"/?by={by}").fields, "nothing": "1"})


@pytest.fixture(scope="module")
def sites(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Two reports: units 0 to 5 have IoUs 0.3, 0.25, 0.2, 0.15, 0.1, 0.05 with cars, lamp, street in turn."""
    home = tmp_path_factory.mktemp("summary")
    sites = [photographed_site(home / name, units=UNITS, model=name, concepts=CONCEPTS) for name in ("one", "other")]
    _said(sites[0], "Ada", {0: ("car", "object"), 1: ("lamps", "object"), 2: ("road", "region or surface"),
                            3: ("wheel", "object part"), 4: ("cars", "object"), 5: ("street", "scene")})  # fmt: skip
    _said(sites[0], "Bo", {0: ("a car", "object"), 1: ("sun", "object"), 2: ("street", "scene")})
    _said(sites[1], "Ada", {0: ("grass", "texture or material")})
    return sites


@pytest.fixture(scope="module")
def shown(sites: list[Path]) -> list[Summary]:
    return summaries(sites)


def test_units_are_of_the_kind_that_people_agree_on_if_their_pictures_fit(shown: list[Summary]) -> None:
    one, other = shown
    assert one.names[one.answers[0].layer, 0].word == "a car"
    assert {kind: many for kind, many in one.kinds.items() if many} == {"object": 2, "region or surface": 1}
    assert {kind: many for kind, many in other.kinds.items() if many} == {"texture or material": 1}
    assert (one.people, one.units, len(one.answers)) == (2, UNITS, 2 * UNITS)


def test_people_are_held_against_the_measurement_by_bands_of_iou(shown: list[Summary]) -> None:
    below, low, middle, high = shown[0].bands
    assert [band.same.many for band in (below, low, middle, high)] == [0, 2, 2, 2]
    assert high.same.value == pytest.approx((1 + 0.5) / 2)  # unit 0: car, a car; unit 1: lamps, sun
    assert middle.same.value == pytest.approx((0.5 + 0) / 2)  # unit 2: road, street; unit 3: wheel, measured as cars
    assert low.same.value == pytest.approx((0 + 1) / 2)  # unit 4: cars, measured as lamp; unit 5: street
    assert low.among.value == 1.0  # cars are among the concepts of unit 4


def test_kinds_of_people_stand_beside_measured_categories(shown: list[Summary]) -> None:
    table = shown[0].categories
    assert table["object"]["object"] == 2
    assert table["scene"]["region or surface"] == 1  # road, the first of two words that one person gave each
    assert sum(sum(row.values()) for row in table.values()) == len(shown[0].names)


def _texts(block: Block) -> list[str]:
    return [item.text for item in block.items if isinstance(item, Words)]


def test_the_figure_says_how_many_units_are_objects(shown: list[Summary]) -> None:
    block = annotation_block(shown)
    texts = " ".join(_texts(block))
    assert "Units as objects: 2 on one conv5, 0 on other conv5" in texts
    assert "Fleiss' kappa" in texts
    assert "2 (33%)" in texts
    assert b"Units as objects" in svg(block)
    assert block.width == 1400


def _layers(sites: list[Path]) -> list[dict[str, Any]]:
    return [item.document for item in summaries(sites)]


def test_the_command_says_it_in_text_json_and_a_figure(sites: list[Path], tmp_path: Path) -> None:
    figure = tmp_path / "kinds.svg"
    ran = viz("annotate", *sites, "--summary", "--figure", figure)
    assert ran.status == 0, ran.err
    assert ran.out.splitlines()[0] == str(figure)
    listed = ran.out.split("units as objects")[0]
    assert sum(line[:1].isdigit() for line in listed.splitlines()) == sum(len(item["names"]) for item in _layers(sites))
    assert "units as objects: 2 on one conv5 and 0 on other conv5" in ran.out
    assert figure.read_bytes().startswith(b"<")
    ran = viz("annotate", *sites, "--summary", "--json")
    one, other = json.loads(ran.out)["layers"]
    assert (one["kinds"]["object"], other["kinds"]["texture or material"]) == (2, 1)
    assert one["kappa"]["of"] == 3
    assert one["measured"][0]["same"] == {"value": None, "low": None, "high": None, "of": 0}
    assert one["names"][0]["measured"] == "cars"


def test_what_cannot_be_summed_up_is_said(sites: list[Path], tmp_path: Path) -> None:
    fresh = photographed_site(tmp_path / "fresh", units=2)
    with pytest.raises(InputError, match="nobody has answered"):
        summaries([fresh])
    refused: tuple[tuple[tuple[str | Path, ...], str], ...] = (
        ((*sites, "--export", "x.csv"), "one folder is asked about at a time"),
        ((sites[0], "--summary", "--export", "x.csv"), "leave out --summary"),
        ((sites[0], "--figure", "x.gif"), "is no file that ends in"),
    )
    for arguments, said in refused:
        ran = viz("annotate", *arguments)
        assert (ran.status, ran.out) == (2, "")
        assert said in ran.err
