"""Answers of a network with all units of a layer, without each, and without some at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from visualize.methods.ablation.ablated import log_probabilities
from visualize.methods.pictures.batch_size import side_by_side
from visualize.methods.pictures.row_checksums import row_checksums
from visualize.methods.pictures.scan import Scan, require_finite

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray
    from torch import Tensor

    from visualize.methods.ablation.ablated import Ablated
    from visualize.methods.ablation.settings import By
    from visualize.methods.pictures.images import Images
    from visualize.methods.progress import Progress

Room = Callable[[tuple[int, ...], Any], "NDArray[Any]"]
"""Makes an array of zeros of a shape and a kind of numbers: in memory, or in a file that is mapped into it."""

UNKNOWN = -1
"""Class of a picture whose class is not known, and of one that was not asked for."""


@dataclass(frozen=True, eq=False)
class Reading:
    """Activations of a layer on some pictures, and the classes that they are called.

    Args:
        values: at the cut, by their names: pictures x ....
        there: for each picture whether it could be read.
        called: the class that each is called; -1 for those that could not be read.
        likely: pictures x classes, the logarithm of each class's probability.
        means: of each unit, over all positions and pictures.
        notes: sentences on the pictures that could not be read.
    """

    values: Mapping[str, NDArray[Any]]
    there: NDArray[np.bool_]
    called: NDArray[np.int64]
    likely: NDArray[np.float64]
    means: NDArray[np.float64]
    notes: tuple[str, ...]

    def blank(self, by: By) -> Tensor:
        """Number that stands in the place of each removed unit."""
        return torch.from_numpy(self.means if by == "mean" else np.zeros_like(self.means))

    def part(self, indices: Sequence[int], ablated: Ablated) -> dict[str, Tensor]:
        """Values at the cut of some pictures, on the network's device."""
        chosen = np.asarray(indices, int)
        return {name: torch.from_numpy(values[chosen]).to(ablated.probe.device) for name, values in self.values.items()}


@dataclass(frozen=True, eq=False)
class Answers:
    """Classes that pictures are called without some units; an interrupted run can go on from them.

    Args:
        called: pictures x questions: the class; -1 where it was not asked.
        evidence: pictures x questions, the logarithm of the probability of the picture's own class, float32; of no
            columns where it is not wanted.
        seals: for each picture the checksum of its answers; 0 where they are not known.
    """

    called: NDArray[np.int32]
    evidence: NDArray[np.float32]
    seals: NDArray[np.uint32]

    @property
    def done(self) -> NDArray[np.bool_]:
        """For each picture whether its questions are answered."""
        return np.asarray(self.seals != 0)

    def finish(self, indices: NDArray[np.intp]) -> None:
        """Note that the answers of some pictures are known."""
        self.seals[indices] = row_checksums((self.called, self.evidence), indices.tolist())

    def forget_damaged(self) -> None:
        """Take answers for unknown that are not what was noted."""
        rows = np.flatnonzero(self.seals)
        good = row_checksums((self.called, self.evidence), rows.tolist()) == self.seals[rows]
        self.seals[rows[~good]] = 0
        self.called[self.seals == 0] = UNKNOWN


def read(ablated: Ablated, images: Images, *, batch: int, room: Room, progress: Progress) -> Reading:
    """Run a network over pictures once and keep what it makes of them at the layer.

    Args:
        ablated: the network and the layer.
        images: the pictures.
        batch: in one run of the network.
        room: makes the arrays that activations are kept in.
        progress: told how many pictures are done.

    Raises:
        InputError: a picture's activations are not finite, or no picture can be read.
    """
    scan = Scan(ablated.probe, images, (), batch=batch, progress=progress, respond=ablated.head)
    values: dict[str, NDArray[Any]] = {}
    called, likely, means = np.full(len(images), UNKNOWN), None, None
    for part in scan:
        indices = list(part.indices)
        for name, value in part.maps.items():
            require_finite(value.flatten(1).float(), part, images, ablated.layer.name)
            if name not in values:
                kept = torch.empty(0, dtype=value.dtype).numpy().dtype
                values[name] = room((len(images), *value.shape[1:]), kept)
            values[name][indices] = value.cpu().numpy()
        output = ablated.output(part.maps)
        require_finite(output, part, images, "the output")
        rows = log_probabilities(output, ablated.scale).cpu().numpy()
        likely = np.zeros((len(images), rows.shape[1])) if likely is None else likely
        likely[indices], called[indices] = rows, rows.argmax(1)
        total = ablated.means(next(iter(part.maps.values()))).sum(0).cpu().numpy()
        means = total if means is None else means + total
    there = called != UNKNOWN
    if likely is None or means is None:
        raise RuntimeError("a scan that gives nothing raises")
    return Reading(values, there, called, likely, means / there.sum(), scan.notes)


def answers(shape: tuple[int, int], *, evidence: bool, room: Room) -> Answers:
    """Room for answers of pictures x questions, none of which is known."""
    called = room(shape, np.int32)
    called[:] = UNKNOWN
    return Answers(called, room(shape if evidence else (shape[0], 0), np.float32), room(shape[:1], np.uint32))


@dataclass(frozen=True, kw_only=True)
class Study:
    """Asks a network what pictures are called without some of its units.

    Args:
        ablated: the network and the layer.
        reading: what it made of the pictures with all units.
        by: what stands in the place of a removed unit's activation.
        batch: pictures at a time.
    """

    ablated: Ablated
    reading: Reading
    by: By = "zero"
    batch: int = 8

    def without_each(
        self, units: Sequence[int], truth: NDArray[np.integer], into: Answers, *, progress: Progress
    ) -> None:
        """Find out what pictures are called without each of some units.

        Args:
            units: by their numbers.
            truth: the class of each picture; -1 where it is not known.
            into: answers, a column for each unit; pictures whose answers are known are left.
            progress: told how many pictures are done.
        """
        ablated, blank = self.ablated, self.reading.blank(self.by)
        place = {unit: number for number, unit in enumerate(units)}

        def ask(indices: NDArray[np.intp]) -> None:
            values, own = self.reading.part(indices.tolist(), ablated), truth[indices]
            for pictures, some, output in ablated.without_each(values, blank, units):
                rows, columns = np.ix_(indices[pictures], np.array([place[unit] for unit in some]))
                likely = log_probabilities(output, ablated.scale).cpu().numpy()
                into.called[rows, columns] = likely.argmax(2)
                into.evidence[rows, columns] = np.take_along_axis(likely, own[pictures, None, None], 2)[..., 0]
            into.finish(indices)

        self._ask(ask, (truth != UNKNOWN) & ~into.done, progress)

    def without_sets(
        self, sets: Sequence[tuple[Sequence[int], NDArray[np.bool_]]], into: Answers, *, progress: Progress
    ) -> None:
        """Find out what pictures are called without some units at once.

        Args:
            sets: units by their numbers, and which of the pictures are asked.
            into: answers, a column for each set; pictures whose answers are known are left.
            progress: told how many pictures are done.
        """
        ablated, blank = self.ablated, self.reading.blank(self.by)
        wanted = np.stack([asked for _, asked in sets], 1) if sets else np.zeros((len(self.reading.there), 0), bool)

        def ask(indices: NDArray[np.intp]) -> None:
            values = self.reading.part(indices.tolist(), ablated)
            columns = np.flatnonzero(wanted[indices].any(0)).tolist()
            outputs = ablated.without_sets(values, blank, [sets[column][0] for column in columns])
            for column, output in zip(columns, outputs, strict=True):
                called = output.argmax(1).cpu().numpy()
                into.called[indices, column] = np.where(wanted[indices, column], called, UNKNOWN)
            into.finish(indices)

        self._ask(ask, wanted.any(1) & ~into.done, progress)

    def _ask(self, ask: Callable[[NDArray[np.intp]], None], wanted: NDArray[np.bool_], progress: Progress) -> None:
        """Ask of pictures by their places, some at a time, and tell how many are done."""
        places = np.flatnonzero(self.reading.there & wanted)
        progress(0, len(places)) if len(places) else progress(1, 1)
        parts = side_by_side(
            len(places), self.batch, lambda first, last: ask(places[first:last]), self.ablated.probe.device
        )
        for _, done, _ in parts:
            progress(done, len(places))
