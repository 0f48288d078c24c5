"""Settings: what is read off a field, what is refused, and in which words."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from visualize.methods import InputError
from visualize.methods.registry import table
from visualize.methods.settings import Described, Setting, check, setting, settings


@dataclass(frozen=True, kw_only=True)
class Blur:
    """Blurs.

    Raises:
        InputError: a wrong setting.
    """

    width: int = setting(3, least=1, most=9, unit="PIXELS", help="Width of the blur.")
    strength: float = setting(0.5, above=0, below=1)
    limit: float | None = setting(None, least=0, by_default="none", flag="--up-to")
    way: Literal["mean", "median"] = setting("mean")
    layers: tuple[str, ...] = setting(())
    size: tuple[int, int] | Literal["own"] = setting("own")
    wrap: bool = setting(False)
    words: str = setting("a")
    inner: Setting = setting(factory=Setting)
    seed: int = setting(0)


def _named(name: str) -> Described:
    return next(item for item in settings(Blur) if item.name == name)


def test_the_kind_of_a_setting_is_read_off_its_annotation() -> None:
    kinds = {item.name: (item.kind, item.choices, item.optional) for item in settings(Blur)}
    assert kinds == {
        "width": (int, (), False),
        "strength": (float, (), False),
        "limit": (float, (), True),
        "way": (str, ("mean", "median"), False),
        "layers": (tuple, (), False),
        "size": ("size", ("own",), False),
        "wrap": (bool, (), False),
        "words": (str, (), False),
        "inner": (None, (), False),
    }


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"width": 0}, "width is from 1 to 9, not 0"),
        ({"width": 10}, "width is from 1 to 9, not 10"),
        ({"width": 2.5}, "width is a whole number, from 1 to 9, not 2.5"),
        ({"width": True}, "width is a whole number, from 1 to 9, not True"),
        ({"width": None}, "width is a whole number, from 1 to 9, not None"),
        ({"strength": 1}, "strength is between 0 and 1, not 1"),
        ({"strength": math.nan}, "strength is between 0 and 1, not nan"),
        ({"limit": -1.0}, r"limit \(--up-to\) is 0 or more, not -1.0"),
        ({"limit": math.inf}, r"limit \(--up-to\) is 0 or more, not inf"),
        ({"way": "mode"}, "way is one of mean, median, not 'mode'"),
        ({"layers": "conv1"}, "layers is a tuple of names, not 'conv1'"),
        ({"size": (0, 4)}, r"size is 'own' or \(height, width\), each 1 or more, not \(0, 4\)"),
        ({"wrap": 1}, "wrap is True or False, not 1"),
        ({"words": 3}, "words is text, not 3"),
    ],
)
def test_a_wrong_value_is_said_in_one_line(wrong: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=f"^{message}$"):
        check(Blur(**wrong))


def test_right_values_pass_whatever_number_type_they_have() -> None:
    check(Blur(width=np.int64(9), strength=np.float32(0.25), limit=0, size=(4, 3), layers=["conv1"], way="median"))  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", [Blur, *table().values()], ids=lambda kind: kind.__name__)
def test_what_a_setting_calls_wrong_is_wrong_and_its_default_is_right(kind: type) -> None:
    for item in settings(kind):
        assert item.fault(item.value) is None
        for wrong in item.wrong():
            assert item.fault(wrong) is not None, (item.name, wrong)


@given(st.floats(allow_nan=True) | st.integers())
def test_a_number_fits_exactly_when_it_is_finite_and_within_its_bounds(value: float) -> None:
    assert Setting(least=-2, below=3).holds(value) == (-2 <= value < 3)
    assert Setting(above=-2, most=3).holds(value) == (-2 < value <= 3)
    assert Setting().holds(value) == math.isfinite(value)


@pytest.mark.parametrize(
    ("bounds", "words"),
    [
        ({}, ""),
        ({"least": 1}, "1 or more"),
        ({"above": 0}, "above 0"),
        ({"most": 2}, "2 or less"),
        ({"below": 2}, "below 2"),
        ({"least": 0, "most": 1}, "from 0 to 1"),
        ({"above": 0, "below": 1}, "between 0 and 1"),
        ({"least": 0, "below": 1}, "from 0 to below 1"),
        ({"above": 0, "most": 1}, "from above 0 to 1"),
    ],
)
def test_bounds_have_words(bounds: dict[str, float], words: str) -> None:
    assert Setting(**bounds).range == words  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "size"), [("224", (224, 224)), ("180x240", (180, 240)), (" 18 X 24 ", (18, 24)), ("own", "own")]
)
def test_sizes_are_height_by_width(text: str, size: object) -> None:
    assert _named("size").read(text) == size


@pytest.mark.parametrize("text", ["", "x", "12x", "a", "-3", "1x2x3", "0", "2.5", "input"])
def test_what_is_no_size_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="write own, 224 for a square, or HEIGHTxWIDTH"):
        _named("size").read(text)


def test_names_are_parted_by_commas() -> None:
    assert _named("layers").read("conv1, features.3 ,fc8,") == ("conv1", "features.3", "fc8")
    with pytest.raises(InputError, match="--layers names nothing"):
        _named("layers").read(" , ")


def test_a_plain_field_is_a_setting_without_bounds() -> None:
    @dataclass(frozen=True, kw_only=True)
    class Plain:
        count: int = 3

    (item,) = settings(Plain)
    assert (item.flag, item.default, item.kind) == ("--count", "3", int)
    check(Plain(count=-1))
    with pytest.raises(InputError, match="count is a whole number, not 'a'"):
        check(Plain(count="a"))  # type: ignore[arg-type]


def test_every_setting_of_ours_with_an_option_is_explained() -> None:
    for kind in table().values():
        for item in settings(kind):
            assert item.setting.help.endswith((".", ")")), (kind.name, item.name)
            assert dataclasses.fields(kind)
