"""Connections of a unit as a way of looking at it: what feeds it, and what it feeds."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

from visualize.methods.method import Method, Needs
from visualize.methods.settings import setting
from visualize.methods.shared_settings import batch_setting
from visualize.methods.together import number
from visualize.methods.unit import Target, Unit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from visualize.methods.ablation.connections import Ends
    from visualize.methods.ablation.connections_result import ConnectionsResult
    from visualize.methods.network.probe import Probe
    from visualize.methods.pictures.images import Images
    from visualize.methods.progress import Progress


@dataclass(frozen=True, kw_only=True)
class Connections(Method):
    """Find the strongest connections of a unit through the convolutions or linear layers before and behind its layer.

    A connection's strength is weight x mean activation over positions and pictures: what the one unit adds to the other
    on the mean, with the batch norm behind the operation folded into its weights. Of a kernel the weights are summed;
    borders are not looked at.

    Raises:
        InputError: a value that makes no sense.

    Example:
        >>> import numpy as np
        >>> from torch import nn
        >>> from visualize.methods import Connections, Preparation, Probe, Stack
        >>> network = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.Conv2d(4, 2, 3))
        >>> noise = np.random.default_rng(0).integers(0, 256, (2, 16, 16, 3), dtype=np.uint8)
        >>> probe = Probe(network, prepare=Preparation((16, 16)))
        >>> (result,) = Connections()(probe, probe.unit("0:2"), Stack(list(noise)))
        >>> sorted(end.name for end in result.into), sorted((end.layer, end.unit) for end in result.out)
        (['blue', 'green', 'red'], [('2', 0), ('2', 1)])
    """

    name: ClassVar[str] = "connections"
    title: ClassVar[str] = "What feeds it, and what it feeds"
    shows: ClassVar[str] = "Weight x mean activation: orange adds, blue takes away, the thicker the more."
    needs: ClassVar[Needs] = Needs.IMAGES
    by_default: ClassVar[bool] = False
    advice: ClassVar[str] = "Both ends bear the names that a dissection at hand gives them."
    examples: ClassVar[tuple[str, ...]] = ("connections", "unit --methods top,connections")

    count: int = setting(5, least=1, unit="UNITS", help="Connections that are shown at either side.")
    batch: int | Literal["auto"] = batch_setting()

    def look(
        self, probe: Probe, units: Sequence[Target], images: Images | None, progress: Progress
    ) -> list[ConnectionsResult]:
        """Find the connections of units, those of a layer on one run of the network.

        Raises:
            InputError: a layer lies next to no convolution or linear layer, or the network has no graph.
        """
        from visualize.methods.ablation.connections import Wires, class_name
        from visualize.methods.ablation.connections_result import ConnectionsResult

        if images is None:  # the interface refuses that before
            return []
        began = time.perf_counter()
        results: dict[Unit, Ends] = {}
        single = [unit for unit in units if isinstance(unit, Unit)]
        layers, size = list(dict.fromkeys(unit.layer for unit in single)), len(images)
        for place, layer in enumerate(layers):
            own = list(dict.fromkeys(unit for unit in single if unit.layer == layer))

            def told(done: int, total: int, place: int = place) -> None:  # noqa: ARG001 (of one layer)
                progress(size * place + done, size * len(layers))

            ends = Wires.of(probe, layer).ends(
                [unit.index for unit in own], images, count=self.count, batch=number(self.batch), progress=told
            )
            results |= dict(zip(own, ends, strict=True))
        provenance = self.provenance(probe, (time.perf_counter() - began) / len(single))
        return [
            ConnectionsResult(
                unit=unit, provenance=provenance, notes=results[unit].notes, into=results[unit].into,
                out=results[unit].out, set_name=images.name,
                class_name=class_name(probe, (probe.layer(unit.layer).name,), unit.index),
            )
            for unit in single
        ]  # fmt: skip
