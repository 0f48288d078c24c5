from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.kit.refusal import refusal
from visualize.intake.fields import (
    checked,
    either,
    items,
    mapping,
    maybe,
    number,
    numeral,
    one_of,
    record,
    text,
    truth,
    whole,
)
from visualize.methods.errors import InputError

if TYPE_CHECKING:
    from visualize.intake.fields import Reader

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
BOX = record(
    {"id": whole(1, 9), "box": items(number(0, 1), least=4, most=4)}, {"name": maybe(text(1, 5)), "crowd": truth}
)
READERS: tuple[Reader[Any], ...] = (
    whole(), numeral(), number(), text(), truth, maybe(text()), either(whole(), text()), one_of(("a", 1)),
    items(whole()), mapping(number()), BOX, items(BOX),
)  # fmt: skip


def test_a_good_value_comes_back_with_what_is_not_asked_for() -> None:
    content = [{"id": 3.0, "box": [0, 0.5, 1, 1], "name": None, "more": [1]}]
    (taken,) = checked(content, items(BOX), "a.json")
    assert taken == {"id": 3, "box": (0, 0.5, 1, 1), "name": None, "more": [1]}
    assert isinstance(taken["id"], int)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"id": "x"}, "boxes[1].id: expected a whole number from 1 to 9, not 'x'"),
        ({"id": True}, "boxes[1].id: expected a whole number from 1 to 9, not True"),
        ({"id": 10**400}, "boxes[1].id: expected a whole number from 1 to 9, not a number of more than 20 digits"),
        ({"id": math.inf}, "boxes[1].id: expected a whole number"),
        ({"box": [0, 0, 0]}, "boxes[1].box: expected a list of 4 items, not a list of 3 items"),
        ({"box": [0, 0, math.nan, 0]}, "boxes[1].box[2]: expected a number from 0 to 1, not nan"),
        ({"box": [0, 0, 0, [0]]}, "boxes[1].box[3]: expected a number from 0 to 1, not a list of 1 items"),
        ({"name": "a" * 100}, "boxes[1].name: expected text of 1 to 5 letters, not 'aaaa"),
        ({"name": "a\0b"}, "boxes[1].name: expected text that can be written"),
        ({"name": "\ud800"}, "boxes[1].name: expected text that can be written"),
        ({"crowd": 1}, "boxes[1].crowd: expected true or false, not 1"),
    ],
)
def test_a_wrong_value_is_named_by_its_path(change: dict[str, object], words: str) -> None:
    good = {"id": 3, "box": [0, 0.5, 1, 1]}
    with refusal(f"a.json: {words}"):
        checked({"boxes": [good, {**good, **change}]}, record({"boxes": items(BOX)}), "a.json")


def test_entries_that_are_missing_or_not_known_are_named() -> None:
    with refusal("a.json: [0]: expected an entry 'box'"):
        checked([{"id": 1}], items(BOX), "a.json")
    with refusal("a.json: expected no entry but id, not 'trust'"):
        checked({"id": 1, "trust": True}, record({"id": whole()}, closed=True), "a.json")
    with refusal("a.json: ['x']: expected a number, not 'y'"):
        checked({"x": "y"}, mapping(number()), "a.json")


def test_numerals_are_numbers_in_text() -> None:
    assert checked({"7": "sky"}, mapping(text(), keys=numeral(0, 9)), "a.json") == {7: "sky"}
    for key in ("x", "-1", "10", "9" * 400, "\u0667"):
        with refusal("expected a whole number from 0 to 9"):
            checked({key: "sky"}, mapping(text(), keys=numeral(0, 9)), "a.json")


@given(JSON)
def test_any_value_is_read_or_refused_in_one_line(content: object) -> None:
    for reader in READERS:
        message = "a.json: "
        try:
            checked(content, reader, "a.json")
        except InputError as fault:
            message = str(fault)
        assert message.startswith("a.json: ")
        assert len(message.splitlines()) == 1
