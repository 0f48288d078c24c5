"""Answers of a network's layers to changed pictures: several pictures in a run, or one where that does not work."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import torch

from visualize.methods.network.axes import as_maps
from visualize.methods.network.layout.bands import banded, energies
from visualize.methods.network.layout.occlusion import answers, changed
from visualize.methods.network.tensor_version import tensor_version

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from torch import Tensor

    from visualize.methods.network.axes import Axes
    from visualize.methods.network.layout.occlusion import Block
    from visualize.methods.network.run.hooks import Call

    Run = Callable[[Tensor, Callable[[Tensor], None]], Sequence[Call]]

T = TypeVar("T")

_VALUES = 1 << 26  # that one output of a run may have, and that are kept of a picture as it was

LATE = "the network takes too long to find its places within ten seconds of processor time"
MISSING = "it does not run, or not in the same way, when other pictures are shown"
SHARED = "it is the same for any number of pictures"
VARYING = "its shape depends on what the pictures show"


@dataclass(frozen=True)
class Answer:
    """How a layer answers to changes of single blocks.

    Args:
        batch: the axis of its output that counts pictures; -1 where there is none.
        values: for each other axis M x length, as :func:`~visualize.methods.network.layout.occlusion.answers` gives
            them.
        reason: why there are none, as the end of a sentence.
    """

    batch: int = -1
    values: tuple[Tensor, ...] = ()
    reason: str = ""

    def joined(self, later: Answer) -> Answer:
        """These answers with those to more pictures."""
        if self.batch != later.batch:
            return Answer(reason=self.reason or later.reason or VARYING)
        pairs = zip(self.values, later.values, strict=True)
        return Answer(self.batch, tuple(torch.cat(pair) for pair in pairs), self.reason)


Answers = dict[int, Answer]
"""Place of a run among the runs of modules -> its answer."""


@dataclass(frozen=True)
class Inquiry:
    """A network, and the layers that are asked.

    Args:
        run: runs it on pictures, shows the output of each module's run, and lists these.
        blank: one input, 1 x C x H x W.
        calls: the runs of its modules on that.
        wanted: places of those runs that are asked.
        together: several pictures may run at once.
    """

    run: Run
    blank: Tensor
    calls: Sequence[Call]
    wanted: AbstractSet[int]
    together: bool = True

    def ask(self, places: Sequence[Block]) -> Answers:
        """The answers to changes of some blocks, in as few runs as memory allows."""

        def compared(place: int, outputs: Tensor, count: int) -> Answer:
            return _compared(outputs, self.calls[place].shape, count)

        return joined(self._asked(changed(self.blank, places), self.wanted, compared, _beside, self._shape))

    def banded(self, axes: Mapping[int, Axes], count: int, seed: int) -> dict[int, Tensor]:
        """How much bands of a picture change maps, 2 count x units x rows x columns of a coarse grid.

        Args:
            axes: of the outputs whose maps are looked at.
            count: bands along each axis.
            seed: of the pictures.

        Returns:
            Of each output that has a map of every picture.
        """
        size = (self.blank.shape[2], self.blank.shape[3])

        def compared(place: int, outputs: Tensor, pictures: int) -> Tensor | None:
            maps = as_maps(outputs, axes[place], size)
            return None if maps is None or len(maps) != pictures else energies(maps, count)

        def beside(before: Tensor, output: Tensor, place: int) -> Tensor | None:
            if before.shape != output.shape:
                return None
            return compared(place, torch.cat([before, output], axes[place].order.index("N")), 2)

        parts = self._asked(banded(self.blank, count, seed), axes.keys(), compared, beside, axes.__getitem__)
        result: dict[int, Tensor] = {}
        for place in parts[0]:
            seen = [energy for part in parts if (energy := part.get(place)) is not None]
            if len(seen) == len(parts):
                result[place] = torch.cat(seen) if len(seen) > 1 else seen[0]
        return result

    def _shape(self, place: int) -> tuple[int, ...]:
        return self.calls[place].shape

    def _asked(
        self,
        pictures: Tensor,
        wanted: AbstractSet[int],
        compared: Callable[[int, Tensor, int], T],
        beside: Callable[[Tensor, Tensor, int], T],
        key: Callable[[int], object],
    ) -> list[dict[int, T]]:
        """Outputs to pictures, compared with the output to the first one: part by part, place by place.

        Args:
            pictures: the first one, and those that are compared with it.
            wanted: places that are asked.
            compared: compares pictures that ran together.
            beside: compares two that ran alone.
            key: what the comparison depends on beside the output, by the place.
        """
        if self.together:
            largest = max(torch.Size(call.shape).numel() for call in self.calls)
            count = max(1, min(len(pictures) - 1, _VALUES // max(1, largest) - 1))
            parts = []
            for first in range(1, len(pictures), count):
                shown = torch.cat([pictures[:1], pictures[first : first + count]])
                part = self._together(shown, wanted, compared, key)
                if part is None:
                    break
                parts.append(part)
            else:
                return parts
        return self._alone(pictures, wanted, beside)

    def _together(
        self,
        pictures: Tensor,
        wanted: AbstractSet[int],
        compared: Callable[[int, Tensor, int], T],
        key: Callable[[int], object],
    ) -> dict[int, T] | None:
        """The results of pictures that run together; None where the modules do not run as they do for one picture."""
        result: dict[int, T] = {}
        ran: list[int] = []
        before: list[_Seen] = []

        def look(output: Tensor) -> None:
            place = len(ran)
            ran.append(place)
            if place not in wanted or place >= len(self.calls):
                return
            if before and before[-1].same(output) and key(before[-1].place) == key(place):
                result[place] = result[before[-1].place]  # as a dropout gives that is off
            else:
                result[place] = compared(place, output, len(pictures))
                before[:] = [_Seen(place, output, tensor_version(output))]

        calls = self.run(pictures, look)
        return result if [call.module for call in calls] == [call.module for call in self.calls] else None

    def _alone(
        self, pictures: Tensor, wanted: AbstractSet[int], beside: Callable[[Tensor, Tensor, int], T]
    ) -> list[dict[int, T]]:
        """The results of pictures each of which runs alone, compared with what is kept of the first one."""
        kept: dict[int, Tensor] = {}
        parts: list[dict[int, T]] = []

        def keep(output: Tensor) -> None:
            place = len(ran)
            ran.append(place)
            if place in wanted and sum(map(torch.Tensor.numel, kept.values())) + output.numel() <= _VALUES:
                kept[place] = output.detach().clone()

        def look(output: Tensor) -> None:
            place = len(ran)
            ran.append(place)
            if place in kept:
                parts[-1][place] = beside(kept[place], output, place)

        ran: list[int] = []
        self.run(pictures[:1], keep)
        for picture in pictures[1:]:
            ran.clear()
            parts.append({})
            self.run(picture[None], look)
        return parts


@dataclass(frozen=True)
class _Seen:
    """An output that was compared.

    Args:
        place: of its run.
        output: itself, so that nothing else comes to lie in its memory.
        version: how often torch had counted a change of it.
    """

    place: int
    output: Tensor
    version: int

    def same(self, other: Tensor) -> bool:
        """Whether another output is the very same numbers."""
        own = self.output
        where = (own.data_ptr(), own.shape, own.stride(), own.dtype)
        there = (other.data_ptr(), other.shape, other.stride(), other.dtype)
        return where == there and self.version == tensor_version(other)


def joined(parts: Sequence[Answers]) -> Answers:
    """Answers to some pictures and to others, of the layers that ran each time."""
    result = dict(parts[0])
    for part in parts[1:]:
        result = {place: answer.joined(part[place]) for place, answer in result.items() if place in part}
    return result


def _compared(output: Tensor, shape: tuple[int, ...], count: int) -> Answer:
    """The axis of the pictures is the one that has grown with their number."""
    if output.dim() != len(shape):
        return Answer(reason=VARYING)
    grown = [axis for axis, length in enumerate(shape) if output.shape[axis] != length]
    if not grown:
        return Answer(reason=SHARED)
    if len(grown) > 1 or output.shape[grown[0]] != count * shape[grown[0]]:
        return Answer(reason=VARYING)
    if shape[grown[0]] != 1:
        return Answer(reason=rows_for_each(shape[grown[0]]))
    return Answer(grown[0], tuple(answers(output, grown[0])))


def _beside(before: Tensor, output: Tensor, _: int) -> Answer:
    """The axis of the pictures, which cannot be seen to grow, is the first one if it is 1 long, or else the second."""
    if before.shape != output.shape or 1 not in output.shape[:2]:
        return Answer(reason=VARYING)
    axis = output.shape.index(1)
    return Answer(axis, tuple(answers(torch.cat([before, output], axis), axis)))


def rows_for_each(count: int) -> str:
    """The reason that an output has no map whose pictures share an axis with something else."""
    return f"it has {count} rows for each picture, as windows, boxes and heads have"
