"""Formulas for all units of some layers, out of a dissection whose thresholds are known."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from visualize.methods.dissection.composition.ranges import Range
from visualize.methods.dissection.composition.search import Search
from visualize.methods.dissection.composition.tally import CellIndex, UnitCells
from visualize.methods.dissection.counting import evaluators
from visualize.methods.dissection.labels import Reading, Vocabulary, unlabelled
from visualize.methods.dissection.threads import side_by_side
from visualize.methods.errors import InputError
from visualize.methods.progress import silent

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from numpy.typing import NDArray

    from visualize.methods.dissection.composition.formula import Composed
    from visualize.methods.dissection.composition.ranges import Ranges
    from visualize.methods.dissection.composition.tally import Block
    from visualize.methods.dissection.labels import Annotation
    from visualize.methods.dissection.settings import Settings
    from visualize.methods.dissection.store import Chunk
    from visualize.methods.dissection.taps import Tap
    from visualize.methods.network.preprocessing import Preparation
    from visualize.methods.pictures.labelled import Concept, Labelled
    from visualize.methods.progress import Progress

_TOGETHER = 16  # pictures whose masks are counted at once


@dataclass(frozen=True)
class Composition:
    """Formulas of one layer's units.

    Args:
        layer: the name of the layer.
        concepts: what the formulas' columns stand for.
        length: the most concepts that a formula might have.
        pictures: how many pictures are in the universe: those that are annotated in every category.
        cells: how many different sets of concepts occur in them.
        best: for each unit the best formula; None where the unit's mask meets no concept.
        ranges: for each unit its ranges of activation, lowest first; empty where none were asked for.
    """

    layer: str
    concepts: tuple[Concept, ...]
    length: int
    pictures: int
    cells: int
    best: tuple[Composed | None, ...]
    ranges: tuple[tuple[Range, ...], ...] = ()


class Composing:
    """Counts the cells of a probe set and of the units' masks, chunk by chunk, and then finds the formulas.

    Labels and masks are read once more than a dissection without formulas reads them; the network does not run.

    Args:
        labelled: the probe set.
        preparation: how the network's input is made of a picture.
        settings: the settings of the dissection; formulas have up to ``settings.compose`` concepts.
        taps: one for each layer, by its name.
        thresholds: for each layer, the thresholds of its units.
        ranges: for each layer, the ranges of activation that get formulas of their own, if any were asked for.
        workers: threads that read labels.
    """

    def __init__(  # noqa: PLR0913 (a set, a network's taps and how, by keyword)
        self,
        labelled: Labelled,
        preparation: Preparation,
        settings: Settings,
        *,
        taps: Mapping[str, Tap],
        thresholds: Mapping[str, NDArray[Any]],
        ranges: Mapping[str, Ranges] | None = None,
        workers: int | None = None,
    ) -> None:
        self._labelled, self._preparation, self._settings, self._workers = labelled, preparation, settings, workers
        self._vocabulary = Vocabulary(labelled, settings.categories)
        self._index = CellIndex(self._vocabulary)
        self._ranges = dict(ranges or {})
        self._numberings = {name: tap.numbering for name, tap in taps.items()}
        cuts = [thresholds, *self._edges()]
        each = [evaluators(labelled, preparation, settings, taps=taps, thresholds=cut) for cut in cuts]
        self._evaluators = {name: [by_layer[name] for by_layer in each] for name in taps}
        self._counts = {name: [UnitCells(tap.units) for _ in cuts] for name, tap in taps.items()}

    def _edges(self) -> list[dict[str, NDArray[Any]]]:
        """Lower ends of the ranges, lowest first: each like thresholds."""
        number = self._settings.ranges if self._ranges else 0
        return [
            {name: np.ascontiguousarray(held.lower[:, place]) for name, held in self._ranges.items()}
            for place in range(number)
        ]

    def add(self, chunk: Chunk) -> None:
        """Take in the pictures of a chunk, as a store gives it; those whose labels cannot be read do not count."""
        rows, columns = self._labelled.label_shape(self._preparation)
        reading = Reading(self._labelled, self._preparation, self._vocabulary, self._workers)
        for first, some in _blocks(reading(chunk.indices), unlabelled(self._vocabulary)):
            block = self._index.add(some, rows * columns)
            side_by_side({name: partial(self._add, name, chunk, first, block) for name in self._counts})

    def _add(self, name: str, chunk: Chunk, first: int, block: Block) -> None:
        sparse = chunk.layers[name].between(first, first + block.pictures, self._numberings[name])
        for counts, evaluator in zip(self._counts[name], self._evaluators[name], strict=True):
            counts.add(evaluator.masks(sparse, block.pictures), block)

    def result(self, progress: Progress = silent) -> dict[str, Composition]:
        """Formulas of every layer's units.

        Args:
            progress: told how many units of how many are done.

        Raises:
            InputError: no picture is annotated in all categories that are scored.
        """
        if not self._index.pictures:
            raise InputError(
                f"no picture of {self._labelled.name} is annotated in all of {', '.join(self._vocabulary.categories)}, "
                f"so that formulas across them cannot be measured; name fewer with --categories"
            )
        cells, settings = self._index.cells(), self._settings
        search = Search(cells, length=settings.compose, minimum_area=settings.minimum_area)
        total, done, result = sum(counts[0].units for counts in self._counts.values()), 0, {}
        for name, counts in self._counts.items():
            best: list[Composed | None] = []
            ranges: list[tuple[Range, ...]] = []
            for unit in range(counts[0].units):
                best.append(search(counts[0].of(unit, len(cells.sizes))))
                ranges.append(self._of_ranges(name, unit, search))
                done += 1
                progress(done, total)
            result[name] = Composition(
                name, self._vocabulary.concepts, settings.compose, self._index.pictures, len(cells.sizes), tuple(best),
                tuple(ranges) if self._ranges else (),
            )  # fmt: skip
        return result

    def _of_ranges(self, name: str, unit: int, search: Search) -> tuple[Range, ...]:
        """A unit's ranges of activation, each with its formula."""
        if name not in self._ranges:
            return ()
        held, cells = self._ranges[name].of(unit), len(search.cells.sizes)
        above = [counts.of(unit, cells) for counts in self._counts[name][1 : 1 + len(held)]]
        above.append(np.zeros(cells, np.int64))
        # what is above a range's upper end is above its lower end too
        within = [lower - upper for lower, upper in itertools.pairwise(above)]
        return tuple(Range(*ends, search(counts)) for ends, counts in zip(held, within, strict=True))


def _blocks(read: Iterable[tuple[int, Annotation]], blank: Annotation) -> Iterator[tuple[int, list[Annotation]]]:
    """Annotations of pictures that lie close together: the first one's place in the chunk, and all from there on."""
    block: dict[int, Annotation] = {}
    for place, annotation in read:
        if block and place - min(block) >= _TOGETHER:
            yield min(block), [block.get(each, blank) for each in range(min(block), max(block) + 1)]
            block = {}
        block[place] = annotation
    if block:
        yield min(block), [block.get(each, blank) for each in range(min(block), max(block) + 1)]
