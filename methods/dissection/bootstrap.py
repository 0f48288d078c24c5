"""How sure names are: intervals of IoU and how often a name is kept, by drawing the probe set's pictures anew.

The bootstrap (Efron 1979) of pictures: each resample draws as many pictures as there are, with replacement, among those
that are annotated in the same categories, so that every category keeps its number of pictures. Thresholds stay as they
are. Counts are whole numbers below 2^53, so that sums of them in float64 are exact in any order: the numbers depend on
no shard, thread or machine.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from visualize.methods.dissection.agreement import PICTURES, SCORES, named_score
from visualize.methods.dissection.certainty import Bootstrap
from visualize.methods.dissection.device_memory import by_the_processor
from visualize.methods.dissection.held_out import rank_test, shift
from visualize.methods.dissection.picture_counts import LayerCounts, Pixels

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import torch

    from visualize.methods.dissection.picture_counts import PictureCounts
    from visualize.methods.dissection.scores import LayerScores

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Sums = Callable[[Floats, Ints], Floats]
"""From counts that are rows x pictures, and the pictures' numbers, to sums that are rows x resamples."""

LEVEL = 0.95
"""The part of the resamples that lies within an interval."""

CANDIDATES, BEARERS = 24, 8
"""Concepts of each unit, and units of each concept, that are followed through the resamples: those of largest IoU."""

ROOM = 1 << 30
"""Bytes of counts by picture that are held at once, where there is more than one layer."""

_SEED = 2017
_DRAWN = 1 << 22  # draws of pictures that are looked at at once
_AT_ONCE = 1 << 14  # units times pictures that are looked at at once, if that is one unit or more


def candidates(scores: LayerScores) -> NDArray[np.bool_]:
    """Pairs to follow, units x concepts: for every unit the concepts, and for every concept the units, of largest IoU.

    A pair without a common pixel is never among them.
    """
    iou, order = scores.iou, scores.order
    chosen = np.zeros(iou.shape, np.bool_)
    names = order.take(np.argsort(-scores.naming.take(order, 1), 1, kind="stable")[:, :CANDIDATES])
    np.put_along_axis(chosen, names, values=True, axis=1)
    np.put_along_axis(chosen, np.argsort(-iou, 0, kind="stable")[:BEARERS], values=True, axis=0)
    return chosen & (iou > 0)


def draws(annotated: NDArray[np.uint8], resamples: int) -> NDArray[np.uint8]:
    """How often each resample draws each picture: pictures x resamples.

    Args:
        annotated: pictures x categories, not 0 where a picture is annotated; pictures that agree are a stratum.
        resamples: how many.
    """
    drawn = np.zeros((len(annotated), resamples), np.uint8)  # 256 times or more is out of the question: below 1e-500
    patterns, stratum = np.unique(annotated > 0, axis=0, return_inverse=True)
    for number, pattern in enumerate(patterns):
        members = np.flatnonzero(stratum.reshape(-1) == number)
        # numbers in [0, 1) are the same in every version of numpy; whole numbers need not be
        generator = np.random.Generator(np.random.PCG64([_SEED, *pattern.astype(int).tolist()]))
        size = len(members)
        step = max(1, _DRAWN // size)
        for first in range(0, resamples, step):
            some = min(step, resamples - first)
            picked = (generator.random((some, size)) * size).astype(np.int64) + size * np.arange(some)[:, None]
            counts = np.bincount(picked.reshape(-1), minlength=some * size).reshape(some, size)
            drawn[members, first : first + some] = counts.T
    return drawn


def halves(annotated: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Two halves of the pictures, of every stratum: pictures x 2, 1 where a picture is in it.

    Args:
        annotated: as for :func:`draws`; of an odd number the first half has one more.
    """
    chosen = np.zeros((len(annotated), 2), np.uint8)
    patterns, stratum = np.unique(annotated > 0, axis=0, return_inverse=True)
    for number, pattern in enumerate(patterns):
        members = np.flatnonzero(stratum.reshape(-1) == number)
        generator = np.random.Generator(np.random.PCG64([_SEED, 2, *pattern.astype(int).tolist()]))
        shuffled = members[np.argsort(generator.random(len(members)), kind="stable")]
        first = (len(members) + 1) // 2
        chosen[shuffled[:first], 0] = chosen[shuffled[first:], 1] = 1
    return chosen


def bootstraps(
    layers: Mapping[str, LayerScores],
    counts: Iterable[PictureCounts],
    resamples: int,
    device: torch.device | None = None,
) -> dict[str, Bootstrap]:
    """How sure the names of some layers are.

    What is held in memory is the counts of the candidates, and ``pictures x resamples`` bytes: of 63,305 pictures
    and 1,000 resamples 63 MB.

    Args:
        layers: the layers' scores, by name.
        counts: the counts of every picture that the scores are sums of, in the order of the set; iterated over once or
            more.
        resamples: 1 or more.
        device: a GPU that adds resamples up; None leaves that to the processor. Sums of whole numbers are exact.
    """
    done: dict[str, Bootstrap] = {}
    drawn: NDArray[np.uint8] | None = None
    sums: Sums = _summing(np.empty((0, 0), np.uint8), None)
    while len(done) < len(layers):
        some = {name: scores for name, scores in layers.items() if name not in done}
        gathered = _Gathered(some)
        for part in counts:
            gathered.add(part)
        if drawn is None:
            annotated = np.concatenate(gathered.annotated)
            drawn = np.concatenate([draws(annotated, resamples), halves(annotated)], 1)
            sums = _summing(drawn, device)
        for name, held in gathered.layers.items():
            done[name] = _Resampling(layers[name], gathered, drawn, sums).bootstrap(held)
    return {name: done[name] for name in layers}


class _Gathered:
    """Counts by picture that resamples need, of as many layers as there is room for, at least one."""

    def __init__(self, layers: Mapping[str, LayerScores]) -> None:
        self.pairs = {name: candidates(scores) for name, scores in layers.items()}
        self.layers: dict[str, list[LayerCounts]] = {name: [] for name in layers}
        self.annotated: list[NDArray[np.uint8]] = []
        self.truth: list[Pixels] = []
        self.firsts: list[int] = []
        self._pictures = self._nbytes = 0

    def add(self, part: PictureCounts) -> None:
        """Take in the counts of some pictures."""
        self.firsts.append(self._pictures)
        self._pictures += len(part)
        self.annotated.append(part.annotated)
        self.truth.append(part.truth)
        for name, held in self.layers.items():
            counts = part.layers[name]
            wanted = np.flatnonzero(self.pairs[name].reshape(-1).take(counts.shared.rows))
            shared, areas = _sorted(counts.shared.only(wanted)), _sorted(counts.areas)
            held.append(LayerCounts(areas, shared))
            self._nbytes += shared.nbytes + areas.nbytes
        while self._nbytes > ROOM and len(self.layers) > 1:
            _, dropped = self.layers.popitem()
            self._nbytes -= sum(counts.areas.nbytes + counts.shared.nbytes for counts in dropped)


def _sorted(pixels: Pixels) -> Pixels:
    """The entries by rising rows."""
    return pixels.only(np.argsort(pixels.rows, kind="stable")).packed()


def _summing(drawn: NDArray[np.uint8], device: torch.device | None) -> Sums:
    """Sums over the pictures that each resample draws: rows x resamples, of counts that are rows x pictures."""
    if device is not None:
        from visualize.methods.network import accelerator

        if accelerator.is_gpu(device):
            return _summing_on(device, drawn)

    def summed(counts: Floats, pictures: Ints) -> Floats:
        sums = np.zeros((len(counts), drawn.shape[1]))
        step = max(1, _DRAWN // drawn.shape[1])
        for first in range(0, len(pictures), step):
            some = slice(first, first + step)
            sums += counts[:, some] @ drawn[pictures[some]].astype(np.float64)
        return sums

    return summed


def _summing_on(device: torch.device, drawn: NDArray[np.uint8]) -> Sums:
    """Sums on a GPU, and by the processor from where its memory does not hold them."""
    from torch import OutOfMemoryError

    from visualize.methods.dissection.device_sums import DeviceSums

    sums: list[Sums] = []

    def summed(counts: Floats, pictures: Ints) -> Floats:
        try:
            if not sums:
                sums.append(DeviceSums(drawn, device))
            return sums[-1](counts, pictures)
        except OutOfMemoryError:
            sums[:] = [_summing(drawn, None)]
        by_the_processor("the resamples")
        return sums[-1](counts, pictures)

    return summed


class _Resampling:
    """Resamples of one layer.

    Args:
        scores: of the layer.
        gathered: the counts by picture.
        drawn: how often each resample draws each picture; the last two hold one half of the pictures each.
        sums: adds counts up over the pictures that each resample draws.
    """

    def __init__(self, scores: LayerScores, gathered: _Gathered, drawn: NDArray[np.uint8], sums: Sums) -> None:
        self._scores, self._gathered, self._drawn, self._drawn_sums = scores, gathered, drawn, sums
        self._annotated = np.concatenate(gathered.annotated) > 0
        self._pairs = gathered.pairs[scores.layer]
        self._category, self._rank = scores.category, np.argsort(scores.order)
        self._labels = [_sorted(part) for part in gathered.truth]
        self._score = named_score(scores.score) or SCORES["iou"]
        self._by_picture = scores.score.startswith(PICTURES)
        self._pictures = self._drawn_sums(self._annotated.T.astype(np.float64), np.arange(len(drawn)))
        self._truth, self._areas = self._truths(pixels=True), self._labelled()
        self._occurs = self._truths(pixels=False) if self._by_picture else self._truth

    def _truths(self, *, pixels: bool) -> Floats:
        """Pixels, or pictures, of each concept that is followed in each resample: concepts x resamples."""
        truth = np.zeros((len(self._scores.concepts), self._drawn.shape[1]))
        for concept in np.flatnonzero(self._pairs.any(0)).tolist():
            _, pictures, counts = _between(self._labels, self._gathered.firsts, concept, concept + 1)
            truth[concept] = self._drawn_sums((counts if pixels else np.ones(len(counts)))[None], pictures)[0]
        return truth

    def _labelled(self) -> Floats:
        """Pixels of the annotated pictures of each category in each resample: categories x resamples."""
        area = self._scores.area if self._scores.area is not None else np.zeros(len(self._pictures))
        return self._pictures * (area / np.maximum(1, self._scores.annotated))[:, None]

    def bootstrap(self, held: list[LayerCounts]) -> Bootstrap:
        """Intervals and names of all units, as many of them at a time as make a product of matrices worthwhile."""
        units, concepts = self._pairs.nonzero()
        low, high, kept = np.zeros(len(units)), np.zeros(len(units)), np.zeros(self._scores.units)
        halves = _Halves(self._scores.units)
        names, step = self._scores.best[0], max(1, _AT_ONCE // max(1, len(self._drawn)))
        for first in range(0, self._scores.units, step):
            last = min(first + step, self._scores.units)
            here = slice(*np.searchsorted(units, [first, last]))
            masks, pictures = self._masks(first, last, held)
            iou, score = self._compared(units[here], concepts[here], (first, masks, pictures), held)
            low[here], high[here] = np.quantile(iou[:, :-2], [(1 - LEVEL) / 2, (1 + LEVEL) / 2], axis=1)
            for unit in range(first, last):
                own = np.flatnonzero(units[here] == unit)
                best = self._best(score[own], concepts[here][own])
                kept[unit] = np.mean(best[:-2] == names[unit]) if names[unit] >= 0 else 0.0
                if best[-2] >= 0:
                    place = own[np.searchsorted(concepts[here][own], best[-2])]
                    answers = np.zeros(len(self._drawn))
                    answers[pictures] = masks[unit - first]
                    halves.add(unit, int(best[-2]), iou[place, -2:], self._answers(answers, int(best[-2])))
        return Bootstrap(units, concepts, low, high, kept, **halves.arrays(), resamples=self._drawn.shape[1] - 2)

    def _answers(self, answers: Floats, concept: int) -> tuple[Floats, Floats]:
        """A unit's answers to the annotated pictures of the second half: to those with the concept, and without."""
        _, pictures, _ = _between(self._labels, self._gathered.firsts, concept, concept + 1)
        there = np.zeros(len(answers), np.bool_)
        there[pictures] = True
        asked = (self._drawn[:, -1] > 0) & self._annotated[:, self._category[concept]]
        return answers[asked & there], answers[asked & ~there]

    def _masks(self, first: int, last: int, held: list[LayerCounts]) -> tuple[Floats, Ints]:
        """Pixels of some units' masks in every picture in which one of them has any, and these pictures."""
        rows, at, areas = _between([part.areas for part in held], self._gathered.firsts, first, last)
        pictures, places = np.unique(at, return_inverse=True)
        masks = np.zeros((last - first, len(pictures)))
        masks[rows - first, places.reshape(-1)] = areas
        return masks, pictures

    def _compared(
        self, units: Ints, concepts: Ints, covered: tuple[int, Floats, Ints], held: list[LayerCounts]
    ) -> tuple[Floats, Floats]:
        """IoU of pairs of a unit and a concept in each resample, and the score that names units: pairs x resamples.

        Args:
            units: of the pairs, rising.
            concepts: of the pairs, rising within a unit.
            covered: the first unit, and what :meth:`_masks` gives of it and those after it.
            held: the counts by picture.
        """
        (first, masks, pictures), wide = covered, len(self._scores.concepts)
        last, categories = first + len(masks), self._annotated.shape[1]
        rows, at, counts = _between([part.shared for part in held], self._gathered.firsts, first * wide, last * wide)
        shared = np.zeros((len(units), len(pictures)))
        shared[np.searchsorted(units * wide + concepts, rows), np.searchsorted(pictures, at)] = counts
        areas = (masks[:, None] * self._annotated[pictures].T).reshape(len(masks) * categories, len(pictures))
        sums = self._drawn_sums(np.concatenate([shared, areas]), pictures)
        both, inside = sums[: len(units)], sums[len(units) :].reshape(len(masks), categories, sums.shape[1])
        category = self._category[concepts]
        given = both, inside[units - first, category], self._truth[concepts], self._areas[category]
        iou = SCORES["iou"].function(*given)
        if self._by_picture:
            return iou, self._pictures_compared(units, concepts, covered)
        return iou, iou if self._scores.score == "iou" else self._score.function(*given)

    def _pictures_compared(self, units: Ints, concepts: Ints, covered: tuple[int, Floats, Ints]) -> Floats:
        """Score of whole pictures, of pairs as for :meth:`_compared`: pairs x resamples."""
        first, masks, pictures = covered
        there = masks > 0
        occurs = np.zeros((len(self._scores.concepts), len(self._drawn)), np.bool_)
        for concept in np.unique(concepts).tolist():
            occurs[concept, _between(self._labels, self._gathered.firsts, concept, concept + 1)[1]] = True
        both = there[units - first] & occurs[concepts][:, pictures]
        categories = self._annotated.shape[1]
        inside = (there[:, None] & self._annotated[pictures].T).reshape(len(masks) * categories, len(pictures))
        sums = self._drawn_sums(np.concatenate([both, inside]).astype(np.float64), pictures)
        category = self._category[concepts]
        active = sums[len(units) :].reshape(len(masks), categories, sums.shape[1])[units - first, category]
        return self._score.function(sums[: len(units)], active, self._occurs[concepts], self._pictures[category])

    def _best(self, score: Floats, columns: Ints) -> Ints:
        """The best concept of one unit in each resample, of equals the first of a verdict's order; -1 for none."""
        may = np.flatnonzero(self._scores.may_name[columns])
        if not len(may):
            return np.full(self._drawn.shape[1], -1)
        may = may[np.argsort(self._rank[columns[may]])]
        best: Ints = np.where(score[may].max(0) > 0, columns[may][score[may].argmax(0)], -1)
        return best


class _Halves:
    """Names that are chosen on the one half of the pictures, held against the other: unit by unit."""

    def __init__(self, units: int) -> None:
        self._concepts = np.full(units, -1)
        self._ious, self._tests = np.zeros((2, units)), np.tile([[0.5], [0.0], [1.0]], units)

    def add(self, unit: int, concept: int, ious: Floats, answers: tuple[Floats, Floats]) -> None:
        """Take in a unit's best concept on the first half, its IoU on both, and the unit's answers on the second."""
        self._concepts[unit], self._ious[:, unit] = concept, ious
        auc, p = rank_test(*answers)
        self._tests[:, unit] = auc, shift(*answers), p

    def arrays(self) -> dict[str, Any]:
        """The arrays by their names in :class:`Bootstrap`."""
        names = ("half_iou", "held_iou", "auc", "shift", "p")
        return {"half_concepts": self._concepts, **dict(zip(names, [*self._ious, *self._tests], strict=True))}


def _between(parts: list[Pixels], firsts: list[int], first: int, last: int) -> tuple[Ints, Ints, Floats]:
    """The rows, pictures and counts of all parts' entries of rows first <= row < last."""
    some = [part.between(first, last) for part in parts]
    pictures = [item.pictures.astype(np.int64) + start for item, start in zip(some, firsts, strict=True)]
    rows, counts = (np.concatenate([getattr(item, name) for item in some]) for name in ("rows", "counts"))
    return rows.astype(np.int64), np.concatenate(pictures), counts.astype(np.float64)
