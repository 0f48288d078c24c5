"""Which pictures of a set a method explains: all of a small one, of a larger one those that excite a unit most."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import torch

from visualize.methods.network.activation import activations
from visualize.methods.pictures.checkpoints import resumable
from visualize.methods.pictures.peaks import Peaks
from visualize.methods.pictures.reader import Reader
from visualize.methods.pictures.scan import Scan, require_finite, stacked
from visualize.methods.unit import Target, layers, parts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

    from visualize.methods.drawing.panel import Picture
    from visualize.methods.network.preprocessing import Preparation
    from visualize.methods.network.probe import Probe
    from visualize.methods.pictures.images import Images
    from visualize.methods.pictures.scan import Batch
    from visualize.methods.progress import Progress
    from visualize.methods.unit import Unit


@dataclass(frozen=True)
class SelectedPictures:
    """The pictures that are explained for a target.

    Args:
        images: the set.
        indices: the places of the pictures in the set.
        broken: the names of the pictures that could not be read.
        notes: what a reader of results must know of broken pictures.
        activations: the target's activation on each picture, where the set was scanned for those that excite it most.
        loaded: the pictures as they were read, where the set was read whole for it.
    """

    images: Images
    indices: tuple[int, ...]
    broken: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    activations: tuple[float, ...] = ()
    loaded: tuple[Picture, ...] = field(default=(), repr=False, compare=False)

    def pictures(self, preparation: Preparation) -> Tensor:
        """The pictures themselves: N x 3 x H x W, RGB, uint8.

        Args:
            preparation: the preparation of the network that they were selected with.
        """
        loaded = self.loaded or [self.images.load(index, preparation) for index in self.indices]
        return stacked(loaded)


def choose(
    probe: Probe, targets: Sequence[Target], images: Images, *, count: int, progress: Progress, batch: int = 8
) -> list[SelectedPictures]:
    """Choose for each target, in one scan for all of them.

    Args:
        probe: the network.
        targets: units, and sums of units.
        images: the set.
        count: a set of at most so many pictures is chosen whole, in its own order; of a larger one so many are chosen
            for each target, by the largest activation on their maps (at the units' positions, if they have one; added
            over a sum's units), in falling order, equals in the set's order.
        progress: told the number of pictures that are done.
        batch: pictures in one run of the network.

    Raises:
        InputError: the set is empty, none of its pictures can be read, or an activation is not finite.
    """
    if len(images) > count:
        scan = Scan(probe, images, layers(targets), batch=batch, progress=progress)
        return _best(scan, targets, count)
    reader = Reader(images)
    kept = reader.readable(0, (reader.load(index, probe.prepare) for index in range(len(images))))
    reader.require_some()
    indices, loaded = zip(*kept, strict=True)
    return [SelectedPictures(images, indices, tuple(reader.broken), reader.notes, loaded=loaded)] * len(targets)


def _best(scan: Scan, targets: Sequence[Target], count: int) -> list[SelectedPictures]:
    """The pictures that excite each target most."""
    units = list(dict.fromkeys(unit for target in targets for unit in parts(target)))
    best = Peaks(len(targets), count, np.float64)
    for batch in resumable(scan, {"best": best}):
        by_unit: dict[Unit, Tensor] = {}
        for layer in scan.layers:
            asked = [unit for unit in units if unit.layer == layer]
            by_unit |= zip(asked, _activations(batch, scan.images, layer, asked), strict=True)
        added = torch.stack([torch.stack([by_unit[unit] for unit in parts(target)]).sum(0) for target in targets])
        best.add(added.cpu().numpy(), np.array(batch.indices))
    return [
        SelectedPictures(scan.images, indices, tuple(scan.broken), scan.notes, values)
        for indices, values in map(best.of, range(len(targets)))
    ]


def _activations(batch: Batch, images: Images, layer: str, units: Sequence[Unit]) -> Tensor:
    """The activations of some units of a layer, units x pictures, float64."""
    values = activations(batch.maps[layer][:, [unit.index for unit in units]].transpose(0, 1), units)
    require_finite(values.T, batch, images, layer)
    return values.double()


def unexcited(activations: Sequence[float]) -> tuple[str, ...]:
    """A sentence on a unit that no picture of a set excites; none on others.

    Args:
        activations: the unit's activations on the pictures that excite it most, in falling order.
    """
    return ("no photograph of this set excites the unit",) if activations and activations[0] <= 0 else ()
