"""Answers of a network's layers to changed pictures: several pictures in a run, or one where that does not work."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch

from visualize.methods.network.layout.occlusion import answers, changed

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from collections.abc import Set as AbstractSet

    from torch import Tensor

    from visualize.methods.network.layout.occlusion import Block
    from visualize.methods.network.run.hooks import Call

    Run = Callable[[Tensor, Callable[[Tensor], None]], Sequence[Call]]

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
        if not self.together:
            return self._alone(places)
        largest = max(torch.Size(call.shape).numel() for call in self.calls)
        count = max(1, min(len(places), _VALUES // max(1, largest) - 1))
        parts = []
        for first in range(0, len(places), count):
            part = self._together(places[first : first + count])
            if part is None:
                return self._alone(places)
            parts.append(part)
        return joined(parts)

    def _together(self, places: Sequence[Block]) -> Answers | None:
        """The answers to pictures that run together; None where the modules do not run as they do for one picture."""
        result: Answers = {}
        pictures = changed(self.blank, places)
        ran: list[int] = []

        def look(output: Tensor) -> None:
            place = len(ran)
            ran.append(place)
            if place in self.wanted and place < len(self.calls):
                result[place] = _compared(output, self.calls[place].shape, len(pictures))

        calls = self.run(pictures, look)
        return result if [call.module for call in calls] == [call.module for call in self.calls] else None

    def _alone(self, places: Sequence[Block]) -> Answers:
        """The answers to pictures each of which runs alone, compared with what is kept of the picture as it was."""
        kept: dict[int, Tensor] = {}
        parts: list[Answers] = []
        pictures = changed(self.blank, places)

        def keep(output: Tensor) -> None:
            place = len(ran)
            ran.append(place)
            if place in self.wanted and sum(map(torch.Tensor.numel, kept.values())) + output.numel() <= _VALUES:
                kept[place] = output.detach().clone()

        def look(output: Tensor) -> None:
            place = len(ran)
            ran.append(place)
            if place in kept:
                parts[-1][place] = _beside(kept[place], output)

        ran: list[int] = []
        self.run(pictures[:1], keep)
        for picture in pictures[1:]:
            ran.clear()
            parts.append({})
            self.run(picture[None], look)
        return joined(parts)


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


def _beside(before: Tensor, output: Tensor) -> Answer:
    """The axis of the pictures, which cannot be seen to grow, is the first one if it is 1 long, or else the second."""
    if before.shape != output.shape or 1 not in output.shape[:2]:
        return Answer(reason=VARYING)
    axis = output.shape.index(1)
    return Answer(axis, tuple(answers(torch.cat([before, output], axis), axis)))


def rows_for_each(count: int) -> str:
    """The reason that an output has no map whose pictures share an axis with something else."""
    return f"it has {count} rows for each picture, as windows, boxes and heads have"
