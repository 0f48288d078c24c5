"""Measuring what a network loses without units of a layer."""

from __future__ import annotations

import functools
import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from visualize.ablation.answer_files import answer_files
from visualize.ablation.records import Curves
from visualize.ablation.result import Ablation
from visualize.ablation.truth import truth_of
from visualize.dissection.unit_names import unit_names
from visualize.methods.ablation.importance import ranked, sizes_for
from visualize.methods.ablation.rates import Rates, rates_of
from visualize.methods.ablation.study import UNKNOWN, Study, read
from visualize.methods.pictures.batch_size import fitting
from visualize.methods.provenance import versions_in_use
from visualize.transfers.room import room_key, spacious

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from visualize.ablation.labelling import Named
    from visualize.ablation.request import AblationRequest
    from visualize.ablation.truth import Truth
    from visualize.methods.ablation.ablated import Ablated
    from visualize.methods.ablation.study import Answers, Reading
    from visualize.methods.network.probe import Probe
    from visualize.watch import Watch

_OTHERS = 1000  # pictures of other classes that a class's removed sets are tried on at most


@dataclass(frozen=True, eq=False)
class Examiner:
    """Removes units of a layer and asks the network what pictures show.

    Args:
        request: the ablation.
        ablated: the network, cut at the layer.
        named: the pictures.
        watch: shows how far the work has come.
        units: that are removed one at a time, by their numbers.
    """

    request: AblationRequest
    ablated: Ablated
    named: Named
    watch: Watch
    units: tuple[int, ...]

    @functools.cached_property
    def together(self) -> int:
        """Pictures in one run of the network."""
        batch, ablated = self.request.batch, self.ablated
        return fitting(ablated.probe, [ablated.layer.name]) if batch == "auto" else batch

    def measure(self) -> Ablation:
        """Remove units one at a time, then the most important of each class, and all but these.

        Raises:
            InputError: no picture can be read, or no class has enough pictures.
        """
        request, ablated, probe = self.request, self.ablated, self.ablated.probe
        with self.watch(f"reading {ablated.layer.name} of {probe.identity.name}") as progress:
            reading = read(ablated, self.named.images, batch=self.together, room=spacious, progress=progress)
        truth = truth_of(request, probe, self.named, reading)
        each = self._without_each(reading, truth)
        known = truth.numbers != UNKNOWN
        order = ranked(
            (reading.called[known & ~truth.half], each.called[known & ~truth.half]),
            (_own(reading, truth, known & ~truth.half), each.evidence[known & ~truth.half]),
            truth.numbers[known & ~truth.half],
            truth.classes,
        )
        return self._record(reading, truth, each, order)

    def _without_each(self, reading: Reading, truth: Truth) -> Answers:
        shape, key = (len(truth.numbers), len(self.units)), self._key(reading, truth, self.units)
        answers = answer_files(shape, evidence=True, folder=self.request.keep, key=key)
        with self.watch("removing units one by one") as progress:
            self._study(reading).without_each(self.units, truth.numbers, answers, progress=progress)
        return answers

    def _study(self, reading: Reading) -> Study:
        return Study(ablated=self.ablated, reading=reading, by=self.request.by, batch=self.together)

    def _key(self, reading: Reading, truth: Truth, *depends: Any) -> str | None:  # noqa: ANN401 (whatever has a text of its own)
        """Key of answers, by all that they depend on."""
        probe, seen = self.ablated.probe, hashlib.sha256(reading.likely.tobytes() + truth.numbers.tobytes())
        return room_key(
            self.named.images, probe.identity, probe.prepare, self.ablated.layer.name, self.request.by,
            seen.hexdigest(), versions_in_use(), *depends,
        )  # fmt: skip

    def _curves(self, reading: Reading, truth: Truth, order: NDArray[np.intp]) -> Curves:
        """Rates without the most important units of each class, and with these alone."""
        sizes = sizes_for(len(self.units), self.request.sizes)
        whole = range(self.ablated.layer.units)
        sets: list[tuple[list[int], NDArray[np.bool_]]] = []
        for place, number in enumerate(truth.classes):
            asked = _asked(truth, number, self.request.seed)
            best = [self.units[row] for row in order[place]]
            sets += [(best[:size], asked) for size in sizes]
            sets += [([unit for unit in whole if unit not in set(best[:size])], asked) for size in sizes]
        shape, key = (len(truth.numbers), len(sets)), self._key(reading, truth, [chosen for chosen, _ in sets])
        answers = answer_files(shape, evidence=False, folder=self.request.keep, key=key)
        with self.watch("removing the most important units of each class, and all others") as progress:
            self._study(reading).without_sets(sets, answers, progress=progress)
        rates = [
            rates_of(answers.called[asked, column], truth.numbers[asked], [truth.classes[column // (2 * len(sizes))]])
            for column, (_, asked) in enumerate(sets)
        ]
        return Curves(sizes, _joined(rates, sizes, 0), _joined(rates, sizes, 1))

    def _record(self, reading: Reading, truth: Truth, each: Answers, order: NDArray[np.intp]) -> Ablation:
        probe, known = self.ablated.probe, truth.numbers != UNKNOWN
        ranking, reported = known & ~truth.half, known & truth.half
        numbers, classes = truth.numbers, truth.classes
        falls = (
            rates_of(reading.called[ranking], numbers[ranking], classes).balanced
            - rates_of(each.called[ranking], numbers[ranking], classes).balanced
        )
        names, notes = unit_names(probe, self.ablated.layer.name), [*self.named.notes, *reading.notes]
        if names is not None:
            notes.append(f"units are named by {names[1]}")
        if self.ablated.cut.whole:
            notes.append("the network has no graph that can be cut, so that all of it was run for every unit")
        return Ablation(
            model=probe.identity.name,
            weights_sha256=probe.identity.weights_sha256,
            layer=self.ablated.layer.name,
            units=self.units,
            data=self.named.images.name,
            labels=truth.labels,
            truth=truth.said,
            by=self.request.by,
            classes=tuple(_called(probe, number) for number in classes),
            pictures=(int(ranking.sum()), int(reported.sum())),
            split=truth.split,
            before=rates_of(reading.called[reported], numbers[reported], classes),
            after=rates_of(each.called[reported], numbers[reported], classes),
            changes=_changes(reading.called[reported], each.called[reported], numbers[reported], classes),
            falls=falls,
            order=order,
            curves=self._curves(reading, truth, order),
            names={} if names is None else {unit: names[0](unit) for unit in self.units},
            seed=self.request.seed,
            notes=(*notes, *probe.examination.notes),
        )


def _own(reading: Reading, truth: Truth, chosen: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Logarithm of the probability of each picture's own class, with all units."""
    return np.take_along_axis(reading.likely[chosen], truth.numbers[chosen][:, None], 1)[:, 0]


def _asked(truth: Truth, number: int, seed: int) -> NDArray[np.bool_]:
    """Pictures of the reported half that a class's sets are tried on: all of its own, and at most so many others."""
    own: NDArray[np.bool_] = truth.half & (truth.numbers == number)
    others = np.flatnonzero(truth.half & (truth.numbers != UNKNOWN) & ~own)
    if len(others) > _OTHERS:
        others = np.random.default_rng((seed, number)).choice(others, _OTHERS, replace=False)
    own[others] = True
    return own


def _joined(rates: Sequence[Rates], sizes: Sequence[int], which: int) -> Rates:
    """Rates of every second row of sizes, as sizes x classes."""
    rows = [list(rates[start : start + len(sizes)]) for start in range(which * len(sizes), len(rates), 2 * len(sizes))]
    shape = (len(sizes), len(rows))
    recall = np.array([[rates.recall[0] for rates in row] for row in rows]).T.reshape(shape)
    specificity = np.array([[rates.specificity[0] for rates in row] for row in rows]).T.reshape(shape)
    counts = [[row[0].positives[0], row[0].negatives[0]] for row in rows if row]
    positives, negatives = np.array(counts).reshape(-1, 2).T if counts else np.zeros((2, len(rows)), int)
    return Rates(recall, specificity, positives, negatives)


def _changes(
    before: NDArray[np.integer], after: NDArray[np.integer], truth: NDArray[np.integer], classes: Sequence[int]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Pictures of each class that are called so with all units alone, and without each unit alone: units x classes."""
    lost, gained = [], []
    for number in classes:
        was, now = before[truth == number] == number, after[truth == number] == number
        lost.append((was[:, None] & ~now).sum(0))
        gained.append((~was[:, None] & now).sum(0))
    return np.stack(lost, -1), np.stack(gained, -1)


def _called(probe: Probe, number: int) -> str:
    return probe.classes[number] if number < len(probe.classes) else f"class {number}"
