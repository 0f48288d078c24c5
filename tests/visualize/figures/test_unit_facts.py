from __future__ import annotations

import pytest
from torch import nn

from tests.visualize.figures.made import about
from visualize.figures import About
from visualize.methods.errors import UnitError
from visualize.methods.network.preprocessing import Preparation
from visualize.methods.network.probe import Probe
from visualize.methods.unit import Sum


@pytest.mark.parametrize(
    ("unit", "heading", "short"),
    [
        ("conv5:79", "conv5 · unit 79", "79"),
        ("79", "conv5 · unit 79", "79"),
        ("conv5:79@6,4", "conv5 · unit 79 at row 6, column 4", "79@6,4"),
        ("conv5:79+conv4:12", "conv5:79 + conv4:12", "conv5:79+conv4:12"),
    ],
)
def test_a_unit_is_named_in_words(unit: str, heading: str, short: str) -> None:
    facts = about(unit=unit)
    assert (facts.heading, facts.short) == (heading, short)


def test_only_what_is_known_is_told() -> None:
    bare = about(units=None, map_size=None, input_size=None, field=None, stride=None)
    assert bare.facts == (("Layer", "conv5"),)


def test_a_layer_without_a_map_sees_the_whole_input() -> None:
    facts = dict(about(map_size=(1, 1), field=(224, 224), stride=(0, 0)).facts)
    assert facts["One position sees"] == "the whole input"
    assert "Map" not in facts


def test_sizes_are_told_as_width_by_height() -> None:
    facts = dict(about(input_size=(96, 384), field=(11, 31), stride=(4, 8)).facts)
    assert facts["Input"] == "384 x 96 pixels"
    assert facts["One position sees"] == "31 x 11 pixels, every 8 x 4"


@pytest.fixture
def probe() -> Probe:
    network = nn.Sequential(
        nn.Conv2d(3, 8, 5, stride=2), nn.ReLU(), nn.Conv2d(8, 16, 3), nn.Flatten(), nn.Linear(16 * 12 * 8, 4)
    )
    return Probe(network, prepare=Preparation(size=(32, 24)), aliases={"conv2": "2"})


@pytest.mark.parametrize(("asked", "alias"), [("conv2", "2"), ("2", "conv2")])
def test_the_facts_come_from_the_probe(probe: Probe, asked: str, alias: str) -> None:
    facts = About.of(probe, Sum.parse(f"{asked}:5"), label="car", hints=["h"], notes=["n"])
    assert facts == About(
        model="Sequential", layer=asked, unit=f"{asked}:5", alias=alias, units=16, map_size=(12, 8),
        input_size=(32, 24), field=(9, 9), stride=(2, 2), label="car", hints=("h",), notes=("n",),
    )  # fmt: skip


def test_a_layer_that_is_not_there_is_an_error(probe: Probe) -> None:
    with pytest.raises(UnitError, match="conv9"):
        About.of(probe, Sum.parse("conv9:5"))


def test_a_unit_of_a_class_bears_its_name() -> None:
    network = nn.Sequential(nn.Conv2d(3, 2, 3), nn.Flatten(), nn.Linear(2 * 6 * 6, 2))
    probe = Probe(network, prepare=Preparation(size=(8, 8)), classes=("cat", "dog"), aliases={"fc8": "2"})
    assert About.of(probe, Sum.parse("fc8:1")).heading == "fc8 · unit 1 · dog"
    assert About.of(probe, Sum.parse("fc8:1+fc8:0")).heading == "fc8:1 + fc8:0"
    assert About.of(probe, Sum.parse("fc8:1")).short == "1"


def test_what_is_no_unit_is_told_in_its_own_words() -> None:
    facts = about(subject="conv1 · conv3")
    assert facts.heading == "conv1 · conv3"
    assert facts.facts == (("Input", "224 x 224 pixels"),)
