"""Top-activated images: the photographs of a probe set that excite a unit most, and where in them."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import torch
from torch import Tensor

from methods.errors import InputError
from methods.method import Method, Needs
from methods.network.activation import activations
from methods.pictures.peaks import Peaks
from methods.pictures.scan import Batch, Scan, require_finite
from methods.pictures.selection import unexcited
from methods.settings import setting
from methods.top_images.field_measurement import empirical_fields
from methods.top_images.occlusion import Occluder
from methods.top_images.result import TopResult
from methods.unit import Target, Unit

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from methods.network.probe import Probe
    from methods.pictures.images import Images
    from methods.progress import Progress


_PICTURES = 100  # of a scan, which the occlusions of one picture are taken to cost when progress is told


@dataclass(frozen=True, kw_only=True)
class TopImages(Method):
    """The pictures of a probe set with the largest peaks of a unit, and the region of each that excites it.

    Girshick, Donahue, Darrell and Malik 2014, section 3.1, "Visualizing learned features"; the segmentation of the
    active region as in Zhou, Khosla, Lapedriza, Oliva and Torralba 2015, section 3.2. One run of the network over the
    set serves all units of all layers asked for. Pictures with exactly equal peaks stay in the set's order.

    Raises:
        InputError: a number that makes no sense.
    """

    name: ClassVar[str] = "top"
    title: ClassVar[str] = "Top-activated images"
    shows: ClassVar[str] = "The photographs it answers to most, and where in them."
    needs: ClassVar[Needs] = Needs.IMAGES
    chooses: ClassVar[bool] = True
    advice: ClassVar[str] = "Every picture of the set is looked at once, however many units are asked for."
    examples: ClassVar[tuple[str, ...]] = (
        "top",
        "top --images photographs/ --unit 3,79 --count 16",
        "top --unit 53 --empirical 3",
    )

    count: int = setting(9, least=1, help="Pictures for each unit: of a set, those that excite it most.")
    region: float = setting(
        0.5, least=0, most=1, unit="PART", help="The part of its peak that an activation must reach to count as active."
    )
    batch: int = setting(8, least=1, option=False, help="Pictures in one run of the network.")
    empirical: int = setting(
        0,
        least=0,
        help="Measure the empirical receptive field on so many of the best pictures, by covering one small square "
        "after another: thousands of runs.",
    )
    occluder: int = setting(11, least=1, unit="PIXELS", help="The side of these squares.")
    stride: int = setting(3, least=1, unit="PIXELS", help="From one place of these squares to the next.")

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.empirical > self.count:
            raise InputError(f"empirical is a number of the {self.count} top images, not {self.empirical}")
        if self.stride > self.occluder:
            raise InputError(f"stride is at most the occluder's side of {self.occluder}, not {self.stride}")

    def look(self, probe: Probe, units: Sequence[Target], images: Images | None, progress: Progress) -> list[TopResult]:
        """Scan the set once for all units."""
        if images is None:
            return []
        began = time.perf_counter()
        single = [unit for unit in units if isinstance(unit, Unit)]
        layers = list(dict.fromkeys(unit.layer for unit in single))
        best = {
            layer: _Best(list(dict.fromkeys(u for u in single if u.layer == layer)), self.count) for layer in layers
        }
        work = _PICTURES * self.empirical * len(single)
        scan = Scan(probe, images, layers, batch=self.batch, progress=lambda done, total: progress(done, total + work))
        for batch in scan:
            for layer in layers:
                best[layer].add(batch, images, layer)
        results = self._results(probe, single, images, scan, best)
        if self.empirical:
            scanned = len(images)
            tell = _share(progress, scanned, scanned + work)
            occluder = Occluder(self.occluder, self.stride)
            fields = empirical_fields(probe, results, count=self.empirical, occluder=occluder, progress=tell)
            results = [replace(result, empirical=one) for result, one in zip(results, fields, strict=True)]
        provenance = self.provenance(probe, (time.perf_counter() - began) / len(single))
        return [replace(result, provenance=provenance) for result in results]

    def _results(
        self, probe: Probe, units: Sequence[Unit], images: Images, scan: Scan, best: Mapping[str, _Best]
    ) -> list[TopResult]:
        provenance = self.provenance(probe, 0)
        return [
            TopResult(
                unit=unit,
                provenance=provenance,
                images=images,
                preparation=probe.prepare,
                field=probe.layer(unit.layer).field,
                region=self.region,
                scanned=scan.scanned,
                broken=tuple(scan.broken),
                **(found := best[unit.layer].of(unit)),
                notes=(*scan.notes, *unexcited(found["activations"])),
            )
            for unit in units
        ]


def _share(progress: Progress, before: int, total: int) -> Progress:
    """Tell of the rest of the work, after ``before`` of ``total`` pieces."""
    return lambda done, whole: progress(before + (total - before) * done // whole, total)


class _Best:
    """The best pictures so far of some units of one layer: exact, in memory that does not grow with the probe set."""

    def __init__(self, units: Sequence[Unit], count: int) -> None:
        self._units = {unit: row for row, unit in enumerate(units)}
        self._count = count
        self._peaks = Peaks(len(units), count, np.float64)
        self._places = torch.zeros(len(units), count, dtype=torch.long)
        self._maps: Tensor | None = None

    def add(self, batch: Batch, images: Images, layer: str) -> None:
        """Take in a batch whose pictures come after all those before."""
        own = self._own(batch.maps[layer])
        peaks = activations(own, list(self._units))
        require_finite(peaks.T, batch, images, layer)
        if self._maps is None:
            self._maps = own.new_zeros(own.shape[0], self._count, *own.shape[2:]).cpu()
        rows, order = map(torch.from_numpy, self._peaks.add(peaks.double().cpu().numpy(), np.array(batch.indices)))
        if len(rows):
            maps = own[rows.to(own.device)].cpu()
            places = torch.cat([self._places[rows], self._places_of(maps, rows.tolist())], 1)
            self._places[rows] = places.gather(1, order)
            self._maps[rows] = torch.cat([self._maps[rows], maps], 1)[torch.arange(len(rows))[:, None], order]

    def _own(self, maps: Tensor) -> Tensor:
        """The maps of these units, units x pictures x rows x columns; a view where they are all of the layer's."""
        indices = [unit.index for unit in self._units]
        own = maps if indices == list(range(maps.shape[1])) else maps[:, indices]
        return own.to(torch.promote_types(own.dtype, torch.float32)).transpose(0, 1)  # numpy has no bfloat16

    def _places_of(self, maps: Tensor, rows: Sequence[int]) -> Tensor:
        """Where the peaks of some units' maps are, as one number; units x pictures."""
        places = maps.flatten(2).argmax(2)
        units = list(self._units)
        for place, row in enumerate(rows):
            position = units[row].position
            if position is not None:
                places[place] = position[0] * maps.shape[3] + position[1]
        return places

    def of(self, unit: Unit) -> dict[str, Any]:
        """indices, activations, positions and maps of one unit, the best first."""
        row = self._units[unit]
        indices, peaks = self._peaks.of(row)
        found = len(indices)
        maps = torch.empty(0, 1, 1) if self._maps is None else self._maps[row, :found].clone()
        width = maps.shape[2]
        return {
            "indices": indices,
            "activations": peaks,
            "positions": tuple(divmod(place, width) for place in self._places[row, :found].tolist()),
            "maps": maps,
        }
