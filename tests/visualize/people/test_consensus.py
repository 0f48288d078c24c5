"""One name of what several people say."""

from __future__ import annotations

import itertools

import pytest

from visualize.people.consensus import Opinion, PeopleName, consensus


def _of(*words: str, kind: str = "object") -> PeopleName | None:
    return consensus([Opinion(word=word, kind=kind if word else "") for word in words])


def test_the_word_that_most_give_wins_however_it_is_written() -> None:
    for order in itertools.permutations(["Lamps", "lamp", "the lamp", "sun", "sun"]):
        name = _of(*order)
        assert name is not None
        assert (name.word, name.agreeing, name.people) == ("Lamps", 3, 5)


def test_of_equally_many_the_word_most_like_the_others_wins() -> None:
    name = _of("sun", "street lamp", "street lamps light")
    assert name is not None
    assert name.word == "street lamp"


@pytest.mark.parametrize("words", [(), ("",), ("lamp", ""), ("", "", "lamp"), ("...", "!")])
def test_where_no_more_people_name_it_than_see_nothing_there_is_no_name(words: tuple[str, ...]) -> None:
    assert _of(*words) is None


def test_the_kind_is_that_of_those_who_gave_the_word_and_precision_that_of_all_who_gave_one() -> None:
    name = consensus(
        [
            Opinion(word="lamp", kind="object", precision=1.0),
            Opinion(word="lamp", kind="object", precision=0.5),
            Opinion(word="light", kind="scene", precision=0.0),
            Opinion(word=""),
        ]
    )
    assert name == PeopleName(word="lamp", kind="object", agreeing=2, people=4, precision=0.5)
    assert name.told == "lamp (object, 2 of 4 people)"
