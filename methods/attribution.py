"""What methods share that explain given pictures by a gradient, and the record of what they found."""

from __future__ import annotations

import functools
import time
import warnings
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import torch
from torch import Tensor

from methods.errors import BrokenImage, BrokenImageWarning, InputError
from methods.gradient import Explained, Positions, gradient, keeping
from methods.method import Json, Method, Needs, Progress, Result
from methods.pairs import beside, bright, seen, signed
from methods.panel import Panel, Picture, figure
from methods.retrieval import TopImages
from methods.unit import Target, Unit

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from methods.engine.rectifiers import Rule
    from methods.images import Images
    from methods.preparation import Preparation
    from methods.probe import Probe
    from methods.receptive_field import ReceptiveField

_LEGIBLE = 0.35  # of a picture's side: a smaller part of it needs to be enlarged


def strength(attribution: Tensor) -> Tensor:
    """The largest absolute value over the colours: N x C x H x W -> N x H x W (Simonyan et al. 2014, section 3.1)."""
    return attribution.abs().amax(1)


@dataclass(frozen=True, kw_only=True)
class AttributionResult(Result):
    """What in some pictures a unit's activation comes from.

    Args:
        images: the probe set.
        preparation: how its pictures became the network's input.
        field: the receptive field of the unit's layer.
        colours: the maps are drawn in colours around grey, as pictures; else by their strength.
        indices: of the pictures in the set.
        activations: of the unit at the positions that are explained.
        positions: (row, column) on the unit's map: its own, or where it is most active on that picture.
        attribution: n x 3 x H x W, float32: of every colour of every pixel of the network's prepared input, channels in
            RGB order; n x 1 x H x W for a network that takes grey.
        broken: the names of pictures that could not be read.
        said: a sentence for a figure's reader, in place of the method's.
    """

    images: Images
    preparation: Preparation
    field: ReceptiveField | None
    colours: bool
    indices: tuple[int, ...]
    activations: tuple[float, ...]
    positions: tuple[tuple[int, int], ...]
    attribution: Tensor
    broken: tuple[str, ...] = ()
    said: str | None = None

    @property
    def shows(self) -> str | None:
        """What its settings make of it."""
        return self.said

    @property
    def files(self) -> tuple[str, ...]:
        """The pictures' names in the set."""
        return tuple(self.images.file(index) for index in self.indices)

    def map(self, place: int) -> NDArray[np.float32]:
        """How much each pixel of picture ``place`` matters: H x W, the largest absolute value over the colours."""
        found: NDArray[np.float32] = strength(self.attribution[place : place + 1])[0].numpy()
        return found

    def picture(self, place: int) -> Picture:
        """Picture ``place`` as the network saw it: H x W x 3, RGB, uint8."""
        return self.images.load(self.indices[place], self.preparation)

    def window(self, place: int) -> tuple[int, int, int, int]:
        """What is drawn of picture ``place``: the receptive field, shifted inwards at the borders.

        Returns:
            (top, left, bottom, right) in input pixels, half open.
        """
        return seen(self.field, self.positions[place], (self.attribution.shape[2], self.attribution.shape[3]))

    def drawn(self, place: int) -> Picture:
        """The map of picture ``place`` within its window: in colours around grey, or bright where it is strong."""
        top, left, bottom, right = self.window(place)
        if not self.colours:
            return bright(self.map(place)[top:bottom, left:right])
        return signed(self.attribution[place].permute(1, 2, 0).numpy()[top:bottom, left:right])

    def panels(self) -> tuple[Panel, ...]:
        """Of every picture the receptive field beside its map, under each the activation and the picture's name."""
        panels = []
        for place, (activation, file) in enumerate(zip(self.activations, self.files, strict=True)):
            top, left, bottom, right = self.window(place)
            part = self.picture(place)[top:bottom, left:right]
            panels.append(Panel(beside(part, self.drawn(place)), f"activation {figure(activation)}\n{file}", of=file))
        return tuple(panels)

    def aligned(self) -> tuple[Panel, ...]:
        """Of every picture its map, at its place in a frame of the picture's size; pairs where that would be tiny."""
        shape = (self.attribution.shape[2], self.attribution.shape[3])
        if self.field is not None and min(self.field.stride) and min(self.field.size) < _LEGIBLE * min(shape):
            return tuple(replace(panel, caption="") for panel in self.panels())
        panels = []
        for place, file in enumerate(self.files):
            top, left, bottom, right = self.window(place)
            whole = np.full((*shape, 3), 128 if self.colours else 0, np.uint8)
            whole[top:bottom, left:right] = self.drawn(place)
            panels.append(Panel(whole, "", of=file))
        return tuple(panels)

    def facts(self) -> dict[str, Json]:
        """Images (file, activation, position), broken (names), set."""
        images: list[Json] = [
            {"file": file, "activation": activation, "position": list(position)}
            for file, activation, position in zip(self.files, self.activations, self.positions, strict=True)
        ]
        return {"images": images, "broken": list(self.broken), "set": self.images.name}

    def arrays(self) -> dict[str, NDArray[Any]]:
        """``attribution`` (n x 3 x H x W, float32), ``activations``, ``positions`` (n x 2) and ``indices``."""
        return {
            "attribution": self.attribution.numpy(),
            "activations": np.array(self.activations, np.float32),
            "positions": np.array(self.positions, np.int64).reshape(-1, 2),
            "indices": np.array(self.indices, np.int64),
        }


@dataclass(frozen=True, kw_only=True)
class Attribution(Method):
    """Explains given pictures one by one: how much each pixel contributes to a unit's activation on it.

    A unit is explained at its own position if it has one, else where it is most active on that picture. Where the unit
    is off and nothing leads to it, the map is blank, and the result's notes say so.

    Class variables:
        colours: its maps are drawn in colours around grey, as pictures; else by their strength.
        rule: of the rectifiers on the way back, that which gives the unit's own layer included; None for derivatives.

    Args:
        count: the most pictures for each unit. Of a larger set, which is then scanned once for all units, those are
            explained that excite the unit most, in falling order; a set that is no larger is explained whole, in its
            own order.
        batch: pictures in one run of the network.

    Raises:
        InputError: a number that makes no sense; when it looks: no gradient leads from the layer to the picture, no
            picture can be read, or an activation is not finite.
    """

    needs: ClassVar[Needs] = Needs.IMAGES
    explains: ClassVar[bool] = True
    colours: ClassVar[bool] = False
    rule: ClassVar[Rule | None] = None

    count: int = 9
    batch: int = 8

    def __post_init__(self) -> None:
        if min(self.count, self.batch) < 1:
            raise InputError(f"count and batch are 1 or more, not {self.count} and {self.batch}")

    def says(self) -> str | None:
        """What its pictures show, where the settings make that another thing than ``shows``."""
        return None

    def of_inputs(self, probe: Probe, inputs: Tensor, unit: Unit, positions: Positions | None) -> Explained:
        """Explain some prepared pictures, at positions that are given or, if None, found: by the gradient."""
        return gradient(probe, inputs, unit, positions, type(self).rule)

    def remarks(self, probe: Probe, unit: Unit, found: Explained) -> Sequence[str]:  # noqa: ARG002 (for who has some)
        """What else a reader of a unit's explanations must know."""
        return ()

    def _reservations(self, probe: Probe, layer: str) -> Sequence[str]:
        """What a reader of any explanation of a layer's units must know: which rectifiers the rule did not reach."""
        rule = type(self).rule
        if rule is None:
            return ()
        kept = keeping(probe, probe.prepared(torch.zeros(1, 3, *probe.prepare.size)), layer, rule)
        said = f"are out of the rule's reach and keep their own gradient: {', '.join(kept)}"
        return [f"operations on the way to {layer} {said}"] if kept else []

    def attribute(
        self,
        probe: Probe,
        pictures: Tensor,
        target: Unit,
        positions: Positions | Sequence[tuple[int, int]] | None = None,
    ) -> Tensor:
        """The attribution of some pictures; nothing is scanned, nothing drawn.

        Args:
            probe: the network.
            pictures: N x 3 x H x W, RGB in 0..1, of any size that the network takes.
            target: the unit.
            positions: one (row, column) of the unit's map for each picture; by default the unit's own position, or
                where it is most active.

        Returns:
            N x 3 x H x W (N x 1 x H x W for a network that takes grey), of the prepared input, channels in RGB order,
            on the network's device and in its dtype.

        Raises:
            UnitError: a layer, unit or position that the network does not have.
            InputError: no gradient leads from the layer to the picture, or the pictures have another shape.
        """
        return self.explain(probe, pictures, target, positions).attribution

    def explain(
        self,
        probe: Probe,
        pictures: Tensor,
        target: Unit,
        positions: Positions | Sequence[tuple[int, int]] | None = None,
    ) -> Explained:
        """:meth:`attribute`, with the activations and the positions that are explained."""
        unit = probe.check(target)
        if not isinstance(unit, Unit):
            raise InputError(f"{self.name} looks at single units, not at sums of units; pass them one by one")
        if not len(pictures):
            raise InputError("there is no picture to explain; give at least one")
        if positions is None and unit.position is not None:
            positions = [unit.position] * len(pictures)
        at = None if positions is None else torch.as_tensor(positions, dtype=torch.long).reshape(-1, 2)
        found = []
        for first in range(0, len(pictures), self.batch):
            own = slice(first, first + self.batch)
            with torch.no_grad():
                inputs = probe.prepared(pictures[own])
            found.append(self.of_inputs(probe, inputs, unit, None if at is None else at[own]))
        # joining even one batch would copy it, which shows beside the network's own work
        joined = Explained(*map(torch.cat, zip(*found, strict=True))) if len(found) > 1 else found[0]
        return joined._replace(attribution=joined.attribution.flip(1)) if probe.prepare.order == "BGR" else joined

    def look(
        self, probe: Probe, units: Sequence[Target], images: Images | None, progress: Progress
    ) -> list[AttributionResult]:
        """Explain the pictures of the set, or those that excite each unit most."""
        if images is None:
            return []
        began = time.perf_counter()
        single = [unit for unit in units if isinstance(unit, Unit)]
        scanned = len(images) if len(images) > self.count else 0
        total = scanned + len(single)
        sheaves = self._sheaves(probe, single, images, lambda done, _: progress(done, total))
        reservations = functools.cache(functools.partial(self._reservations, probe))  # a run of the network for each
        results = []
        for done, (unit, sheaf) in enumerate(zip(single, sheaves, strict=True), scanned + 1):
            found = self._result(probe, unit, sheaf)
            results.append(replace(found, notes=(*found.notes, *reservations(unit.layer))))
            progress(done, total)
        provenance = self.provenance(probe, (time.perf_counter() - began) / len(single))
        return [replace(result, provenance=provenance) for result in results]

    def _sheaves(self, probe: Probe, units: Sequence[Unit], images: Images, progress: Progress) -> Iterator[_Sheaf]:
        """The pictures that are explained for each unit."""
        if len(images) <= self.count:
            whole = _Sheaf.whole(images, probe.prepare)
            yield from [whole] * len(units)
            return
        for top in TopImages(count=self.count).look(probe, units, images, progress):
            pictures = _stacked([images.load(index, probe.prepare) for index in top.indices])
            yield _Sheaf(images, top.indices, pictures, top.broken, top.notes)

    def _result(self, probe: Probe, unit: Unit, sheaf: _Sheaf) -> AttributionResult:
        pictures = sheaf.pictures.to(probe.device).float().div_(255)
        there = self.explain(probe, pictures, unit)
        found = Explained(*(one.cpu() for one in there))
        activations = found.activations.to(torch.promote_types(found.activations.dtype, torch.float32))
        _require_finite(found, sheaf, unit)
        return AttributionResult(
            unit=unit,
            provenance=self.provenance(probe, 0),
            notes=(*sheaf.notes, *_blank(found), *self.remarks(probe, unit, there)),
            images=sheaf.images,
            preparation=probe.prepare,
            field=probe.layer(unit.layer).field,
            colours=self.colours,
            indices=sheaf.indices,
            activations=tuple(activations.tolist()),
            positions=tuple((row, column) for row, column in found.positions.tolist()),
            attribution=found.attribution.float().contiguous(),
            broken=sheaf.broken,
            said=self.says(),
        )


@dataclass(frozen=True)
class _Sheaf:
    """The pictures that are explained for a unit: N x 3 x H x W, uint8, those that could not be read left out."""

    images: Images
    indices: tuple[int, ...]
    pictures: Tensor
    broken: tuple[str, ...]
    notes: tuple[str, ...]

    @classmethod
    def whole(cls, images: Images, preparation: Preparation) -> _Sheaf:
        """All pictures of a set."""
        if not len(images):
            raise InputError(f"{images.name} holds no pictures")
        loaded, faults = {}, {}
        for index in range(len(images)):
            try:
                loaded[index] = images.load(index, preparation)
            except BrokenImage as fault:
                faults[index] = fault
                warnings.warn(f"skipped {fault}", BrokenImageWarning, stacklevel=2)
        if not loaded:
            last = list(faults.values())[-1]
            raise InputError(f"none of the {len(images)} pictures of {images.name} can be read; the last: {last}")
        notes = (f"{len(faults)} of {len(images)} pictures could not be read and were skipped",) if faults else ()
        return cls(
            images, tuple(loaded), _stacked(list(loaded.values())), tuple(images.file(index) for index in faults), notes
        )


def _stacked(pictures: Sequence[Picture]) -> Tensor:
    return torch.from_numpy(np.stack(pictures)).permute(0, 3, 1, 2)


def _require_finite(found: Explained, sheaf: _Sheaf, unit: Unit) -> None:
    good = found.activations.isfinite() & found.attribution.flatten(1).isfinite().all(1)
    if not bool(good.all()):
        file = sheaf.images.file(sheaf.indices[int((~good).nonzero()[0])])
        raise InputError(
            f"{unit.layer} gives an activation or a gradient that is not finite for {file}; check the network's "
            f"weights and its preparation of pictures"
        )


def _blank(found: Explained) -> list[str]:
    """What a reader must know of maps that show nothing."""
    blank = ~found.attribution.flatten(1).any(1)
    off = blank & (found.activations == 0)
    notes = []
    for many, what in (
        (int(off.sum()), "the unit is off (its activation is 0)"),
        (int((blank & ~off).sum()), "nothing of its signal comes back to the picture"),
    ):
        if many:
            notes.append(f"on {many} of {len(blank)} pictures {what}: the map is blank")
    return notes
