"""How sure names are: intervals of IoU and how often a name is kept, by drawing the probe set's pictures anew.

The bootstrap (Efron 1979) of pictures: each resample draws as many pictures as there are, with replacement, among those
that are annotated in the same categories, so that every category keeps its number of pictures. Thresholds stay as they
are. Counts are whole numbers below 2^53, so that sums of them in float64 are exact in any order: the numbers depend on
no shard, thread or machine.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from visualize.methods.dissection.certainty import Bootstrap
from visualize.methods.dissection.picture_counts import LayerCounts, Pixels

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from visualize.methods.dissection.picture_counts import PictureCounts
    from visualize.methods.dissection.scores import LayerScores

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

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


def bootstraps(
    layers: Mapping[str, LayerScores], counts: Iterable[PictureCounts], resamples: int
) -> dict[str, Bootstrap]:
    """How sure the names of some layers are.

    What is held in memory is the counts of the candidates, and ``pictures x resamples`` bytes: of 63,305 pictures
    and 1,000 resamples 63 MB.

    Args:
        layers: the layers' scores, by name.
        counts: the counts of every picture that the scores are sums of, in the order of the set; iterated over once or
            more.
        resamples: 1 or more.
    """
    done: dict[str, Bootstrap] = {}
    drawn: NDArray[np.uint8] | None = None
    while len(done) < len(layers):
        some = {name: scores for name, scores in layers.items() if name not in done}
        gathered = _Gathered(some)
        for part in counts:
            gathered.add(part)
        if drawn is None:
            drawn = draws(np.concatenate(gathered.annotated), resamples)
        for name, held in gathered.layers.items():
            done[name] = _Resampling(layers[name], gathered, drawn).bootstrap(held)
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


class _Resampling:
    """Resamples of one layer.

    Args:
        scores: of the layer.
        gathered: the counts by picture.
        drawn: how often each resample draws each picture.
    """

    def __init__(self, scores: LayerScores, gathered: _Gathered, drawn: NDArray[np.uint8]) -> None:
        self._scores, self._gathered, self._drawn = scores, gathered, drawn
        self._annotated = np.concatenate(gathered.annotated) > 0
        self._pairs = gathered.pairs[scores.layer]
        self._category, self._rank = scores.category, np.argsort(scores.order)
        self._truth = self._truths()

    def _truths(self) -> Floats:
        """Pixels of each concept in each resample: concepts x resamples; only of those that are followed."""
        truth = np.zeros((len(self._scores.concepts), self._drawn.shape[1]))
        parts = [_sorted(part) for part in self._gathered.truth]
        for concept in np.flatnonzero(self._pairs.any(0)).tolist():
            _, pictures, counts = _between(parts, self._gathered.firsts, concept, concept + 1)
            truth[concept] = self._drawn_sums(counts[None], pictures)[0]
        return truth

    def bootstrap(self, held: list[LayerCounts]) -> Bootstrap:
        """Intervals and names of all units, as many of them at a time as make a product of matrices worthwhile."""
        units, concepts = self._pairs.nonzero()
        low, high, kept = np.zeros(len(units)), np.zeros(len(units)), np.zeros(self._scores.units)
        names, step = self._scores.best[0], max(1, _AT_ONCE // max(1, len(self._drawn)))
        for first in range(0, self._scores.units, step):
            last = min(first + step, self._scores.units)
            here = slice(*np.searchsorted(units, [first, last]))
            iou = self._ious(units[here], concepts[here], (first, last), held)
            low[here], high[here] = np.quantile(iou, [(1 - LEVEL) / 2, (1 + LEVEL) / 2], axis=1)
            for unit in range(first, last):
                own = units[here] == unit
                kept[unit] = self._kept(iou[own], concepts[here][own], names[unit])
        return Bootstrap(units, concepts, low, high, kept, self._drawn.shape[1])

    def _ious(self, units: Ints, concepts: Ints, among: tuple[int, int], held: list[LayerCounts]) -> Floats:
        """IoU of pairs of a unit and a concept in each resample: pairs x resamples.

        Args:
            units: of the pairs, rising.
            concepts: of the pairs, rising within a unit.
            among: the first unit, and the first one after the last.
            held: the counts by picture.
        """
        firsts, wide, (first, last) = self._gathered.firsts, len(self._scores.concepts), among
        rows, at, areas = _between([part.areas for part in held], firsts, first, last)
        pictures, places = np.unique(at, return_inverse=True)
        masks = np.zeros((last - first, len(pictures)))
        masks[rows - first, places] = areas
        rows, at, counts = _between([part.shared for part in held], firsts, first * wide, last * wide)
        shared = np.zeros((len(units), len(pictures)))
        shared[np.searchsorted(units * wide + concepts, rows), np.searchsorted(pictures, at)] = counts
        covered = (masks[:, None] * self._annotated[pictures].T).reshape(
            (last - first) * self._annotated.shape[1], len(pictures)
        )
        sums = self._drawn_sums(np.concatenate([shared, covered]), pictures)
        both, inside = (
            sums[: len(units)],
            sums[len(units) :].reshape(last - first, self._annotated.shape[1], sums.shape[1]),
        )
        union = inside[units - first, self._category[concepts]] + self._truth[concepts] - both
        iou: Floats = np.divide(both, union, out=np.zeros(union.shape), where=union > 0)
        return iou

    def _drawn_sums(self, counts: Floats, pictures: Ints) -> Floats:
        """Sums over the pictures that each resample draws: rows x resamples, of counts that are rows x pictures."""
        sums = np.zeros((len(counts), self._drawn.shape[1]))
        step = max(1, _DRAWN // self._drawn.shape[1])
        for first in range(0, len(pictures), step):
            some = slice(first, first + step)
            sums += counts[:, some] @ self._drawn[pictures[some]].astype(np.float64)
        return sums

    def _kept(self, iou: Floats, columns: Ints, name: int) -> float:
        """How often a concept is the best of those that may name a unit; of equals, the first of a verdict's order."""
        may = np.flatnonzero(self._scores.may_name[columns])
        if name < 0 or not len(may):
            return 0.0
        may = may[np.argsort(self._rank[columns[may]])]
        best = columns[may][iou[may].argmax(0)]
        return float(np.mean((best == name) & (iou[may].max(0) > 0)))


def _between(parts: list[Pixels], firsts: list[int], first: int, last: int) -> tuple[Ints, Ints, Floats]:
    """The rows, pictures and counts of all parts' entries of rows first <= row < last."""
    some = [part.between(first, last) for part in parts]
    pictures = [item.pictures.astype(np.int64) + start for item, start in zip(some, firsts, strict=True)]
    rows, counts = (np.concatenate([getattr(item, name) for item in some]) for name in ("rows", "counts"))
    return rows.astype(np.int64), np.concatenate(pictures), counts.astype(np.float64)
