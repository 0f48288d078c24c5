"""What methods share that explain given pictures by a gradient, and the record of what they found."""

from __future__ import annotations

import functools
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

import torch
from torch import Tensor

from methods.attribution.gradient import Explained, Positions, gradient, keeping
from methods.attribution.result import AttributionResult
from methods.errors import InputError
from methods.method import Method, Needs
from methods.pictures.scan import not_finite
from methods.pictures.selection import SelectedPictures, choose, unexcited
from methods.settings import setting
from methods.unit import Target, Unit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from methods.network.probe import Probe
    from methods.network.rectifiers.rules import Rule
    from methods.pictures.images import Images
    from methods.progress import Progress


@dataclass(frozen=True, kw_only=True)
class Attribution(Method):
    """Explains given pictures one by one: how much each pixel contributes to a unit's activation on it.

    A unit is explained at its own position if it has one, else where it is most active on that picture. Where the unit
    is off and nothing leads to it, the map is blank, and the result's notes say so.

    Class variables:
        colours: its maps are drawn in colours around grey, as pictures; else by their strength.
        rule: of the rectifiers on the way back, that which gives the unit's own layer included; None for derivatives.

    Raises:
        InputError: a number that makes no sense; when it looks: no gradient leads from the layer to the picture, no
            picture can be read, or an activation is not finite.
    """

    needs: ClassVar[Needs] = Needs.IMAGES
    explains: ClassVar[bool] = True
    colours: ClassVar[bool] = False
    rule: ClassVar[Rule | None] = None

    count: int = setting(9, least=1, help="Pictures for each unit: of a set, those that excite it most.")
    batch: int = setting(8, least=1, option=False, help="Pictures in one run of the network.")

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
        chosen = choose(probe, single, images, count=self.count, progress=lambda done, _: progress(done, total))
        reservations = functools.cache(functools.partial(self._reservations, probe))  # a run of the network for each
        results = []
        for done, (unit, selected) in enumerate(zip(single, chosen, strict=True), scanned + 1):
            found = self._result(probe, unit, selected)
            results.append(replace(found, notes=(*found.notes, *reservations(unit.layer))))
            progress(done, total)
        provenance = self.provenance(probe, (time.perf_counter() - began) / len(single))
        return [replace(result, provenance=provenance) for result in results]

    def _result(self, probe: Probe, unit: Unit, selected: SelectedPictures) -> AttributionResult:
        pictures = selected.pictures(probe.prepare).to(probe.device).float().div_(255)
        there = self.explain(probe, pictures, unit)
        found = Explained(*(one.cpu() for one in there))
        activations = found.activations.to(torch.promote_types(found.activations.dtype, torch.float32))
        _require_finite(found, selected, unit)
        said = (*selected.notes, *unexcited(selected.activations))
        return AttributionResult(
            unit=unit,
            provenance=self.provenance(probe, 0),
            notes=(*said, *_blank(found), *self.remarks(probe, unit, there)),
            images=selected.images,
            preparation=probe.prepare,
            field=probe.layer(unit.layer).field,
            colours=self.colours,
            indices=selected.indices,
            activations=tuple(activations.tolist()),
            positions=tuple((row, column) for row, column in found.positions.tolist()),
            attribution=found.attribution.float().contiguous(),
            broken=selected.broken,
            said=self.says(),
        )


def _require_finite(found: Explained, selected: SelectedPictures, unit: Unit) -> None:
    good = found.activations.isfinite() & found.attribution.flatten(1).isfinite().all(1)
    if not bool(good.all()):
        file = selected.images.file(selected.indices[int((~good).nonzero()[0])])
        raise not_finite(unit.layer, file, "an activation or a gradient")


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
