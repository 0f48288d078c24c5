"""Top-activated images: the photographs of a probe set that excite a unit most, and where in them."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, ClassVar, Literal

from visualize.methods.errors import InputError
from visualize.methods.method import Method, Needs
from visualize.methods.progress import Progress, share
from visualize.methods.settings import SOME, setting
from visualize.methods.shared_settings import batch_setting, count_setting
from visualize.methods.together import number
from visualize.methods.unit import Target, Unit, layers

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from visualize.methods.network.probe import Probe
    from visualize.methods.pictures.images import Images
    from visualize.methods.top_images.result import TopResult


_PICTURES = 100  # of a scan, which the occlusions of one picture are taken to cost when progress is told


@dataclass(frozen=True, kw_only=True)
class TopImages(Method):
    """Find the pictures of a probe set with the largest peaks of a unit, and the region of each that excites it.

    Girshick, Donahue, Darrell and Malik 2014, section 3.1, "Visualizing learned features"; the segmentation of the
    active region as in Zhou, Khosla, Lapedriza, Oliva and Torralba 2015, section 3.2. One run of the network over the
    set serves all units of all layers asked for. Pictures with exactly equal peaks stay in the set's order.

    Raises:
        InputError: a number that makes no sense.

    Example:
        >>> import numpy as np
        >>> from visualize.methods import Preparation, Probe, Stack
        >>> from torch import nn
        >>> probe = Probe(nn.Sequential(nn.AvgPool2d(4)), prepare=Preparation((16, 16)))
        >>> photographs = [np.full((16, 16, 3), light, np.uint8) for light in (51, 255, 204)]
        >>> (result,) = TopImages(count=2)(probe, probe.unit("0:0"), Stack(photographs))
        >>> result.files
        ('pictures/1', 'pictures/2')
    """

    name: ClassVar[str] = "top"
    title: ClassVar[str] = "Top-activated images"
    shows: ClassVar[str] = "The photographs it answers to most, and where in them."
    needs: ClassVar[Needs] = Needs.IMAGES
    chooses: ClassVar[bool] = True
    browsing: ClassVar[Mapping[str, object] | None] = MappingProxyType({"count": 8})
    advice: ClassVar[str] = "Every picture of the set is looked at once, however many units are asked for."
    examples: ClassVar[tuple[str, ...]] = (
        "top",
        "top --images photographs/ --unit 3,79 --count 16",
        "top --unit 53 --empirical 3",
        "top --unit 53 --diverse",
        "top --images photographs/ --on ray",
    )

    count: int = count_setting(9)
    region: float = setting(
        0.5, least=0, most=1, unit="PART", help="The part of its peak that an activation must reach to count as active."
    )
    batch: int | Literal["auto"] = batch_setting()
    empirical: int = setting(
        0,
        least=0,
        help="Measure the empirical receptive field on so many of the best pictures, by covering one small square "
        "after another: thousands of runs.",
    )
    occluder: int = setting(
        11, least=1, unit="PIXELS", only_with={"empirical": SOME}, help="The side of these squares."
    )
    stride: int = setting(
        3,
        least=1,
        unit="PIXELS",
        only_with={"empirical": SOME},
        help="From one place of these squares to the next.",
    )
    diverse: bool = setting(
        False,
        help="Leave out near-duplicates, such as frames of a film: of the 8 times as many best pictures, each whose "
        "thumbnail correlates with that of a better one that is shown above what --alike says.",
    )
    alike: float = setting(
        0.85,
        least=0,
        most=1,
        unit="R",
        only_with={"diverse": (True,)},
        help="The correlation of two thumbnails (16 x 16, grey) above which pictures are near-duplicates.",
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.empirical > self.count:
            raise InputError(f"empirical is a number of the {self.count} top images, not {self.empirical}")
        if self.stride > self.occluder:
            raise InputError(f"stride is at most the occluder's side of {self.occluder}, not {self.stride}")

    def company(self, units: Sequence[Target]) -> tuple[tuple[str, ...], ...]:
        """For each unit the layers that are looked at in one run; all units where fields are measured."""
        return super().company(units) if self.empirical else (layers(units),) * len(units)

    def look(self, probe: Probe, units: Sequence[Target], images: Images | None, progress: Progress) -> list[TopResult]:
        """Scan the set once for all units."""
        if images is None:
            return []
        from visualize.methods.pictures.scan import Scan
        from visualize.methods.top_images.diversity import POOL, diversified
        from visualize.methods.top_images.search import search

        began = time.perf_counter()
        single = [unit for unit in units if isinstance(unit, Unit)]
        work = _PICTURES * self.empirical * len(single)
        total = len(images) + work
        scan = Scan(
            probe, images, layers(single), batch=number(self.batch), progress=share(progress, 0, len(images), total)
        )
        count = self.count * (POOL if self.diverse else 1)
        results = search(scan, single, count=count, region=self.region, provenance=self.provenance(probe, 0))
        if self.diverse:
            results = diversified(results, self.count, self.alike)
        if self.empirical:
            results = self._with_fields(probe, results, share(progress, len(images), work, total))
        provenance = self.provenance(probe, (time.perf_counter() - began) / len(single))
        return [replace(result, provenance=provenance) for result in results]

    def _with_fields(self, probe: Probe, results: Sequence[TopResult], progress: Progress) -> list[TopResult]:
        """Results with the empirical receptive fields of their units."""
        from visualize.methods.top_images.field_measurement import empirical_fields
        from visualize.methods.top_images.occlusion import Occluder

        occluder = Occluder(self.occluder, self.stride)
        fields = empirical_fields(probe, results, count=self.empirical, occluder=occluder, progress=progress)
        return [replace(result, empirical=field) for result, field in zip(results, fields, strict=True)]
