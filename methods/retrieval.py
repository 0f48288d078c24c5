"""Top-activated images: the photographs of a probe set that excite a unit most, and where in them."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import torch
from torch import Tensor

from methods.drawing import highlight, outlined
from methods.empirical_field import EmpiricalField, empirical_fields
from methods.errors import InputError
from methods.method import Json, Method, Needs, Progress, Result
from methods.occlusion import Occluder
from methods.panel import Panel, Picture, figure
from methods.scan import Batch, Scan, require_finite
from methods.unit import Target, Unit
from methods.upsample import upsample

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from methods.images import Images
    from methods.preparation import Preparation
    from methods.probe import Probe
    from methods.receptive_field import ReceptiveField


_PICTURES = 100  # of a scan, which the occlusions of one picture are taken to cost when progress is told


@dataclass(frozen=True, kw_only=True)
class TopResult(Result):
    """The pictures of a probe set that excite a unit most, in falling order of their peaks.

    Args:
        images: the probe set.
        preparation: how its pictures became the network's input.
        field: the receptive field of the unit's layer.
        region: the part of its peak that an activation must reach to count as active.
        indices: of the pictures in the set.
        activations: their peaks: the largest activation on the unit's map (at its position, if the unit has one).
        positions: (row, column) of the peaks on the map.
        maps: count x rows x columns, the unit's whole map on each.
        scanned: how many pictures were looked at.
        broken: the names of those that could not be read.
        empirical: the unit's empirical receptive field, where it was asked for.
        concepts: for each picture where the unit's concept is labelled, rows x columns of any size; see
            :meth:`marked`.
    """

    unit: Unit
    images: Images
    preparation: Preparation
    field: ReceptiveField | None
    region: float
    indices: tuple[int, ...]
    activations: tuple[float, ...]
    positions: tuple[tuple[int, int], ...]
    maps: Tensor
    scanned: int
    broken: tuple[str, ...]
    empirical: EmpiricalField | None = None
    concepts: tuple[NDArray[np.bool_], ...] = ()

    def marked(self, concepts: Sequence[NDArray[np.bool_]], name: str) -> TopResult:
        """The same result, whose pictures show the outline of what a dissection calls the unit.

        Args:
            concepts: one mask for each picture.
            name: the concept's.
        """
        legend = f"yellow: where it is active; blue: where {name} is labelled"
        return replace(self, concepts=tuple(concepts), notes=(*self.notes, legend))

    @property
    def files(self) -> tuple[str, ...]:
        """The pictures' names in the set."""
        return tuple(self.images.file(index) for index in self.indices)

    def window(self, place: int) -> tuple[int, int, int, int] | None:
        """What the peak of picture ``place`` (0 is the best) sees.

        Returns:
            (top, left, bottom, right) in input pixels, half open; None where every position sees the whole input.
        """
        if self.field is None or min(self.field.stride) == 0:
            return None
        return self.field.window(*self.positions[place], self.preparation.size)

    def mask(self, place: int) -> NDArray[np.bool_]:
        """Where the unit is active in picture ``place``: H x W of the input, within the receptive field of the peak.

        A pixel counts where the map, scaled up bilinearly, reaches ``region`` of its peak.
        """
        scaled = upsample(self.maps[place].double(), self.preparation.size, self.field).numpy()
        top, left, bottom, right = self.window(place) or (0, 0, *scaled.shape)
        # A centre between pixels leaves less than the peak to the pixels around it.
        peak = min(self.activations[place], scaled[top:bottom, left:right].max())
        active = np.zeros(scaled.shape, np.bool_)
        # For a peak below zero this asks for a distance from it as large as for one above.
        active[top:bottom, left:right] = scaled[top:bottom, left:right] >= peak - (1 - self.region) * abs(peak)
        return active

    def picture(self, place: int) -> Picture:
        """Picture ``place`` as the network saw it: H x W x 3, RGB, uint8."""
        return self.images.load(self.indices[place], self.preparation)

    def panels(self) -> tuple[Panel, ...]:
        """The pictures with all dimmed that does not excite the unit, under each its activation and its name.

        Last the empirical receptive field beside the theoretical one, where it was measured.
        """
        shown = tuple(
            Panel(self._shown(place), f"activation {figure(activation)}\n{file}", of=file)
            for place, (activation, file) in enumerate(zip(self.activations, self.files, strict=True))
        )
        return shown if self.empirical is None else (*shown, self.empirical.panel())

    def _shown(self, place: int) -> Picture:
        shown = highlight(self.picture(place), self.mask(place), self.window(place))
        return outlined(shown, self.concepts[place]) if self.concepts else shown

    def facts(self) -> dict[str, Json]:
        """Images (file, activation, position), scanned, broken (names), set; field: theoretical, empirical.

        The theoretical field is [height, width] in pixels, None where a position sees the whole input.
        """
        images: list[Json] = [
            {"file": file, "activation": activation, "position": list(position)}
            for file, activation, position in zip(self.files, self.activations, self.positions, strict=True)
        ]
        local = self.field is not None and min(self.field.stride) > 0
        field: dict[str, Json] = {
            "theoretical": list(self.field.size) if self.field and local else None,
            "empirical": self.empirical.facts() if self.empirical else None,
        }
        return {
            "images": images,
            "scanned": self.scanned,
            "broken": list(self.broken),
            "set": self.images.name,
            "field": field,
        }

    def lines(self) -> tuple[str, ...]:
        """The empirical receptive field beside the theoretical one, where it was measured."""
        return () if self.empirical is None else (", ".join(self.empirical.said.split("\n")),)

    def arrays(self) -> dict[str, NDArray[Any]]:
        """``activations``, ``positions`` (count x 2), ``indices`` and ``maps`` (count x rows x columns).

        ``empirical``: the averaged discrepancy map around the peaks, where it was measured.
        """
        extra = {} if self.empirical is None else {"empirical": self.empirical.drops.numpy()}
        return extra | {
            "activations": np.array(self.activations, np.float32),
            "positions": np.array(self.positions, np.int64).reshape(-1, 2),
            "indices": np.array(self.indices, np.int64),
            "maps": self.maps.numpy(),
        }


@dataclass(frozen=True, kw_only=True)
class TopImages(Method):
    """The pictures of a probe set with the largest peaks of a unit, and the region of each that excites it.

    Girshick, Donahue, Darrell and Malik 2014, section 3.1, "Visualizing learned features"; the segmentation of the
    active region as in Zhou, Khosla, Lapedriza, Oliva and Torralba 2015, section 3.2. One run of the network over the
    set serves all units of all layers asked for. Pictures with exactly equal peaks stay in the set's order.

    Args:
        count: pictures for each unit.
        region: the part of its peak that an activation must reach to count as active, in 0..1.
        batch: pictures in one run of the network.
        empirical: the empirical receptive field is measured on so many of the best pictures, by
            :func:`~methods.empirical_field.empirical_fields`; 0 leaves it out, for it takes thousands of runs.
        occluder: the side of the random squares that it is measured with, pixels.
        stride: from one place of theirs to the next, pixels.

    Raises:
        InputError: a number that makes no sense.
    """

    name: ClassVar[str] = "top"
    title: ClassVar[str] = "Top-activated images"
    shows: ClassVar[str] = "The photographs it answers to most, and where in them."
    needs: ClassVar[Needs] = Needs.IMAGES

    count: int = 9
    region: float = 0.5
    batch: int = 8
    empirical: int = 0
    occluder: int = 11
    stride: int = 3

    def __post_init__(self) -> None:
        if not 0 <= self.empirical <= self.count:
            raise InputError(f"empirical is a number of the {self.count} top images, not {self.empirical}")
        Occluder(self.occluder, self.stride)
        if min(self.count, self.batch) < 1 or not 0 <= self.region <= 1:
            raise InputError(
                f"count and batch are 1 or more and region lies in 0..1, "
                f"not {self.count}, {self.batch} and {self.region}"
            )

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
                notes=_notes(found["activations"], scan),
            )
            for unit in units
        ]


def _share(progress: Progress, before: int, total: int) -> Progress:
    """Tell of the rest of the work, after ``before`` of ``total`` pieces."""
    return lambda done, whole: progress(before + (total - before) * done // whole, total)


def _notes(activations: tuple[float, ...], scan: Scan) -> tuple[str, ...]:
    notes = []
    if scan.broken:
        total = scan.scanned + len(scan.broken)
        notes.append(f"{len(scan.broken)} of {total} pictures could not be read and were skipped")
    if activations and activations[0] <= 0:
        notes.append("no photograph of this set excites the unit")
    return tuple(notes)


class _Best:
    """The best pictures so far of some units of one layer: exact, in memory that does not grow with the probe set."""

    def __init__(self, units: Sequence[Unit], count: int) -> None:
        self._units = {unit: row for row, unit in enumerate(units)}
        self._count = count
        self._peaks = torch.full((len(units), count), -torch.inf, dtype=torch.float64)
        self._indices = torch.full((len(units), count), -1)
        self._places = torch.zeros(len(units), count, dtype=torch.long)
        self._maps: Tensor | None = None

    def add(self, batch: Batch, images: Images, layer: str) -> None:
        """Take in a batch whose pictures come after all those before."""
        own = self._own(batch.maps[layer])
        peaks = self._peaks_of(own)
        require_finite(peaks.T, batch, images, layer)
        peaks = peaks.double().cpu()
        if self._maps is None:
            self._maps = own.new_zeros(own.shape[0], self._count, *own.shape[2:]).cpu()
        better = (peaks > self._peaks[:, -1:]).any(1).nonzero().flatten()
        if len(better):
            indices = torch.tensor(batch.indices).expand(len(better), -1)
            maps = own[better.to(own.device)].cpu()
            self._merge(better, peaks[better], indices, self._places_of(maps, better.tolist()), maps)

    def _own(self, maps: Tensor) -> Tensor:
        """The maps of these units, units x pictures x rows x columns; a view where they are all of the layer's."""
        indices = [unit.index for unit in self._units]
        own = maps if indices == list(range(maps.shape[1])) else maps[:, indices]
        return own.to(torch.promote_types(own.dtype, torch.float32)).transpose(0, 1)  # numpy has no bfloat16

    def _peaks_of(self, own: Tensor) -> Tensor:
        """The largest activation on each map, or that at the unit's position; units x pictures."""
        peaks = own.amax((2, 3))
        for row, unit in enumerate(self._units):
            if unit.position is not None:
                peaks[row] = own[row, :, unit.position[0], unit.position[1]]
        return peaks

    def _places_of(self, maps: Tensor, rows: Sequence[int]) -> Tensor:
        """Where the peaks of some units' maps are, as one number; units x pictures."""
        places = maps.flatten(2).argmax(2)
        units = list(self._units)
        for place, row in enumerate(rows):
            position = units[row].position
            if position is not None:
                places[place] = position[0] * maps.shape[3] + position[1]
        return places

    def _merge(self, rows: Tensor, peaks: Tensor, indices: Tensor, places: Tensor, maps: Tensor) -> None:
        """Keep the best of old and new; a stable sort keeps the earlier of equals first."""
        if self._maps is None:
            return
        joined = torch.cat([self._peaks[rows], peaks], 1)
        order = torch.argsort(joined, dim=1, descending=True, stable=True)[:, : self._count]
        self._peaks[rows] = joined.gather(1, order)
        self._indices[rows] = torch.cat([self._indices[rows], indices], 1).gather(1, order)
        self._places[rows] = torch.cat([self._places[rows], places], 1).gather(1, order)
        both = torch.cat([self._maps[rows], maps], 1)
        self._maps[rows] = both[torch.arange(len(rows))[:, None], order]

    def of(self, unit: Unit) -> dict[str, Any]:
        """indices, activations, positions and maps of one unit, the best first."""
        row = self._units[unit]
        found = int((self._indices[row] >= 0).sum())
        maps = torch.empty(0, 1, 1) if self._maps is None else self._maps[row, :found].clone()
        width = maps.shape[2]
        return {
            "indices": tuple(self._indices[row, :found].tolist()),
            "activations": tuple(self._peaks[row, :found].tolist()),
            "positions": tuple(divmod(place, width) for place in self._places[row, :found].tolist()),
            "maps": maps,
        }
