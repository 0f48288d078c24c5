"""The values that label maps of one's own hold, and what names without numbers mean for them."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from visualize.data.files.label_maps import read_indices
from visualize.methods.errors import BrokenImage, InputError
from visualize.methods.phrases import counted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from visualize.data.layouts.masks.name_tables import NameTable
    from visualize.methods.progress import Progress

BORDER = 255  # no label, unless it has a name
_SAMPLE = 24  # label maps that are looked at in any case, spread over the set
_AT_ONCE = 32
_EARLY = 256
_FEW = 1 << 20  # values that are counted rather than sorted


@dataclass
class Values:
    """Values that the label maps of a set hold, as far as these were looked at.

    Args:
        seen: the values.
        maps: how many maps were looked at.
        whole: whether these were all.
        fault: the last map that could not be read.
    """

    seen: set[int] = field(default_factory=set)
    maps: int = 0
    whole: bool = False
    fault: BrokenImage | None = None

    @property
    def listed(self) -> str:
        """The values in words, such as "0 to 4 and 255"."""
        runs: list[list[int]] = []
        for value in sorted(self.seen):
            if runs and value == runs[-1][-1] + 1:
                runs[-1].append(value)
            else:
                runs.append([value])
        words = [f"{run[0]} to {run[-1]}" if len(run) > 2 else " and ".join(map(str, run)) for run in runs]
        shown = words[:6] + ["more"] * (len(words) > 6)
        return " and ".join(filter(None, [", ".join(shown[:-1]), shown[-1]])) if shown else "nothing"


def look(paths: Sequence[Path], enough: Callable[[Values], bool], progress: Progress) -> Values:
    """Look at the values of some label maps spread over a set, then at the others until enough is known.

    Args:
        paths: the label maps.
        enough: whether what was seen suffices.
        progress: told how many of the maps were looked at.
    """
    step = max(1, len(paths) // _SAMPLE)
    first = list(paths[::step][:_SAMPLE])
    kept = set(first)
    values = Values()
    for chunk in (first, *_chunks([path for path in paths if path not in kept])):
        if values.maps and enough(values):
            return values
        with ThreadPoolExecutor(min(8, os.cpu_count() or 1)) as pool:
            for result in pool.map(_of_map, chunk):
                values.maps += 1
                if isinstance(result, BrokenImage):
                    values.fault = result
                else:
                    values.seen |= result
                progress(values.maps, len(paths))
    values.whole = True
    return values


def suffices(table: NameTable, values: Values, void: Sequence[int] = ()) -> bool:
    """Whether enough label maps were looked at to know what names mean, and that something is labelled.

    A list that begins with "background" counts from 0 where that is met early; were a later map to hold a value beyond
    it, that map would be refused.

    Args:
        table: the names.
        values: of the maps so far.
        void: values that are said to be no label, which says where a list begins.
    """
    if void and not table.numbered:
        return bool(values.seen - {*void})
    if table.numbered:
        return any(item.value in values.seen for item in table.names if not item.void)
    count = len(table.names)
    begun = table.names[0].void and values.maps >= _EARLY and 0 in values.seen and bool(values.seen - {0, BORDER})
    return count in values.seen or begun


def first_value(table: NameTable, values: Values, void: Sequence[int] = ()) -> int:
    """The value of the first name of a list without numbers: 1, or 0.

    Args:
        table: the list.
        values: of all label maps; or of some, if they hold what only one reading has a name for.
        void: values that are said to be no label: the list begins with 1 if 0 is among them, and else with 0.

    Raises:
        InputError: both readings are possible; the message shows both, and the form to write.
    """
    if void:
        return int(0 in void)
    count, background = len(table.names), table.names[0].void
    labels = values.seen - ({BORDER} if count < BORDER else set())
    if max(labels, default=0) >= count:
        return 1  # the last name's value; what lies beyond is refused where it is met
    if background and 0 in labels and max(labels):
        return 0
    names = [item.name for item in table.names]
    sample = min((value for value in labels if value), default=0)
    readings = [
        f"value {sample} is {_called(names, sample - start)!r} if the first name has value {start}" for start in (1, 0)
    ]
    ignored = f" ({BORDER} is no label unless it is named)" if BORDER in values.seen else ""
    raise table.wrong(
        f" names {counted(count, 'thing')} without numbers, and masks hold {values.listed}"
        f"{ignored}, which can be read in two ways: {' and '.join(readings)}; write each value before its name, as in "
        f"'1 {names[0]}' or '0 {names[0]}'"
        + (f", or '{BORDER} {names[0]}'" if BORDER in values.seen and not labels - {0} else "")
        + ", or say which values are no label (--void 0, or --void 255)"
    )


def _called(names: Sequence[str], place: int) -> str:
    return names[place] if 0 <= place < len(names) else "no label"


def require_named(table: NameTable, named: set[int], values: Values) -> None:
    """Refuse names of values that no label map holds, with which nothing could be measured.

    Raises:
        InputError: no label map can be read, or none holds a value that has a name.
    """
    if values.seen & named:
        return
    if values.fault is not None and not values.seen:
        raise InputError(f"none of the {values.maps} masks can be read; the last: {values.fault}")
    border = f"; {BORDER} is no label unless it is named, as in '{BORDER} thing'" if BORDER in values.seen else ""
    raise table.wrong(f" names {_numbers(named)}, and masks hold {values.listed} alone, so nothing is labelled{border}")


def _numbers(named: set[int]) -> str:
    shown = ", ".join(map(str, sorted(named)[:5]))
    return f"{shown} ..." if len(named) > 5 else shown or "no value"


def _chunks(paths: Sequence[Path]) -> Iterator[Sequence[Path]]:
    for start in range(0, len(paths), _AT_ONCE):
        yield paths[start : start + _AT_ONCE]


def _of_map(path: Path) -> set[int] | BrokenImage:
    try:
        values = read_indices(path, path.name)
    except BrokenImage as fault:
        return fault
    return set(
        np.flatnonzero(np.bincount(values.ravel())).tolist() if values.max() < 1 << 20 else np.unique(values).tolist()
    )
