"""Removal of single units as a way of looking at them: which classes a network tells worse without each."""

from __future__ import annotations

import dataclasses
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

from visualize.methods.ablation.settings import LEAST, By
from visualize.methods.method import Method, Needs
from visualize.methods.settings import setting
from visualize.methods.shared_settings import batch_setting
from visualize.methods.together import number
from visualize.methods.unit import Target, Unit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from visualize.methods.ablation.result import AblationResult
    from visualize.methods.network.probe import Probe
    from visualize.methods.pictures.images import Images
    from visualize.methods.progress import Progress


@dataclass(frozen=True, kw_only=True)
class Ablation(Method):
    """Measure which classes the network tells worse without a unit.

    Zhou, Sun, Bau and Torralba 2018 (arXiv:1806.02891); Bau et al. 2020, "Understanding the role of individual units in
    a deep neural network" (PNAS). The unit's activation is replaced everywhere, and only what comes behind its layer is
    run again. Classes are chosen on one half of the pictures and reported on the other. The class of a picture is the
    one that the set names, where that is one of the network's, else the network's own answer with all units. A unit's
    own position is not looked at: the whole unit is removed.

    Raises:
        InputError: a value that makes no sense.

    Example:
        >>> import numpy as np
        >>> from torch import nn
        >>> from visualize.methods import Ablation, Preparation, Probe, Stack
        >>> network = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten())
        >>> noise = np.random.default_rng(0).integers(0, 256, (8, 16, 16, 3), dtype=np.uint8)
        >>> probe = Probe(network, prepare=Preparation((16, 16)))
        >>> (result,) = Ablation(least=1)(probe, probe.unit("1:2"), Stack(list(noise)))
        >>> result.labels
        'network'
    """

    name: ClassVar[str] = "ablate"
    title: ClassVar[str] = "What is lost without it"
    shows: ClassVar[str] = "Share of each class's pictures that are called so: with the unit grey, without it orange."
    needs: ClassVar[Needs] = Needs.IMAGES
    by_default: ClassVar[bool] = False
    advice: ClassVar[str] = "Whole layers, and the units that each class needs, come from `viz ablate`."
    examples: ClassVar[tuple[str, ...]] = ("unit --methods top,ablate",)

    by: By = setting(
        "zero",
        unit="HOW",
        help="What stands in the place of the unit's activation: zero, or its mean over the pictures.",
    )
    least: int = setting(LEAST, least=1, unit="N", help="Pictures that a class must have in each half to be measured.")
    batch: int | Literal["auto"] = batch_setting()

    def look(
        self, probe: Probe, units: Sequence[Target], images: Images | None, progress: Progress
    ) -> list[AblationResult]:
        """Remove units one at a time, those of a layer on one run of the network.

        Raises:
            InputError: the network tells no classes apart, or no picture can be read.
        """
        from visualize.methods.ablation.single import Removal

        if images is None:  # the interface refuses that before
            return []
        began = time.perf_counter()
        single = [unit for unit in units if isinstance(unit, Unit)]
        layers = list(dict.fromkeys(unit.layer for unit in single))
        by_unit: dict[Target, AblationResult] = {}
        for place, layer in enumerate(layers):
            own = list(dict.fromkeys(unit for unit in single if unit.layer == layer))
            removal = Removal(
                probe=probe, layer=layer, images=images, by=self.by, least=self.least, batch=number(self.batch),
                provenance=self.provenance(probe, 0), place=(place, len(layers)), progress=progress,
            )  # fmt: skip
            by_unit |= dict(zip(own, removal.results(own), strict=True))
        provenance = self.provenance(probe, (time.perf_counter() - began) / len(single))
        return [dataclasses.replace(by_unit[unit], provenance=provenance) for unit in single]
