"""The second phase: with the thresholds known, the parts of maps that were kept are held against the labels."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from visualize.methods.dissection.alignment import resampling
from visualize.methods.dissection.device_memory import by_the_processor
from visualize.methods.dissection.labels import Reading, Vocabulary, unlabelled
from visualize.methods.dissection.masks import Evaluator
from visualize.methods.dissection.picture_counts import LayerCounts, PictureCounts, joined, nothing, of_labels
from visualize.methods.dissection.settings import above
from visualize.methods.dissection.tally import Tally, Truth
from visualize.methods.dissection.threads import side_by_side
from visualize.methods.progress import untold

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import torch
    from numpy.typing import NDArray

    from visualize.methods.dissection.device_masks import DeviceMasks
    from visualize.methods.dissection.labels import Annotation
    from visualize.methods.dissection.settings import Settings
    from visualize.methods.dissection.store import Chunk
    from visualize.methods.dissection.taps import Tap
    from visualize.methods.network.preprocessing import Preparation
    from visualize.methods.pictures.labelled import Labelled


_TOGETHER = 64  # pictures whose maps are spread out at once, at most
_AT_ONCE = 1 << 23  # activations that are spread out at once, at most; with fewer, threads mostly wait for each other


class Counting:
    """Counts, chunk by chunk, where the masks of all layers' units meet the labels.

    Args:
        labelled: the probe set.
        preparation: how the network's input is made of a picture.
        settings: the settings of the dissection.
        taps: one for each layer, by its name.
        thresholds: for each layer, the thresholds of its units.
        workers: threads that read labels.
        device: a GPU that counts the pixels of masks; None leaves that to the processor. Both count the same.

    Raises:
        InputError: a category that the set does not have.
    """

    def __init__(  # noqa: PLR0913 (a set, what was scanned, and how)
        self,
        labelled: Labelled,
        preparation: Preparation,
        settings: Settings,
        *,
        taps: Mapping[str, Tap],
        thresholds: Mapping[str, NDArray[Any]],
        workers: int | None = None,
        device: torch.device | None = None,
    ) -> None:
        self.vocabulary = Vocabulary(labelled, settings.categories)
        self.truth = Truth.empty(self.vocabulary)
        self.tallies = {name: Tally(tap.units, self.vocabulary) for name, tap in taps.items()}
        self._labelled, self._preparation, self._workers = labelled, preparation, workers
        self._numberings = {name: tap.numbering for name, tap in taps.items()}
        self.evaluators = evaluators(labelled, preparation, settings, taps=taps, thresholds=thresholds)
        self._on_device = _on(device, self.evaluators)
        self.broken: list[str] = []
        self._by_picture = settings.resamples > 0
        largest = max(numbering.size for numbering in self._numberings.values())
        self._together = min(_TOGETHER, max(1, _AT_ONCE // largest))

    @property
    def pixels(self) -> int:
        """Label-map pixels of one picture."""
        rows, columns = self._labelled.label_shape(self._preparation)
        return rows * columns

    def add(self, chunk: Chunk, progress: Callable[[int], None] = untold) -> PictureCounts | None:
        """Count where masks and labels of a chunk's pictures meet.

        Args:
            chunk: a chunk, as a store gives it.
            progress: called with the number of its pictures that are done.

        Returns:
            the counts of each picture by itself, if the settings ask for resamples; of one whose labels cannot be read
            there are none.

        Raises:
            InputError: a label that the set does not have, or a label map of another size.
        """
        reading = Reading(self._labelled, self._preparation, self.vocabulary, self._workers)
        block: list[tuple[int, Annotation]] = []
        parts: list[PictureCounts] = []
        for place, annotation in reading(chunk.indices):
            if block and place - block[0][0] >= self._together:
                parts.append(self._count(chunk, block))
                progress(place)
                block = []
            block.append((place, annotation))
        if block:
            parts.append(self._count(chunk, block))
        progress(len(chunk.indices))
        self.broken += reading.broken
        if not self._by_picture:
            return None
        return joined(parts or [nothing(len(self.vocabulary.categories), self.evaluators)])

    def _count(self, chunk: Chunk, block: Sequence[tuple[int, Annotation]]) -> PictureCounts:
        """Count pictures whose places in the chunk lie close together."""
        first, last = block[0][0], block[-1][0] + 1
        by_place = dict(block)
        blank = unlabelled(self.vocabulary)
        some = [by_place.get(place, blank) for place in range(first, last)]
        self.truth.add([annotation for _, annotation in block], self.pixels)
        layers = side_by_side({name: partial(self._count_layer, name, chunk, first, some) for name in self.evaluators})
        return PictureCounts(*of_labels(some), {name: counts for name, counts in layers.items() if counts is not None})

    def _count_layer(self, name: str, chunk: Chunk, first: int, some: Sequence[Annotation]) -> LayerCounts | None:
        sparse = chunk.layers[name].between(first, first + len(some), self._numberings[name])
        if name in self._on_device:
            from torch import OutOfMemoryError

            count = partial(self._on_device[name].counted, sparse, len(some))
            try:
                return self.tallies[name].add_counted(count, some, by_picture=self._by_picture)
            except OutOfMemoryError:
                del self._on_device[name]
            by_the_processor(f"the masks of {name}")
        masks = self.evaluators[name].masks(sparse, len(some))
        return self.tallies[name].add(masks, some, by_picture=self._by_picture)


def _on(device: torch.device | None, evaluators: Mapping[str, Evaluator]) -> dict[str, DeviceMasks]:
    """Masks on a GPU, by layer; none on other devices."""
    if device is None:
        return {}
    from visualize.methods.dissection.device_masks import DeviceMasks
    from visualize.methods.network import accelerator

    return (
        {name: DeviceMasks(evaluator, device) for name, evaluator in evaluators.items()}
        if accelerator.is_gpu(device)
        else {}
    )


def evaluators(
    labelled: Labelled,
    preparation: Preparation,
    settings: Settings,
    *,
    taps: Mapping[str, Tap],
    thresholds: Mapping[str, NDArray[Any]],
) -> dict[str, Evaluator]:
    """Evaluators by layer, which find the masks of the units at the resolution of the label maps."""
    shape = labelled.label_shape(preparation)
    by_layer = {}
    for name, tap in taps.items():
        resampled = resampling(shape, tap.size, preparation.size, alignment=settings.alignment, field=tap.field)
        by_layer[name] = Evaluator(tap.numbering, resampled, thresholds[name])
    return by_layer


def thresholds(taps: Mapping[str, Tap], settings: Settings, pictures: int) -> dict[str, NDArray[Any]]:
    """The thresholds of every layer's units, once ``pictures`` pictures were looked at, which is all of them."""
    return {
        name: tap.top.threshold(above(settings.quantile, pictures * tap.positions))
        for name, tap in taps.items()
        if tap.top is not None
    }
