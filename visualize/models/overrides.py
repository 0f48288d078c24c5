"""Facts of a network that its user states, in place of those in the catalogue or in the function that makes it.

Nothing here needs torch.
"""

from __future__ import annotations

import math
import re
import warnings
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, TypedDict

from visualize.methods.errors import InputError, InputWarning, suggest
from visualize.methods.network.preprocessing import Preparation
from visualize.models.class_table import ClassTable, class_table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    Order = Literal["RGB", "BGR", "L"]
    Classes = str | Path | Sequence[str] | Mapping[int, str]

_ORDERS: dict[str, Order] = {"rgb": "RGB", "bgr": "BGR", "grey": "L", "gray": "L", "l": "L"}
_MOST_SIDE = 1 << 14  # pixels; a longer side is a slip of the finger
_SIZE = re.compile(r"\s*(\d+)\s*(?:[xX×,]\s*(\d+)\s*)?")  # noqa: RUF001 (people write it so)
_WHITE = 255.0


class Stated(TypedDict, total=False):
    """Keywords by which a user states facts of a network; :func:`overrides` explains them."""

    size: int | str | Sequence[int] | None
    mean: float | str | Sequence[float] | None
    std: float | str | Sequence[float] | None
    order: str | None
    prepare: Preparation | None
    classes: Classes | None


@dataclass(frozen=True, kw_only=True)
class Overrides:
    """Facts of a network that its user states; None is what the catalogue or the user's function says.

    Args:
        prepare: the whole preparation, which the others change further.
        size: (height, width) of the network's input, pixels.
        mean: one value for each channel, or one for all, in 0..``maximum``.
        std: likewise.
        maximum: the value of white that mean and std are stated for: 1 or 255.
        order: of the network's channels.
        classes: names of its output's units.

    Example:
        >>> from visualize.methods import Preparation
        >>> from visualize.models.overrides import overrides
        >>> overrides(size=32, mean=0.5, std=0.25).applied(Preparation())
        Preparation(size=(32, 32), resize=None, order='RGB', mean=(0.5, 0.5, 0.5), std=(0.25, 0.25, 0.25), maximum=1.0)
    """

    prepare: Preparation | None = None
    size: tuple[int, int] | None = None
    mean: tuple[float, ...] | None = None
    std: tuple[float, ...] | None = None
    maximum: float = 1.0
    order: Order | None = None
    classes: ClassTable | None = None

    @property
    def changes_input(self) -> bool:
        """Whether anything is stated of the way in which pictures are prepared."""
        return any(item is not None for item in (self.prepare, self.size, self.mean, self.std, self.order))

    def applied(self, known: Preparation) -> Preparation:
        """A preparation with what is stated in place of what was known.

        A new size changes nothing else: the same part of a picture is seen, so that ``resize`` goes with it. A new
        order takes the known mean and std of each colour along.

        Args:
            known: of the catalogue or the user's function.

        Raises:
            InputError: there are more or fewer values than channels.
        """
        known = self.prepare or known
        if self.size is not None and self.size != known.size:
            known = replace(known, size=self.size, resize=_resize(known, self.size))
        order = self.order or known.order
        mean, std = self._mean_and_std(known, order)
        white = self.maximum if self.mean is not None and self.std is not None else known.maximum
        return replace(known, order=order, mean=mean, std=std, maximum=white)

    def _mean_and_std(self, known: Preparation, order: Order) -> tuple[tuple[float, ...], tuple[float, ...]]:
        values = []
        both = self.mean is not None and self.std is not None
        for name, stated, before in (("mean", self.mean, known.mean), ("std", self.std, known.std)):
            if stated is not None:
                scale = 1.0 if both else known.maximum / self.maximum
                values.append(_for_channels(name, tuple(value * scale for value in stated), order))
            elif len(order) != len(known.order):
                raise InputError(
                    f"another number of channels ({_words(order)}) needs the mean and the std of each channel, as "
                    f"--mean 0.5 --std 0.5 (mean= and std= in Python)"
                )
            else:
                values.append(before if order == known.order else before[::-1])
        return values[0], values[1]


NOTHING = Overrides()
"""Statement of nothing."""


def overrides(
    *,
    size: int | str | Sequence[int] | None = None,
    mean: float | str | Sequence[float] | None = None,
    std: float | str | Sequence[float] | None = None,
    order: str | None = None,
    prepare: Preparation | None = None,
    classes: Classes | None = None,
) -> Overrides:
    """Facts of a network as a user types them.

    Args:
        size: of its input, pixels: 32, (height, width) or ``"96x160"``.
        mean: one number, or one for each channel in the network's order, also as ``"0.5,0.5,0.5"``. In 0..1, as white
            is 1; of values that can only be of 0..255 this is understood, and said in an
            :class:`~visualize.methods.errors.InputWarning`.
        std: what the difference to the mean is divided by; likewise.
        order: ``"rgb"``, ``"bgr"`` or ``"grey"``.
        prepare: a whole preparation, which the others change further.
        classes: names of its classes: a list in the order of its outputs, a dictionary by number, or the path of a
            file, as :func:`~visualize.models.class_table.class_table` reads it.

    Raises:
        InputError: one of them cannot be.
    """
    if prepare is not None and not isinstance(prepare, Preparation):
        raise InputError(f"prepare is a visualize.methods.Preparation, not a {type(prepare).__name__}")
    means = None if mean is None else _values("mean", mean)
    deviations = None if std is None else _values("std", std)
    return Overrides(
        prepare=prepare,
        size=None if size is None else _size(size),
        mean=means,
        std=deviations,
        maximum=_white(means, deviations),
        order=None if order is None else _order(order),
        classes=None if classes is None else class_table(classes),
    )


def gathered(asked: Mapping[str, Any]) -> dict[str, Any]:
    """Keywords of a call, with the facts of a network among them put together under ``stated``.

    Args:
        asked: the keywords, by which facts are given one by one, or together as ``stated``.

    Example:
        >>> gathered({"size": 32, "mean": 0.5, "seed": 1})
        {'seed': 1, 'stated': {'size': 32, 'mean': 0.5}}
    """
    facts = {name: value for name, value in asked.items() if name in Stated.__annotations__}
    rest = {name: value for name, value in asked.items() if name not in facts}
    return rest | {"stated": {**rest.get("stated", {}), **facts}}


def preparation_notes(stated: Stated, used: Preparation) -> tuple[str, ...]:
    """Sentence on how pictures were prepared, where their preparation is stated; else none.

    Args:
        stated: what the user states of the network.
        used: the preparation that came of it.
    """
    if all(value is None for name, value in stated.items() if name != "classes"):
        return ()
    first = f" (of pictures scaled to {_sides(used.resize)})" if used.resize not in {None, used.size[0]} else ""
    mean, std = (", ".join(f"{value:.4g}" for value in values) for values in (used.mean, used.std))
    white = f", white {used.maximum:g}" if used.maximum != 1 else ""
    words = f"{_sides(used.size)}{first}, {_words(used.order)}, mean {mean}, std {std}{white}"
    return (f"pictures prepared as stated: {words}",)


def as_options(wanted: Preparation, known: Preparation) -> list[str]:
    """Words of a command line that make one preparation of another, but for ``resize``; none where they are equal.

    Args:
        wanted: what they lead to.
        known: what is known of the model.
    """
    words = ["--size", f"{wanted.size[0]}x{wanted.size[1]}"] if wanted.size != known.size else []
    if wanted.order != known.order:
        words += ["--order", _words(wanted.order).lower()]
    values = [(item.order, item.mean, item.std, item.maximum) for item in (wanted, known)]
    if values[0] != values[1]:
        white = 1 if max(*wanted.mean, *wanted.std) > 1 else wanted.maximum  # by which they are read again
        mean, std = (tuple(value / white for value in each) for each in (wanted.mean, wanted.std))
        words += ["--mean", _listed(mean), "--std", _listed(std)]
    return words


def _size(given: int | str | Sequence[int]) -> tuple[int, int]:
    if isinstance(given, str):
        match = _SIZE.fullmatch(given)
        sides = [] if match is None else [int(side) for side in match.groups() if side is not None]
    else:
        several = list(given) if hasattr(given, "__iter__") else [given]
        sides = [int(side) for side in several if _is_whole(side)] if len(several) <= 2 else []
        sides = sides if len(sides) == len(several) else []
    if not sides or not all(1 <= side <= _MOST_SIDE for side in sides):
        raise InputError(
            f"the size of the input is {_shown(given)}; write its side in pixels, as 32, or HEIGHTxWIDTH, as 96x160 "
            f"(in Python 32 or (96, 160)), from 1 to {_MOST_SIDE}"
        )
    return sides[0], sides[-1]


def _is_whole(value: object) -> bool:
    return hasattr(value, "__index__") and not isinstance(value, bool)


def _values(name: str, given: float | str | Sequence[float]) -> tuple[float, ...]:
    """Mean or std as numbers, none of which is outside its range."""
    items = given.split(",") if isinstance(given, str) else list(given) if hasattr(given, "__iter__") else [given]
    try:
        values = tuple(float(item) for item in items)
    except (TypeError, ValueError):
        values = ()
    if not values or not all(map(math.isfinite, values)):
        raise InputError(
            f"the {name} is {_shown(given)}; give one number, or one for each channel, in 0..1, as 0.5 or 0.5,0.4,0.3"
        )
    if name == "std" and min(values) <= 0:
        raise InputError(f"the std is {_shown(given)}; values are divided by it, so that it lies above 0 (1 for none)")
    if not 0 <= min(values) <= max(values) <= _WHITE:
        raise InputError(f"the {name} is {_shown(given)}; it lies in 0..1 (or in 0..255, if white is 255)")
    return values


def _white(mean: tuple[float, ...] | None, std: tuple[float, ...] | None) -> float:
    """The value of white that mean and std are stated for.

    Raises:
        InputError: one of them can only be for 255, and the other for 1.
    """
    large = [name for name, values in (("mean", mean), ("std", std)) if values and max(values) > 1]
    if not large:
        return 1.0
    if large == ["mean"] and std is not None and min(std) < 1:
        raise InputError(f"the mean {_listed(mean)} is in 0..255 and the std {_listed(std)} in 0..1; give both in 0..1")
    both = " and ".join(f"{name} {_listed(values)}" for name, values in (("mean", mean), ("std", std)) if values)
    warnings.warn(f"{both}: taken for values in 0..255, where white is 255", InputWarning, stacklevel=4)
    return _WHITE


def _order(given: str) -> Order:
    order = _ORDERS.get(str(given).strip().lower())
    if order is None:
        raise InputError(
            f"the order of channels is rgb, bgr or grey, not {_shown(given)}{suggest(str(given), _ORDERS)}"
        )
    return order


def _resize(known: Preparation, size: tuple[int, int]) -> int | tuple[int, int] | None:
    """The size before the crop, in the proportion that it had to the crop."""
    if known.resize is None:
        return None
    if isinstance(known.resize, int):
        return max(min(size), round(known.resize * min(size) / min(known.size)))
    tall, wide = (
        max(side, round(whole * side / cropped))
        for whole, side, cropped in zip(known.resize, size, known.size, strict=True)
    )
    return tall, wide


def _for_channels(name: str, values: tuple[float, ...], order: Order) -> tuple[float, ...]:
    """One value for each channel."""
    channels = len(order)
    if len(values) not in {1, channels}:
        wanted = "1" if channels == 1 else f"{channels}, or one for all"
        raise InputError(
            f"the {name} has {len(values)} values, and the network takes {channels} "
            f"channel{'s' if channels > 1 else ''} ({_words(order)}); give {wanted}"
        )
    return values if len(values) == channels else values * channels


def _sides(size: int | tuple[int, int] | None) -> str:
    return " x ".join(map(str, size)) if isinstance(size, tuple) else str(size)


def _words(order: Order) -> str:
    return {"L": "grey"}.get(order, order)


def _listed(values: tuple[float, ...] | None) -> str:
    return ",".join(f"{value:.12g}" for value in values or ())


def _shown(given: object) -> str:
    return repr(given)[:60]
