"""Questions: which pictures of other units are mixed in, and in which order people are asked."""

from __future__ import annotations

import pytest

from visualize.annotation.questions import MOST_PICTURES, Mixing, Questions, Subject
from visualize.annotation.records import Shown
from visualize.methods.errors import InputError


def subjects(units: int = 40, pictures: int = 8, label: str = "") -> tuple[Subject, ...]:
    return tuple(
        Subject(
            layer="net", unit=unit, label=label or f"concept {unit % 7}",
            pictures=tuple(Shown(f"{unit}-{place}.webp", unit, 8 * unit + place) for place in range(pictures)),
        )
        for unit in range(units)
    )  # fmt: skip


def test_the_share_of_decoys_is_the_one_that_was_asked_for_on_average() -> None:
    for share in (0.1, 0.2, 0.4):
        questions = Questions(subjects(400), Mixing(share)).ordered("Ada")
        shown = sum(len(question.shown) for question in questions)
        decoys = sum(item.unit != question.unit for question in questions for item in question.shown)
        assert decoys / shown == pytest.approx(share, abs=0.015)


def test_a_page_shows_all_pictures_of_its_unit_and_decoys_of_units_with_other_names() -> None:
    known = {item.unit: item for item in subjects()}
    for question in Questions(subjects(), Mixing(0.3, seed=2)).ordered("Ada"):
        own = [item for item in question.shown if item.unit == question.unit]
        others = [item for item in question.shown if item.unit != question.unit]
        assert set(own) == set(known[question.unit].pictures)
        assert len(own) == 8
        assert len({item.unit for item in others}) == len(others)
        assert all(known[item.unit].label != known[question.unit].label for item in others)


def test_decoys_stand_anywhere_on_the_page() -> None:
    questions = Questions(subjects(200), Mixing(0.2)).ordered("Ada")
    places = {place for item in questions for place, shown in enumerate(item.shown) if shown.unit != item.unit}
    assert places == set(range(max(len(item.shown) for item in questions)))


def test_a_picture_that_the_unit_shows_itself_is_no_decoy() -> None:
    same = tuple(
        Subject(layer="net", unit=unit, pictures=tuple(Shown(f"{unit}-{place}", unit, place) for place in range(4)))
        for unit in range(5)
    )
    assert all(len(item.shown) == 4 for item in Questions(same, Mixing(0.5)).ordered("Ada"))


def test_where_all_units_have_one_name_none_is_mixed_in() -> None:
    for item in Questions(subjects(label="sky"), Mixing(0.5)).ordered("Ada"):
        assert {shown.unit for shown in item.shown} == {item.unit}


def test_no_page_has_more_pictures_than_keys_reach() -> None:
    assert all(
        len(item.shown) <= MOST_PICTURES for item in Questions(subjects(pictures=18), Mixing(0.5)).ordered("Ada")
    )


def test_everyone_has_an_order_of_their_own_and_all_see_the_same_pages() -> None:
    questions = Questions(subjects(), Mixing(seed=5))
    ada, bo = questions.ordered("Ada"), questions.ordered("Bo")
    assert ada != bo
    assert sorted(ada, key=lambda item: item.unit) == sorted(bo, key=lambda item: item.unit)
    assert ada == Questions(subjects(), Mixing(seed=5)).ordered("ADA")
    assert ada != Questions(subjects(), Mixing(seed=6)).ordered("Ada")


def test_an_order_stays_when_units_are_left_out() -> None:
    few = Questions(subjects(20), Mixing(0)).ordered("Ada")
    many = Questions(subjects(40), Mixing(0)).ordered("Ada")
    assert few == [item for item in many if item.unit < 20]


def test_a_page_does_not_depend_on_which_units_are_asked_about() -> None:
    everything = Questions(subjects(), Mixing(0.4))
    few = Questions(subjects()[:3], Mixing(0.4), subjects())
    assert few.asked == everything.asked[:3]
    assert len({question.page for question in everything.asked}) == 40
    assert [question.page for question in few.asked] == [question.page for question in everything.asked[:3]]


@pytest.mark.parametrize("share", [-0.1, 0.6, float("nan")])
def test_a_share_that_cannot_be_is_refused(share: float) -> None:
    with pytest.raises(InputError, match=r"give 0 to 0\.5"):
        Mixing(share)
