"""Base of the methods that explain given pictures by a gradient."""

from __future__ import annotations

import functools
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar, Literal

from visualize.methods.errors import InputError
from visualize.methods.method import Method, Needs
from visualize.methods.plain_state import plain_state
from visualize.methods.shared_settings import batch_setting, count_setting
from visualize.methods.together import number
from visualize.methods.unit import Target, Unit, layers

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

    from visualize.methods.attribution.gradient import Explained, Positions
    from visualize.methods.attribution.result import AttributionResult
    from visualize.methods.drawing.overlay import Overlay
    from visualize.methods.network.probe import Probe
    from visualize.methods.network.rectifiers.rules import Rule
    from visualize.methods.pictures.images import Images
    from visualize.methods.pictures.selection import SelectedPictures
    from visualize.methods.progress import Progress


@dataclass(frozen=True, kw_only=True)
class Attribution(Method):
    """Explain given pictures one by one: how much each pixel contributes to a unit's activation on it.

    A unit is explained at its own position if it has one, else where it is most active on that picture. Where the unit
    is off and nothing leads to it, the map is blank, and the result's notes say so.

    Class variables:
        colours: its maps are drawn in colours around grey, as pictures; else by their strength.

    Raises:
        InputError: a number that makes no sense; when it looks: no gradient leads from the layer to the picture, no
            picture can be read, or an activation is not finite.
    """

    needs: ClassVar[Needs] = Needs.IMAGES
    explains: ClassVar[bool] = True
    goes_back: ClassVar[bool] = True
    colours: ClassVar[bool] = False

    count: int = count_setting(9)
    batch: int | Literal["auto"] = batch_setting()

    def company(self, units: Sequence[Target]) -> tuple[tuple[str, ...], ...]:
        """For each unit the layers that are looked at in one run."""
        return (layers(units),) * len(units)

    def says(self) -> str | None:
        """Sentence on what its pictures show, where the settings make that another thing than ``shows``."""
        return None

    def laid(self) -> Overlay | None:
        """Way in which figures lay a map over its photograph; None shows the map by itself."""
        return None

    def rule(self) -> Rule | None:
        """Rule of the rectifiers on the way back, the unit's own included; None takes their derivatives."""
        return None

    def of_inputs(self, probe: Probe, inputs: Tensor, unit: Unit, positions: Positions | None) -> Explained:
        """Explain some prepared pictures by the gradient, at given positions, or where the unit is most active."""
        from visualize.methods.attribution.gradient import gradient

        return gradient(probe, inputs, unit, positions, self.rule())

    def remarks(self, probe: Probe, unit: Unit, explained: Explained) -> Sequence[str]:  # noqa: ARG002 (for who has some)
        """Further notes on a unit's explanations; by default none."""
        return ()

    def attribute(
        self,
        probe: Probe,
        pictures: Tensor,
        target: Unit,
        positions: Positions | Sequence[tuple[int, int]] | None = None,
    ) -> Tensor:
        """Attribute a unit's activation to the pixels of some pictures; nothing is scanned, nothing drawn.

        Args:
            probe: the network.
            pictures: N x 3 x H x W, RGB in 0..1, of any size that the network takes.
            target: the unit.
            positions: one (row, column) of the unit's map for each picture; by default the unit's own position, or
                where it is most active.

        Returns:
            N x 3 x H x W (N x 1 x H x W for a network that takes grey), the attribution of the prepared input, channels
            in RGB order, on the network's device and in its dtype.

        Raises:
            UnitError: a layer, unit or position that the network does not have.
            InputError: no gradient leads from the layer to the picture, or the pictures have another shape.
        """
        return self.explain(probe, pictures, target, positions).attribution

    @plain_state(gradients=True)
    def explain(
        self,
        probe: Probe,
        pictures: Tensor,
        target: Unit,
        positions: Positions | Sequence[tuple[int, int]] | None = None,
    ) -> Explained:
        """Attribute as :meth:`attribute` does, and say which activations and positions are explained."""
        from visualize.methods.attribution.explanation import explain

        unit = probe.check(target)
        if not isinstance(unit, Unit):
            raise InputError(f"{self.name} looks at single units, not at sums of units; pass them one by one")
        method = self.fitted(probe, [unit])
        return explain(method.of_inputs, probe, pictures, unit, positions, batch=number(method.batch))

    def look(
        self, probe: Probe, units: Sequence[Target], images: Images | None, progress: Progress
    ) -> list[AttributionResult]:
        """Explain the pictures of the set, or those that excite each unit most."""
        if images is None:
            return []
        from visualize.methods.attribution.explanation import reservations
        from visualize.methods.pictures.selection import choose

        began = time.perf_counter()
        single = [unit for unit in units if isinstance(unit, Unit)]
        scanned = len(images) if len(images) > self.count else 0
        total = scanned + len(single)
        chosen = choose(probe, single, images, count=self.count, progress=lambda done, _: progress(done, total))
        kept = functools.cache(lambda layer: reservations(probe, layer, self.rule()))  # a run of the network for each
        results = []
        for done, (unit, selected) in enumerate(zip(single, chosen, strict=True), scanned + 1):
            result = self._result(probe, unit, selected)
            results.append(replace(result, notes=(*result.notes, *kept(unit.layer))))
            progress(done, total)
        provenance = self.provenance(probe, (time.perf_counter() - began) / len(single))
        return [replace(result, provenance=provenance) for result in results]

    def _result(self, probe: Probe, unit: Unit, selected: SelectedPictures) -> AttributionResult:
        from visualize.methods.attribution.explanation import record

        pictures = selected.pictures(probe.prepare).to(probe.device).float().div_(255)
        there = self.explain(probe, pictures, unit)
        result = record(there, unit, probe, selected, self.provenance(probe, 0), colours=self.colours)
        notes = (*result.notes, *self.remarks(probe, unit, there))
        return replace(result, notes=notes, said=self.says(), overlay=self.laid())
