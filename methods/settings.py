"""Settings of methods, said once, on the field: what they may be, how their option is called, what they do.

From a field made by :func:`setting` come the check of its value and the message when it is wrong, the option of
``viz NAME``, the line in the method's docstring, the table in the docs, and the wrong values that
:mod:`visualize.methods.testing` tries.
"""

from __future__ import annotations

import dataclasses
import functools
import inspect
import math
import numbers
import sys
import types
import typing
import warnings
from dataclasses import dataclass, field
from typing import Any, Literal, get_args, get_origin

from visualize.methods.errors import InputError, InputWarning

if typing.TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping

SOME, SEVERAL = range(1, sys.maxsize), range(2, sys.maxsize)
"""Numbers of 1 or more, and of 2 or more, for ``only_with``."""

MOST = 100_000
"""Largest number of things, such as steps or pictures, where a setting states none: more is a slip of the finger."""

_KEY = "setting"
_DIGITS = 10  # of a number, from which on it is not read


@dataclass(frozen=True, kw_only=True)
class Setting:
    """Range of values of a method's field, and the words in which people are told of it.

    Args:
        help: what it does, in a sentence or two.
        least: the smallest value.
        above: what the value must be larger than.
        most: the largest value.
        below: what the value must be smaller than.
        flag: the option on the command line; by default the field's name with dashes.
        unit: what stands for the value in help, such as ``"PIXELS"``; by default one that suits its type.
        by_default: the default in words, where its value does not say it.
        option: whether it has an option; settings that change no result need none.
        only_with: other settings by name, and the values of them with which alone this one has an effect: words, or a
            ``range`` of numbers. Given without, it is refused on the command line, and warned of in Python.
        instead_of: options that all commands have (such as ``"layer"``) in whose place it stands.
        counted: whether a whole number counts things, such as steps, of which nobody wants more than :data:`MOST`.
    """

    help: str = ""
    least: float | None = None
    above: float | None = None
    most: float | None = None
    below: float | None = None
    flag: str = ""
    unit: str = ""
    by_default: str = ""
    option: bool = True
    only_with: Mapping[str, tuple[object, ...] | range] = field(default_factory=dict)
    instead_of: tuple[str, ...] = ()
    counted: bool = True

    @property
    def range(self) -> str:
        """The bounds in words, such as ``"1 or more"``; "" if there are none."""
        low, high = _first(self.least, self.above), _first(self.most, self.below)
        if self.above is not None and self.below is not None:
            return f"between {low:g} and {high:g}"
        if low is not None and high is not None:
            above, below = "above " * (self.least is None), "below " * (self.most is None)
            return f"from {above}{low:g} to {below}{high:g}"
        if low is not None:
            return f"{low:g} or more" if self.least is not None else f"above {low:g}"
        if high is not None:
            return f"{high:g} or less" if self.most is not None else f"below {high:g}"
        return ""

    def holds(self, value: float) -> bool:
        """Whether a number is finite and within the bounds."""
        return (
            math.isfinite(value)
            and (self.least is None or value >= self.least)
            and (self.above is None or value > self.above)
            and (self.most is None or value <= self.most)
            and (self.below is None or value < self.below)
        )


def setting(default: Any = dataclasses.MISSING, *, factory: Any = dataclasses.MISSING, **what: Any) -> Any:  # noqa: ANN401 (as :func:`dataclasses.field`)
    """A field of a method's dataclass that says what it may be; see :class:`Setting` for the keywords.

    Args:
        default: its default.
        factory: makes the default, where it must not be shared.
        what: the fields of :class:`Setting`.

    Example:
        >>> from dataclasses import dataclass, field
        >>> @dataclass(frozen=True, kw_only=True)
        ... class Blur:
        ...     width: int = setting(3, least=1, unit="PIXELS", help="Width of the blur.")
        >>> check(Blur(width=0))
        Traceback (most recent call last):
        visualize.methods.errors.InputError: width is 1 or more, not 0
    """
    metadata = {_KEY: Setting(**what)}
    if factory is not dataclasses.MISSING:
        return dataclasses.field(default_factory=factory, metadata=metadata)
    return dataclasses.field(default=default, metadata=metadata)


@dataclass(frozen=True, kw_only=True)
class Described:
    """A setting of one method, with what its field's annotation says.

    Args:
        name: the field's.
        setting: what it may be.
        kind: ``int``, ``float``, ``bool`` or ``str``; ``tuple`` for names; ``"size"`` for height and width; None for
            anything else, which is not checked and has no option.
        choices: the words that it may be; of a number, instead of one.
        optional: whether it may be None.
        value: its default.
    """

    name: str
    setting: Setting
    kind: type | Literal["size"] | None
    choices: tuple[str, ...]
    optional: bool
    value: Any

    @property
    def flag(self) -> str:
        """Option on the command line."""
        return self.setting.flag or f"--{self.name.replace('_', '-')}"

    @property
    def option(self) -> bool:
        """Whether it has one."""
        return self.setting.option and self.kind is not None

    @property
    def unit(self) -> str:
        """Word that stands for its value in help."""
        usual = {int: "N", float: "NUMBER", str: "NAME" if self.choices else "TEXT", tuple: "A,B", "size": "SIZE"}
        return self.setting.unit or ("" if self.kind in {bool, None} else usual[self.kind])

    @property
    def default(self) -> str:
        """Default in words; "" says none."""
        if self.setting.by_default or self.value is None or self.value == ():
            return self.setting.by_default
        if self.kind is float:
            return f"{self.value:g}"
        return ",".join(map(str, self.value)) if isinstance(self.value, tuple) else str(self.value)

    @property
    def may_be(self) -> str:
        """Values that it may have, in words."""
        if self.kind == "size":
            return " or ".join([*self.choices, "HEIGHTxWIDTH"])
        if self.kind is int:
            return ", or ".join(filter(None, [self.setting.range, *self.choices]))
        values = ", ".join(self.choices) or self.setting.range
        return values or {bool: "yes or no", tuple: "names"}.get(self.kind, "")  # type: ignore[arg-type]

    def fault(self, value: object) -> str | None:
        """End of a sentence about a wrong value that begins with the setting's name; None if the value is right."""
        if (value is None and self.optional) or self.kind is None:
            return None
        right, wanted = _FITS[self.kind](self, value)
        if right and isinstance(value, int) and self._unbounded and value > MOST:
            return f"is {MOST:,} or less, not {value!r}"
        return None if right else f"is {wanted}, not {value!r}"

    @property
    def _unbounded(self) -> bool:
        """Whether it is a number of things, such as steps, of which its field states no largest."""
        return self.kind is int and self.setting.counted and self.setting.most is None and self.setting.below is None

    def wrong(self) -> Iterator[object]:
        """Values that it must refuse, for tests."""
        if self.kind is None:
            return
        yield {"of": "another type"}
        if not self.optional:
            yield None
        if self.kind in {int, float}:
            yield from _outside(self.setting)
            yield math.nan
            yield math.inf
            yield "many"
        if self.kind is int:
            yield 1.5
        if self.choices and self.kind is str:
            yield "no-such-choice"
        if self.kind == "size":
            yield from ((0, 4), (3,), "no-size")
        if self.kind is tuple:
            yield from (("",), (3,), "name")

    def read(self, text: object) -> object:
        """The value that an option's text means.

        Raises:
            InputError: the text has another form.
        """
        if self.kind is tuple:
            names = tuple(name.strip() for name in str(text).split(",") if name.strip())
            if not names:
                raise InputError(f"{self.flag} names nothing; write names with commas between, such as conv1,conv3")
            return names
        if self.kind is int and len(str(text)) < _DIGITS and str(text).isascii() and str(text).isdigit():
            return int(str(text))
        return _read_size(self, str(text)) if self.kind == "size" else text


def setting_of(item: dataclasses.Field[Any]) -> Setting:
    """Range and words of a dataclass's field; those of no range and no words, where :func:`setting` did not make it."""
    return item.metadata.get(_KEY, Setting())  # type: ignore[no-any-return]


def settings(kind: type) -> tuple[Described, ...]:
    """The settings of a method, in the order of its fields, those of its bases first; without the seed.

    Args:
        kind: a dataclass.
    """
    return _read(kind)


@functools.lru_cache(maxsize=256)
def _read(kind: type) -> tuple[Described, ...]:
    """Settings of a class, read once: its annotations take longer to read than a small network takes to run."""
    return tuple(_described(kind, item) for item in dataclasses.fields(kind) if item.name != "seed")


def check(method: Any) -> None:  # noqa: ANN401 (any dataclass whose fields are settings)
    """Raise an error for the first setting that is not what its field says.

    Args:
        method: an instance of a dataclass.

    Raises:
        InputError: the message names the setting, what it may be, and what it is.
    """
    for item in settings(type(method)):
        fault = item.fault(getattr(method, item.name))
        if fault is not None:
            named = item.name if item.flag == f"--{item.name.replace('_', '-')}" else f"{item.name} ({item.flag})"
            raise InputError(f"{named} {fault}")


def unused(method: Any, given: Collection[str] | None = None) -> str | None:  # noqa: ANN401 (as :func:`check`)
    """A sentence on the first setting that was given and that others leave without effect; None if there is none.

    Args:
        method: an instance of a dataclass.
        given: the names of the settings that were given; by default those that are not as usual.

    Example:
        >>> from visualize.methods import Saliency
        >>> unused(Saliency(kind="smoothgrad", samples=5))
        >>> unused(Saliency(), given=["samples"])
        'samples has an effect with kind smoothgrad alone, and kind is gradient'
    """
    described = {item.name: item for item in settings(type(method))}
    for name, item in described.items():
        asked = getattr(method, name) != item.value if given is None else name in given
        if not asked:
            continue
        for other, values in item.setting.only_with.items():
            value = getattr(method, other)
            if value not in values:
                words = f"{values[0]} or more" if isinstance(values, range) else " or ".join(map(str, values))
                return f"{name} has an effect with {other} {words} alone, and {other} is {value}"
    return None


def warn_of_unused(method: Any) -> None:  # noqa: ANN401 (as :func:`check`)
    """Warn of a setting that is not as usual and that others leave without effect.

    Args:
        method: an instance of a dataclass.
    """
    sentence = unused(method)
    if sentence is not None:
        warnings.warn(f"{type(method).__name__}: {sentence}", InputWarning, stacklevel=5)


def _first(*values: float | None) -> float | None:
    return next((value for value in values if value is not None), None)


def _described(kind: type, item: dataclasses.Field[Any]) -> Described:
    members = _members(kind, item.name)
    words = tuple(str(word) for member in members if get_origin(member) is Literal for word in get_args(member))
    plain = [member for member in members if member is not types.NoneType and get_origin(member) is not Literal]
    default = item.default_factory() if item.default_factory is not dataclasses.MISSING else item.default
    return Described(
        name=item.name,
        setting=setting_of(item),
        kind=_kind(plain, words),
        choices=words,
        optional=types.NoneType in members,
        value=default,
    )


def _kind(plain: list[Any], words: tuple[str, ...]) -> type | Literal["size"] | None:
    if not plain:
        return str if words else None
    if len(plain) > 1:
        return None
    if get_origin(plain[0]) is tuple:
        return {(int, int): "size", (str, ...): tuple}.get(get_args(plain[0]))  # type: ignore[return-value]
    return plain[0] if plain[0] in {int, float, bool, str} and (not words or plain[0] is int) else None


def _members(kind: type, name: str) -> tuple[Any, ...]:
    """Types that a field's annotation is a union of; none, where it cannot be read."""
    owner = next(base for base in kind.__mro__ if name in inspect.get_annotations(base))
    alone = type("_", (), {"__annotations__": {name: inspect.get_annotations(owner)[name]}})
    try:
        hint = typing.get_type_hints(alone, vars(sys.modules[owner.__module__]))[name]
    except (NameError, TypeError, AttributeError, KeyError):
        return ()
    return get_args(hint) if get_origin(hint) in {typing.Union, types.UnionType} else (hint,)


def _is_number(item: Described, value: object) -> tuple[bool, str]:
    whole, words = item.kind is int, "".join(f", or {word}" for word in item.choices)
    if isinstance(value, str) and value in item.choices:
        return True, ""
    right = isinstance(value, numbers.Integral if whole else numbers.Real) and not isinstance(value, bool)
    wanted = (item.setting.range or "a number") + words
    if not right and whole:
        return False, ", ".join(filter(None, ["a whole number", item.setting.range])) + words
    return right and item.setting.holds(typing.cast("float", value)), wanted


def _is_word(item: Described, value: object) -> tuple[bool, str]:
    right = isinstance(value, str) and (not item.choices or value in item.choices)
    return right, f"one of {', '.join(item.choices)}" if item.choices else "text"


def _is_switch(_: Described, value: object) -> tuple[bool, str]:
    return isinstance(value, bool), "True or False"


def _is_names(_: Described, value: object) -> tuple[bool, str]:
    listed = isinstance(value, tuple | list) and all(isinstance(name, str) and name for name in value)
    return listed, "a tuple of names"


def _is_size(item: Described, value: object) -> tuple[bool, str]:
    sides = isinstance(value, tuple | list) and len(value) == 2
    right = sides and all(isinstance(side, int) and side > 0 for side in typing.cast("tuple[Any, ...]", value))
    words = "".join(f"{word!r} or " for word in item.choices)
    return right or value in item.choices, f"{words}(height, width), each 1 or more"


_FITS: dict[Any, Callable[[Described, Any], tuple[bool, str]]] = {
    int: _is_number, float: _is_number, str: _is_word, bool: _is_switch, tuple: _is_names, "size": _is_size,
}  # fmt: skip


def _outside(bounds: Setting) -> Iterator[float]:
    """Numbers just outside of bounds."""
    if bounds.least is not None:
        yield int(bounds.least) - 1
    if bounds.above is not None:
        yield bounds.above
    if bounds.most is not None:
        yield int(bounds.most) + 1
    if bounds.below is not None:
        yield bounds.below


def _read_size(item: Described, text: str) -> tuple[int, int] | str:
    if text in item.choices:
        return text
    sides = [side.strip() for side in text.lower().split("x")]
    if len(sides) > 2 or not all(side.isdecimal() and int(side) for side in sides):
        words = "".join(f"{word}, " for word in item.choices)
        raise InputError(
            f"{item.flag} {text} is no size; write {words}224 for a square, or HEIGHTxWIDTH such as 180x240"
        )
    return int(sides[0]), int(sides[-1])
