from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from visualize.cards.unit_lists import Wanted, label, layer_of, split, targets
from visualize.methods.errors import InputError, UnitError
from visualize.methods.network.preprocessing import Preparation
from visualize.methods.network.probe import Probe
from visualize.methods.unit import Sum, Unit


class Tiny(nn.Module):
    """conv: 12 units on a map of 8 x 8; head: 5 units."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 12, 3, padding=1)
        self.head = nn.Linear(12, 5)

    def forward(self, inputs: object) -> object:
        return self.head(self.conv(inputs).mean((2, 3)))


@pytest.fixture(scope="module")
def probe() -> Probe:
    return Probe(Tiny(), prepare=Preparation(size=(8, 8)), aliases={"conv1": "conv"})


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (7, [Unit("conv", 7)]),
        ("7", [Unit("conv", 7)]),
        (" 3 , 7,9-11", [Unit("conv", index) for index in (3, 7, 9, 10, 11)]),
        ("5-5,5,5", [Unit("conv", 5)]),
        ("all", [Unit("conv", index) for index in range(12)]),
        ("11,all", [Unit("conv", index) for index in (11, *range(11))]),
        ("3+7", [Sum((Unit("conv", 3), Unit("conv", 7)))]),
        ("7@6,5", [Unit("conv", 7, (6, 5))]),
        ("7@6,5,3", [Unit("conv", 7, (6, 5)), Unit("conv", 3)]),
        ("1@0,0+2@7,7,4", [Sum((Unit("conv", 1, (0, 0)), Unit("conv", 2, (7, 7)))), Unit("conv", 4)]),
        ([1, "2-3", Unit("head", 4)], [Unit("conv", 1), Unit("conv", 2), Unit("conv", 3), Unit("head", 4)]),
    ],
)
def test_lists_of_units_mean_what_they_say(probe: Probe, wanted: Wanted, expected: list[Unit]) -> None:
    assert targets(wanted, "conv", probe) == expected


def test_the_layer_keeps_the_name_it_was_given(probe: Probe) -> None:
    assert targets("2", "conv1", probe) == [Unit("conv1", 2)]


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "-1",
        "3,",
        ",3",
        "3,,4",
        "3-",
        "3+",
        "+3",
        "1.5",
        "7@6",
        "3-4-5",
        "3;4",
        "3+4-5",
    ],
)
def test_other_forms_are_refused_with_the_right_ones(probe: Probe, text: str) -> None:
    with pytest.raises(UnitError, match=r"write 79, 3,79,100-104, all"):
        targets(text, "conv", probe)


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        ("12", "go from 0 to 11"),
        (12, "go from 0 to 11"),
        (-1, "count from 0"),
        ("3-12", "go from 0 to 11"),
        ("0-99999999999999999999", "go from 0 to 11"),
        ("9-3", "write 3-9"),
        ("3+12", "go from 0 to 11"),
        ("3@8,0", r"go from 0,0 to 7,7"),
        ([], "no units are named"),
    ],
)
def test_units_that_do_not_exist_are_refused_with_the_range(probe: Probe, wanted: Wanted, message: str) -> None:
    with pytest.raises(UnitError, match=message):
        targets(wanted, "conv", probe)


def test_an_unknown_layer_is_refused_with_close_names(probe: Probe) -> None:
    with pytest.raises(UnitError, match="mean conv"):
        targets("all", "cov", probe)


@given(
    st.lists(
        st.one_of(
            st.integers(0, 999).map(str),
            st.tuples(st.integers(0, 99), st.integers(0, 9), st.integers(0, 9)).map(
                lambda it: f"{it[0]}@{it[1]},{it[2]}"
            ),
            st.tuples(st.integers(0, 99), st.integers(0, 99)).map(lambda it: f"{it[0]}+{it[1]}"),
        ),
        min_size=1,
    )
)
def test_items_that_are_joined_are_found_again(items: list[str]) -> None:
    joined = ",".join(items)
    parts = split(joined)
    assert ",".join(parts) == joined
    assert len(parts) == len(items)


@pytest.mark.parametrize(
    ("target", "layer", "short"),
    [
        (Unit("conv", 79), "conv", "79"),
        (Unit("a.b", 79, (6, 5)), "a.b", "79@6,5"),
        (Unit("conv", 3) + Unit("conv", 7), "conv", "3+7"),
        (Unit("conv", 3) + Unit("head", 7), "conv+head", "3+7"),
    ],
)
def test_targets_have_short_names_for_files(target: Unit | Sum, layer: str, short: str) -> None:
    assert layer_of(target) == layer
    assert label(target) == short


NAMES = ("coffee mug, cup", "temple/asia", "living_room", "Egyptian cat", "7-eleven")


@pytest.fixture(scope="module")
def named() -> Probe:
    return Probe(Tiny(), prepare=Preparation(size=(8, 8)), aliases={"fc8": "head"}, classes=NAMES)


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ("living_room", [2]),
        ("Living Room", [2]),
        ("coffee mug, cup", [0]),
        ("cup", [0]),
        ("7-eleven", [4]),
        ("3", [3]),
        ("egyptian cat,temple/asia,1,0-1", [3, 1, 0]),
        ("2,coffee mug, cup,living room", [2, 0]),
        (["living room", 4], [2, 4]),
        ("all", [0, 1, 2, 3, 4]),
    ],
)
def test_classes_are_units_by_their_names(named: Probe, wanted: Wanted, expected: list[int]) -> None:
    assert targets(wanted, "fc8", named) == [Unit("fc8", index) for index in expected]


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ("fc8:cup", [Unit("fc8", 0)]),
        ("logits:7-eleven,1", [Unit("logits", 4), Unit("logits", 1)]),
        ("conv:3,7@1,2", [Unit("conv", 3), Unit("conv", 7, (1, 2))]),
        ("head:all", [Unit("head", index) for index in range(5)]),
        ("conv:3+4", [Sum((Unit("conv", 3), Unit("conv", 4)))]),
        ("conv:3+head:4", [Sum((Unit("conv", 3), Unit("head", 4)))]),
    ],
)
def test_a_list_may_name_its_layer(named: Probe, wanted: Wanted, expected: list[Unit]) -> None:
    assert targets(wanted, "conv", named) == expected


@pytest.mark.parametrize(
    ("wanted", "layer", "message"),
    [
        ("egyptian kat", "fc8", "did you mean Egyptian cat"),
        ("cup", "conv", "logits:NAME"),
        ("fc9:cup", "conv", "no layer 'fc9'"),
        ("cup,nothing", "fc8", "names no units"),
        ("fc8:", "conv", "names no units"),
        ("fc8:5", "conv", "go from 0 to 4"),
    ],
)
def test_what_is_no_class_is_refused(named: Probe, wanted: str, layer: str, message: str) -> None:
    with pytest.raises(UnitError, match=message):
        targets(wanted, layer, named)


def test_nothing_is_named_by_commas_alone(named: Probe) -> None:
    with pytest.raises(UnitError, match="no units are named"):
        targets(" , ", "fc8", named)


def test_a_network_without_names_asks_for_numbers(probe: Probe) -> None:
    with pytest.raises(UnitError, match="give a number"):
        targets("cat", "head", probe)


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ("conv:3,head:4", ["conv:3", "head:4"]),
        ("conv:3,5,head:4,conv:7-8", ["conv:3", "conv:5", "head:4", "conv:7", "conv:8"]),
        ("conv:1@2,3,logits:cup,1", ["conv:1@2,3", "logits:0", "logits:1"]),
        ("fc8:coffee mug, cup,conv:0", ["fc8:0", "conv:0"]),
        (["conv:3", "2"], ["conv:3", "fc8:2"]),
    ],
)
def test_a_list_may_change_its_layer(named: Probe, wanted: Wanted, expected: list[str]) -> None:
    assert list(map(str, targets(wanted, "fc8", named))) == expected


def test_numbers_are_meant_in_each_of_several_layers(named: Probe) -> None:
    assert list(map(str, targets("3-4,1", ["conv", "fc8"], named))) == [
        "conv:3", "conv:4", "fc8:3", "fc8:4", "conv:1", "fc8:1",
    ]  # fmt: skip
    assert targets(2, ["conv", "fc8"], named) == [Unit("conv", 2), Unit("fc8", 2)]


CONCEPTS = {"car": 7, "traffic, light": 2, "cup": 9, "object:street": 4}


def _concepts(name: str, layer: str | None) -> list[Unit]:
    """The unit of a table of names, in the layer that is said or else in conv."""
    if name not in CONCEPTS:
        raise InputError(f"no concept is called {name!r}")
    return [Unit(layer or "conv", CONCEPTS[name])]


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ("car", ["conv:7"]),
        ("3,car,4", ["fc8:3", "conv:7", "fc8:4"]),
        ("traffic, light,car", ["conv:2", "conv:7"]),
        ("conv:car,fc8:1", ["conv:7", "fc8:1"]),
        ("object:street", ["conv:4"]),
        ("cup", ["fc8:0"]),  # a class comes before a concept
    ],
)
def test_a_concept_is_the_unit_that_fits_it(named: Probe, wanted: Wanted, expected: list[str]) -> None:
    assert list(map(str, targets(wanted, "fc8", named, concepts=_concepts))) == expected


@pytest.mark.parametrize(
    ("wanted", "message"), [("egyptian kat", "mean Egyptian cat.*no concept"), ("car,lorry", "names no units.*lorry")]
)
def test_what_is_neither_class_nor_concept_is_refused_as_both(named: Probe, wanted: str, message: str) -> None:
    with pytest.raises(UnitError, match=message):
        targets(wanted, "fc8", named, concepts=_concepts)
