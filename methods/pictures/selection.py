"""Which pictures of a set a method explains: all of a small one, of a larger one those that excite a unit most."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from methods.errors import BrokenImage, BrokenImageWarning, InputError
from methods.pictures.scan import Scan, require_finite
from methods.unit import Target, parts

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from torch import Tensor

    from methods.drawing.panel import Picture
    from methods.network.preprocessing import Preparation
    from methods.network.probe import Probe
    from methods.pictures.images import Images
    from methods.progress import Progress
    from methods.unit import Unit


@dataclass(frozen=True)
class Choice:
    """The pictures that are explained for a target.

    Args:
        indices: of the pictures in the set.
        broken: the names of those that could not be read.
        scanned: how many pictures were read.
    """

    indices: tuple[int, ...]
    broken: tuple[str, ...]
    scanned: int

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader must know of it."""
        if not self.broken:
            return ()
        total = self.scanned + len(self.broken)
        return (f"{len(self.broken)} of {total} pictures could not be read and were skipped",)


def choose(
    probe: Probe, targets: Sequence[Target], images: Images, *, count: int, batch: int, progress: Progress
) -> list[Choice]:
    """Choose for each target, in one scan for all of them.

    Args:
        probe: the network.
        targets: units, and sums of units.
        images: the set.
        count: a set of at most so many pictures is chosen whole, in its own order; of a larger one so many are chosen
            for each target, by the largest activation on their maps (at the units' positions, if they have one; added
            over a sum's units), in falling order, equals in the set's order.
        batch: pictures in one run of the network.
        progress: told the number of pictures that are done.

    Raises:
        InputError: the set is empty, none of its pictures can be read, or an activation is not finite.
    """
    if len(images) <= count:
        return [_whole(images, probe.prepare)] * len(targets)
    layers = list(dict.fromkeys(unit.layer for target in targets for unit in parts(target)))
    scan = Scan(probe, images, layers, batch=batch, progress=progress)
    indices: list[int] = []
    found: list[Tensor] = []
    for one in scan:
        scores = {unit: _peaks(one.maps, unit) for target in targets for unit in parts(target)}
        for unit, own in scores.items():
            require_finite(own[:, None], one, images, unit.layer)
        indices += one.indices
        found.append(torch.stack([_added(scores, target) for target in targets]).cpu())
    order = torch.argsort(torch.cat(found, 1), dim=1, descending=True, stable=True)[:, :count]
    return [Choice(tuple(indices[place] for place in own), tuple(scan.broken), scan.scanned) for own in order.tolist()]


def _peaks(maps: Mapping[str, Tensor], unit: Unit) -> Tensor:
    own = maps[unit.layer][:, unit.index]
    own = own.flatten(1).amax(1) if unit.position is None else own[:, unit.position[0], unit.position[1]]
    return own.double()


def _added(scores: Mapping[Unit, Tensor], target: Target) -> Tensor:
    return torch.stack([scores[unit] for unit in parts(target)]).sum(0)


def _whole(images: Images, preparation: Preparation) -> Choice:
    """All pictures of a set that can be read."""
    if not len(images):
        raise InputError(f"{images.name} holds no pictures")
    good, broken = [], []
    for index in range(len(images)):
        try:
            images.load(index, preparation)
            good.append(index)
        except BrokenImage as fault:
            broken.append(images.file(index))
            warnings.warn(f"skipped {fault}", BrokenImageWarning, stacklevel=3)
            last = fault
    if not good:
        raise InputError(f"none of the {len(images)} pictures of {images.name} can be read; the last: {last}")
    return Choice(tuple(good), tuple(broken), len(good))


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
