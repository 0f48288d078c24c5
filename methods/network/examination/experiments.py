"""Experiments with a network, before anything is measured: a few runs of two or three pictures."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

import torch

from visualize.methods.network.examination.examination import Examination, Scale
from visualize.methods.network.examination.inputs import refusal
from visualize.methods.network.examination.memory import attributes, grown, outside, replaced, written
from visualize.methods.network.examination.output import made, output_of, scale_of
from visualize.methods.network.examination.passes import (
    Pass,
    against_alone,
    between_others,
    difference,
    one_pass,
    uneven,
)
from visualize.methods.network.run.shared_copy import twin
from visualize.methods.network.run.squashing import Squashing

if TYPE_CHECKING:
    from torch import Tensor, nn
from torch.nn.parameter import is_lazy

# seconds after which no further experiment is begun: of this thread's own work, so that it does not matter what else
# the machine does
_ENOUGH = 7.0
_MOST = 2**31  # bytes of weights that are copied, so that a network that writes into them is found out


class _Experiments:
    """Runs of copies of a network, and what they say.

    Args:
        network: never run itself.
        pictures: 3 x C x H x W, prepared, no two alike.
    """

    def __init__(self, network: nn.Module, pictures: Tensor) -> None:
        self._network = network
        self._pictures = pictures
        self._began = time.thread_time()
        size = sum(
            weight.numel() * weight.element_size() for weight in network.parameters() if not bool(is_lazy(weight))
        )
        self._shares = size > _MOST
        self._pace = 0.0
        self._clean: nn.Module | None = None

    def _copy(self) -> nn.Module:
        return twin(self._network, weights=self._shares, tell=False)

    def _unspoilt(self, examination: Examination) -> nn.Module:
        """A copy that no run has changed: a new one for a network that runs change."""
        if self._clean is None or examination.fresh or examination.unrepeatable:
            self._clean = self._copy()
        return self._clean

    def _late(self, runs: int) -> bool:
        """Whether so many further runs of a picture would take too long."""
        return time.thread_time() - self._began + runs * self._pace > _ENOUGH

    def run(self) -> Examination:
        """Make the experiments that there is time for, the most telling first."""
        first, second = self._pictures[:1], self._pictures[1:2]
        copied = self._copy()
        alone = one_pass(copied, first)
        if not alone.samples:
            return Examination(stop=str(alone.stop or ""), blank=True, answer=f"it stops {alone.stop}")
        facts, around, once = attributes(copied), outside(copied), twin(copied, tell=False)
        began = time.thread_time()
        after = one_pass(copied, second)
        self._pace = time.thread_time() - began
        later = attributes(copied)
        beside = grown(around, outside(copied))
        buffers, weights = written(self._network, copied)
        self._shares = not weights
        examination = Examination(
            writes_input=alone.wrote,
            writes_buffers=buffers,
            restless=bool(buffers) and bool(written(once, copied)[0]),
            writes_weights=weights,
            grows=grown(facts, later),
            beside=beside,
            stop=str(alone.stop or ""),
        )
        if self._late(2):
            return self._answered(replace(examination, left_out=("chance", "state", "batches")), alone, None)
        if replaced(facts, later):  # by what follows from the picture, or by what goes on from run to run
            one_pass(copied, second)
            goes_on = replaced(later, attributes(copied))
            examination = replace(examination, grows=tuple(dict.fromkeys((*examination.grows, *goes_on))))
        examination, reference = self._repeated(examination, after)
        together = None
        if self._late(len(self._pictures)):
            examination = replace(examination, left_out=("batches",))
        else:
            together = one_pass(self._unspoilt(examination), self._pictures)
            examination = self._batched(examination, [alone, reference], together)
        return self._answered(examination, alone, together)

    def _repeated(self, examination: Examination, after: Pass) -> tuple[Examination, Pass]:
        """State and chance: the second picture on a copy that has run before, on a new one, and from another seed."""
        second = self._pictures[1:2]
        reference = one_pass(self._unspoilt(examination), second)
        differs = difference(reference, after)
        if differs is not None:
            again = difference(reference, one_pass(self._copy(), second))
            if again is not None:
                return replace(examination, random=again, unrepeatable=True), reference
            examination = replace(examination, remembers=differs)
        if not reference.drew:  # no seed can make a difference
            return examination, reference
        other = one_pass(self._unspoilt(examination), second, seed=1)
        random = difference(reference, other)
        return replace(examination, random=random, draws=random is None), reference

    def _batched(self, examination: Examination, alone: list[Pass], together: Pass) -> Examination:
        """How a batch differs from its pictures alone."""
        count = len(self._pictures)
        stop = alone[0].stop
        if together.stop is not None and (stop is None or stop.module != together.stop.module):
            examination = replace(examination, alone=str(together.stop))
        if examination.random is None:
            examination = replace(examination, neighbours=against_alone(alone, together, count))
            if examination.neighbours is None and not examination.alone and not self._late(count):
                others = torch.stack([-4 * self._pictures[0], self._pictures[1], 4 * self._pictures[2]])
                beside = one_pass(self._unspoilt(examination), others)
                examination = replace(examination, neighbours=between_others(alone[1], together, beside, count))
        return replace(examination, rows=uneven(alone[0], together, count))

    def _answered(self, examination: Examination, alone: Pass, together: Pass | None) -> Examination:
        """Find the network's own output, and what its numbers are."""
        kind = type(self._network).__name__
        runs, why = output_of(alone, together if not examination.alone else None, len(self._pictures), kind)
        if alone.stop is not None:
            why = refusal(self._copy(), self._pictures[:1])
        if why:
            return replace(examination, answer=why)
        return replace(examination, output=made(alone, runs, kind, self._scale(examination, alone)))

    def _scale(self, examination: Examination, alone: Pass) -> Scale:
        """Scale of the output for the pictures, one at a time."""

        def louder(factor: float) -> tuple[Tensor | None, bool]:
            with Squashing() as squashing:
                output = one_pass(self._unspoilt(examination), self._pictures[:1] * factor).output
            return output, squashing.before(output) is not output

        return "logits" if alone.output is None else scale_of(alone.output, louder)


def examine(network: nn.Module, pictures: Tensor) -> Examination:
    """Find out what a network does when it runs.

    It takes two runs of a picture on a copy of the network, one on another one, and two of batches: state shows in the
    first three, neighbours in the last, chance in the generators. Further ones are made where something was found.

    Args:
        network: never run itself, and left as it is.
        pictures: 3 x C x H x W, prepared as the network takes them, no two alike.

    Returns:
        what was found; of a network that does not run, where it stops.

    Raises:
        InputError: the network cannot be copied.
    """
    return _Experiments(network, pictures).run()
