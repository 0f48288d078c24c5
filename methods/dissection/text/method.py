"""Names in free text as a way of looking at units: CLIP-Dissect, and SemanticLens' measures of clarity."""

from __future__ import annotations

import dataclasses
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

from visualize.methods.dissection.text.settings import Settings
from visualize.methods.errors import InputError
from visualize.methods.method import Method, Needs
from visualize.methods.progress import share
from visualize.methods.settings import setting
from visualize.methods.shared_settings import batch_setting
from visualize.methods.together import number
from visualize.methods.unit import Target, Unit, layers

if TYPE_CHECKING:
    from collections.abc import Sequence

    from visualize.methods.dissection.text.naming import Named
    from visualize.methods.dissection.text.result import TextResult
    from visualize.methods.network.probe import Probe
    from visualize.methods.pictures.images import Images
    from visualize.methods.pictures.worded import Similarities
    from visualize.methods.progress import Progress


@dataclass(frozen=True, kw_only=True)
class TextNames(Method, Settings):
    """Name units by the words that pictures are most similar to where the units are active.

    Oikarinen and Weng 2023, "CLIP-Dissect", with SoftWPMI or one of its simpler rivals; clarity, redundancy and
    polysemanticity as in Dreyer et al. 2025, "SemanticLens", where the pictures' embeddings are at hand. A unit counts
    by its mean over the map. Similarities come with the pictures (:func:`~visualize.methods.pictures.worded.worded`);
    for labelled pictures without, the share that a concept covers stands for them, as part of its largest in the set.
    One run of the network over the set serves all units of all layers; the other units of a layer count too, for a
    word that fits them all is no name. A unit's own position is not looked at.

    Raises:
        InputError: a value that makes no sense.

    Example:
        >>> import numpy as np
        >>> from torch import nn
        >>> from visualize.methods import Preparation, Probe, Stack
        >>> from visualize.methods.pictures.worded import Similarities, worded
        >>> colours = [(255, 0, 0), (0, 255, 0), (0, 0, 255)]
        >>> pictures = Stack([np.full((16, 16, 3), colour, np.uint8) for colour in colours])
        >>> similar = Similarities(("red", "green", "blue"), np.eye(3), source="by hand")
        >>> probe = Probe(nn.Sequential(nn.AvgPool2d(4)), prepare=Preparation((16, 16)))
        >>> results = TextNames(top=1)(probe, probe.units("0"), worded(pictures, similar))
        >>> [result.words[0] for result in results]
        ['red', 'green', 'blue']
    """

    name: ClassVar[str] = "text"
    title: ClassVar[str] = "Names in free text"
    shows: ClassVar[str] = (
        "Best word first. Bars: how many standard deviations more similar to the word its best pictures are than all."
    )
    needs: ClassVar[Needs] = Needs.WORDED
    by_default: ClassVar[bool] = False
    advice: ClassVar[str] = (
        "Similarities come from --similarities FILE.npz, from a vision-language model of yours, or from the set's own "
        "labels. Tables of whole layers come from `viz text`."
    )
    examples: ClassVar[tuple[str, ...]] = ("text", "unit --methods top,text")

    shown: int = setting(5, least=1, unit="WORDS", help="Words that are shown of each unit.")
    batch: int | Literal["auto"] = batch_setting()

    def __post_init__(self) -> None:
        Settings.__post_init__(self)
        Method.__post_init__(self)

    def company(self, units: Sequence[Target]) -> tuple[tuple[str, ...], ...]:
        """For each unit the layers that are looked at in one run."""
        return (layers(units),) * len(units)

    def look(
        self, probe: Probe, units: Sequence[Target], images: Images | None, progress: Progress
    ) -> list[TextResult]:
        """Scan the set once for all units of all layers.

        Raises:
            InputError: the pictures have neither similarities nor labels, or none can be read.
        """
        from visualize.methods.dissection.text.naming import named
        from visualize.methods.dissection.text.pooling import pooled
        from visualize.methods.pictures.scan import Scan

        if images is None:  # the interface refuses that before
            return []
        began = time.perf_counter()
        single = [unit for unit in units if isinstance(unit, Unit)]
        half = share(progress, 0, len(images), 2 * len(images))
        similarities = _similarities(probe, images, half)
        rest = share(progress, len(images), len(images), 2 * len(images))
        scan = Scan(probe, images, layers(single), batch=number(self.batch), progress=rest)
        scanned = pooled(scan, self.pool)
        by_layer = {
            layer: named(each, similarities, self, shown=self.shown, seed=self.seed) for layer, each in scanned.items()
        }
        results = [self._result(probe, unit, by_layer[unit.layer], images, similarities) for unit in single]
        provenance = self.provenance(probe, (time.perf_counter() - began) / len(single))
        return [
            dataclasses.replace(result, provenance=provenance, notes=(*scan.notes, *by_layer[unit.layer].notes))
            for result, unit in zip(results, single, strict=True)
        ]

    def _result(self, probe: Probe, unit: Unit, layer: Named, images: Images, similarities: Similarities) -> TextResult:
        from visualize.methods.dissection.text.result import TextResult

        row = unit.index
        return TextResult(
            unit=unit,
            provenance=self.provenance(probe, 0),
            score=self.score,
            words=tuple(similarities.words[column] for column in layer.order[row]),
            scores=layer.scores[row],
            lifts=layer.lifts[row],
            files=tuple(images.file(int(index)) for index in layer.best[row, : self.samples]),
            indices=layer.best[row, : self.samples],
            activations=layer.activations[row, : self.samples],
            clarity=None if layer.clarity is None else float(layer.clarity[row]),
            redundancy=None if layer.redundancy is None else float(layer.redundancy[row]),
            twin=None if layer.twins is None else int(layer.twins[row]),
            polysemanticity=None if layer.polysemanticity is None else float(layer.polysemanticity[row]),
            source=similarities.source,
            known=len(similarities.words),
            set_name=images.name,
        )


def _similarities(probe: Probe, images: Images, progress: Progress) -> Similarities:
    """Similarities that come with the pictures, or by their labels.

    Raises:
        InputError: the pictures have neither.
    """
    from visualize.methods.dissection.text.coverage import coverage
    from visualize.methods.pictures.labelled import Labelled
    from visualize.methods.pictures.worded import Worded

    if isinstance(images, Worded):
        return images.similarities
    if not isinstance(images, Labelled):
        raise InputError(
            f"names in text need the similarity of pictures to words, and {images.name} has neither similarities nor "
            f"labels; give a file of similarities, a vision-language model, or a labelled set"
        )
    return coverage(images, probe.prepare, progress)
