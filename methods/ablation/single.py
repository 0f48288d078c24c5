"""Removal of some units of a layer, each by itself, as results of a method."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from visualize.methods.ablation.ablated import Ablated
from visualize.methods.ablation.halves import halves, in_both
from visualize.methods.ablation.labels import ITSELF, kinds, numbers_of
from visualize.methods.ablation.rates import rates_of
from visualize.methods.ablation.result import AblationResult
from visualize.methods.ablation.study import UNKNOWN, Study, answers, read

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from visualize.methods.ablation.settings import By
    from visualize.methods.ablation.study import Answers, Reading
    from visualize.methods.network.probe import Probe
    from visualize.methods.pictures.images import Images
    from visualize.methods.progress import Progress
    from visualize.methods.provenance import Provenance
    from visualize.methods.unit import Unit


@dataclass(frozen=True, eq=False)
class Truth:
    """The class of each picture, and the half that it is of.

    Args:
        numbers: of the network's classes; -1 where it is not known.
        half: for each picture whether it is of the half that is reported on.
        classes: numbers of those that have enough pictures in both halves.
        given: the set names them.
    """

    numbers: NDArray[np.int64]
    half: NDArray[np.bool_]
    classes: list[int]
    given: bool


@dataclass(frozen=True, eq=False)
class Removal:
    """Removal of units of one layer of a network on some pictures.

    Args:
        probe: the network.
        layer: the layer.
        images: the pictures.
        by: what stands in the place of a removed unit's activation.
        least: pictures of each half that a class has at least.
        batch: pictures in one run of the network.
        provenance: of the results; its seed is that of the halves.
        place: which of how many layers this is, for the progress.
        progress: told how many pictures are done.
    """

    probe: Probe
    layer: str
    images: Images
    by: By
    least: int
    batch: int
    provenance: Provenance
    place: tuple[int, int]
    progress: Progress

    def results(self, units: Sequence[Unit]) -> list[AblationResult]:
        """A result for each unit.

        Args:
            units: of the layer.
        """
        ablated = Ablated.of(self.probe, self.layer)
        reading = read(ablated, self.images, batch=self.batch, room=_room, progress=self._told(0))
        truth = self._truth(reading)
        numbers = list(dict.fromkeys(unit.index for unit in units))
        single = answers((len(self.images), len(numbers)), evidence=True, room=_room)
        study = Study(ablated=ablated, reading=reading, by=self.by, batch=self.batch)
        study.without_each(numbers, truth.numbers, single, progress=self._told(1))
        return [self._result(unit, numbers.index(unit.index), reading, truth, single) for unit in units]

    def _told(self, part: int) -> Progress:
        """Progress of reading (0) or of removing (1), as a part of the whole call's."""
        number, layers = self.place
        step = len(self.images)

        def told(done: int, total: int) -> None:
            self.progress(step * (2 * number + part) + round(step * done / max(1, total)), 2 * step * layers)

        return told

    def _truth(self, reading: Reading) -> Truth:
        """Take the set's names where enough are classes of the network, else the network's own answers."""
        names = kinds(self.images)
        if names and self.probe.classes:
            given = np.where(reading.there, numbers_of(names, self.probe.classes), UNKNOWN)
            truth = self._halved(given, given=True)
            if len(truth.classes) > 1:
                return truth
        return self._halved(reading.called, given=False)

    def _halved(self, numbers: NDArray[np.int64], *, given: bool) -> Truth:
        known, half = numbers != UNKNOWN, np.zeros(len(numbers), bool)
        half[known] = halves(numbers[known], self.provenance.seed)
        shown = np.unique(numbers[known]).tolist()
        return Truth(numbers, half, in_both(numbers[known], half[known], shown, self.least), given)

    def _result(self, unit: Unit, column: int, reading: Reading, truth: Truth, single: Answers) -> AblationResult:
        known = truth.numbers != UNKNOWN
        ranking, reported = known & ~truth.half, known & truth.half
        before, after = reading.called, single.called[:, column]
        classes, size = truth.classes, len(truth.classes)
        rates = [
            rates_of(called[side], truth.numbers[side], classes).stacked if size else np.zeros((0, 2))
            for side in (ranking, reported)
            for called in (before, after)
        ]
        ranked = (rates[0] - rates[1]).mean(1) if size else np.zeros(0)
        own = [truth.numbers[reported] == number for number in classes]
        was = [before[reported][mine] == number for mine, number in zip(own, classes, strict=True)]
        now = [after[reported][mine] == number for mine, number in zip(own, classes, strict=True)]
        notes = list(reading.notes)
        if not truth.given:
            notes.append(f"{self.images.name} does not name classes of the network: {ITSELF}")
        if not size:
            notes.append(f"no class has {self.least} pictures in each half, so that nothing is measured")
        return AblationResult(
            unit=unit,
            provenance=self.provenance,
            notes=tuple(notes),
            labels="given" if truth.given else "network",
            classes=tuple(self._called(number) for number in classes),
            pictures=np.array([int(mine.sum()) for mine in own], np.int64),
            before=rates[2],
            after=rates[3],
            ranked=ranked,
            lost=np.array([int((a & ~b).sum()) for a, b in zip(was, now, strict=True)], np.int64),
            gained=np.array([int((~a & b).sum()) for a, b in zip(was, now, strict=True)], np.int64),
            reported=int(reported.sum()),
            set_name=self.images.name,
        )

    def _called(self, number: int) -> str:
        return self.probe.classes[number] if number < len(self.probe.classes) else f"class {number}"


def _room(shape: tuple[int, ...], dtype: Any) -> NDArray[Any]:  # noqa: ANN401 (as numpy takes it)
    return np.zeros(shape, dtype)
