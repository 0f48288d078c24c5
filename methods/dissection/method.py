"""Network Dissection as a way of looking at units: what each one is called, and how sure that is."""

from __future__ import annotations

import dataclasses
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from visualize.methods.dissection.settings import Settings
from visualize.methods.errors import InputError
from visualize.methods.lazy import gone
from visualize.methods.method import Method, Needs
from visualize.methods.moved import SHRUNK
from visualize.methods.unit import Target, Unit, layers

if TYPE_CHECKING:
    from collections.abc import Sequence

    from visualize.methods.dissection.result import DissectionResult
    from visualize.methods.network.probe import Probe
    from visualize.methods.pictures.images import Images
    from visualize.methods.progress import Progress


@dataclass(frozen=True, kw_only=True)
class Dissection(Method, Settings):
    """Find the concept that a unit's activation overlaps most, over a whole labelled probe set.

    Bau, Zhou, Khosla, Oliva and Torralba 2017, "Network Dissection", section 2. T is exceeded at 0.5 % of all positions
    and pictures; the mask of a unit is where its map, scaled up bilinearly, lies above T; a concept's score is the IoU
    of masks and labels over the pictures that are annotated in its category (equation 2). The threshold is the exact
    order statistic, and one run of the network over the set serves all units of all layers asked for. A unit's own
    position is not looked at: a concept is told by the whole map.

    Raises:
        InputError: a value that makes no sense.

    Example:
        >>> import numpy as np
        >>> from visualize.methods import Preparation, Probe
        >>> from visualize.methods.testing.subjects import LabelledNoise
        >>> from torch import nn
        >>> pictures, labels = np.zeros((4, 20, 28, 3), np.uint8), np.zeros((10, 14), int)
        >>> pictures[:, 4:12, 6:20, 0], labels[2:6, 3:10] = 255, 1  # "car", the set's first concept, is red
        >>> labelled = LabelledNoise(list(pictures), [{"object": [labels]}] * 4)
        >>> probe = Probe(nn.Sequential(nn.AvgPool2d(2)), prepare=Preparation((20, 28)))
        >>> (result,) = Dissection(quantile=0.2)(probe, probe.unit("0:0"), labelled)
        >>> result.named.headline
        'car, IoU 1 (95 %: 1.00 to 1.00)'
    """

    name: ClassVar[str] = "dissect"
    title: ClassVar[str] = "Network Dissection"
    shows: ClassVar[str] = "Where it fires (yellow) on its best photographs, and its concept as labelled there (blue)."
    needs: ClassVar[Needs] = Needs.LABELLED
    by_default: ClassVar[bool] = False

    advice: ClassVar[str] = (
        "A card shows where the unit's concept is labelled. Tables of whole layers come from `viz dissect`."
    )
    examples: ClassVar[tuple[str, ...]] = ("unit --methods top,dissect",)

    def __post_init__(self) -> None:
        Settings.__post_init__(self)

    @property
    def settings(self) -> Settings:
        """Settings alone, for the functions of this package."""
        return Settings(**{item.name: getattr(self, item.name) for item in dataclasses.fields(Settings)})

    def company(self, units: Sequence[Target]) -> tuple[tuple[str, ...], ...]:
        """For each unit the layers that are looked at in one run."""
        return (layers(units),) * len(units)

    def look(
        self, probe: Probe, units: Sequence[Target], images: Images | None, progress: Progress
    ) -> list[DissectionResult]:
        """Dissect the units' layers once for all of them.

        Raises:
            InputError: the probe set has no labels, or what :func:`~visualize.methods.dissection.pipeline.dissect`
                raises.
        """
        from visualize.methods.dissection.pipeline import dissect
        from visualize.methods.dissection.records import records
        from visualize.methods.pictures.labelled import Labelled

        if not isinstance(images, Labelled):
            name = "it" if images is None else images.name
            raise InputError(f"dissection needs labelled pictures, and {name} has no labels; give a labelled probe set")
        began = time.perf_counter()
        single = [unit for unit in units if isinstance(unit, Unit)]
        dissected = dissect(probe, list(layers(single)), images, self.settings, progress=progress)
        results = records(dissected, single, images, probe.prepare, self.provenance(probe, 0), cut=self.cut)
        provenance = self.provenance(probe, (time.perf_counter() - began) / len(single))
        return [dataclasses.replace(result, provenance=provenance) for result in results]


if not TYPE_CHECKING:
    __getattr__ = gone(__name__, *SHRUNK[__name__])  # old paths, until 0.3
