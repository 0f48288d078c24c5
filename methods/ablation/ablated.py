"""A network that can be run without some units of one layer, as often as one likes, from the layer on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from visualize.methods.errors import InputError, UnitError
from visualize.methods.network import accelerator
from visualize.methods.network.probe import LOGITS
from visualize.methods.network.run.cut import Cut, cut
from visualize.methods.network.run.run_names import WHOLE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from visualize.methods.network.examination.examination import Scale
    from visualize.methods.network.layer import Layer
    from visualize.methods.network.probe import Probe

_AT_ONCE = 1 << 18  # numbers of the layer that one pass of the tail begins with, where it is run anew
_LAYER = "0"


@dataclass(frozen=True, eq=False)
class Ablated:
    """A classifier that can be run without some units of one layer.

    A unit is removed as Zhou et al. 2018 (arXiv:1806.02891) and Bau et al. 2020 (PNAS, "Understanding the role of
    individual units") do it: its activation is replaced by one number everywhere, ``x[:, units] = 0`` at the layer.

    Args:
        probe: the network.
        layer: the layer.
        cut: the network, cut there.
        axes: letters of the axes of the layer's output.
        scale: what the network's output holds.

    Example:
        >>> from torch import nn
        >>> from visualize.methods import Preparation, Probe
        >>> network = nn.Sequential(nn.Conv2d(3, 8, 5), nn.ReLU(), nn.Flatten(), nn.Linear(8 * 16, 4))
        >>> ablated = Ablated.of(Probe(network, prepare=Preparation((8, 8))), "1")
        >>> values = ablated.head(torch.rand(2, 3, 8, 8))
        >>> ablated.without(values, torch.zeros(8), [0, 3]).shape
        torch.Size([2, 4])
        >>> [(units, outputs.shape) for _, units, outputs in ablated.without_each(values, torch.zeros(8), [0, 3])]
        [([0, 3], torch.Size([2, 2, 4]))]
    """

    probe: Probe
    layer: Layer
    cut: Cut
    axes: str
    scale: Scale

    @classmethod
    def of(cls, probe: Probe, layer: str) -> Ablated:
        """Cut a network at a layer.

        Args:
            probe: the network.
            layer: name or alias.

        Raises:
            UnitError: there is no such layer.
            InputError: the network tells no classes apart.
        """
        scale = require_classifier(probe)
        described = probe.layer(layer)
        run = WHOLE if described.name == LOGITS else described.name
        order = "NC" if run == WHOLE else probe.layout(described.name).order
        noise = torch.rand(2, 3, *probe.prepare.size, generator=torch.Generator().manual_seed(0))
        with torch.no_grad():
            pieces = cut(probe.runner, run, probe.prepared(noise.to(probe.device)))
        return cls(probe, described, pieces, order, scale)

    def head(self, pictures: Tensor) -> dict[str, Tensor]:
        """Values at the cut: the layer's output as the network has it, and what else the tail needs.

        Args:
            pictures: N x 3 x H x W, RGB in 0..1.

        Returns:
            by number, the layer's first; each with N on its first axis.
        """
        with torch.no_grad():
            layer, *carried = self.cut.head(self.probe.prepared(pictures))
        values = [layer.movedim(self._batch, 0), *carried]
        return {str(number): value for number, value in enumerate(values)}

    def output(self, values: dict[str, Tensor]) -> Tensor:
        """The network's output, N x classes, from values at the cut, which are left as they are."""
        return self._tail([value.clone() for value in values.values()])

    def means(self, layer: Tensor) -> Tensor:
        """Mean of each unit over its positions: N x units, float64.

        Args:
            layer: the layer's output as :meth:`head` gives it.
        """
        units = self._units_second(layer).double()
        return units.flatten(2).mean(2) if units.dim() > 2 else units

    def without_each(
        self, values: dict[str, Tensor], blank: Tensor, units: Sequence[int]
    ) -> Iterator[tuple[slice, list[int], Tensor]]:
        """The network's output without each of some units, many at a time.

        Args:
            values: at the cut; left as they are.
            blank: what stands in the place of each unit.
            units: by their numbers.

        Yields:
            which of the pictures, which of the units, and pictures x units x classes.
        """
        blank, count = blank.to(values[_LAYER]), len(values[_LAYER])
        least = count if accelerator.is_gpu(self.probe.device) else 1  # a row of the tail is part of a picture's run
        if self.cut.step is not None and self._plain:
            started = self.cut.step.start(list(values.values()), blank)
            for pictures, some, output in started.without_each(units, least=least):
                yield pictures, some, output.flatten(2)
            return
        most = max(1, _AT_ONCE // values[_LAYER].numel())
        for first in range(0, len(units), most):
            some = list(units[first : first + most])
            rows = [value.repeat_interleave(len(some), 0) for value in values.values()]
            layer = self._units_second(rows[0])
            for place, unit in enumerate(some):
                layer[place :: len(some), unit] = blank[unit]
            yield slice(0, count), some, self._tail(rows).unflatten(0, (count, len(some)))  # type: ignore[no-untyped-call]

    def without(self, values: dict[str, Tensor], blank: Tensor, units: Sequence[int]) -> Tensor:
        """The network's output without some units at once: N x classes.

        Args:
            values: at the cut; left as they are.
            blank: what stands in the place of each unit.
            units: by their numbers.
        """
        return next(self.without_sets(values, blank, [units]))

    def without_sets(self, values: dict[str, Tensor], blank: Tensor, sets: Sequence[Sequence[int]]) -> Iterator[Tensor]:
        """The network's output without each of some sets of units: N x classes for each set.

        Args:
            values: at the cut; left as they are.
            blank: what stands in the place of each unit.
            sets: of units by their numbers.
        """
        blank = blank.to(values[_LAYER])
        if self.cut.step is not None and self._plain:
            started = self.cut.step.start(list(values.values()), blank)
            yield from (started.without(units).flatten(1) for units in sets)
            return
        for units in sets:
            rows = [value.clone() for value in values.values()]
            layer, numbers = self._units_second(rows[0]), list(units)
            layer[:, numbers] = blank[numbers].view(1, -1, *[1] * (layer.dim() - 2))
            yield self._tail(rows)

    @property
    def _batch(self) -> int:
        return max(0, self.axes.find("N"))

    @property
    def _plain(self) -> bool:
        """Whether units are on the second axis, as the divided tail has them."""
        return self.axes[:2] == "NC"

    def _units_second(self, layer: Tensor) -> Tensor:
        """A view of the layer's output, pictures first, with its units on the second axis."""
        if "C" not in self.axes:
            return layer.unsqueeze(1)
        return layer.movedim(self.axes.replace("N", "").index("C") + 1, 1)

    def _tail(self, rows: list[Tensor]) -> Tensor:
        with torch.no_grad():
            return self.cut.tail([rows[0].movedim(0, self._batch), *rows[1:]]).flatten(1)


def require_classifier(probe: Probe) -> Scale:
    """Kind of numbers that a classifier's output holds.

    Raises:
        InputError: it has no output of two or more classes for a whole picture.
    """
    try:
        layer = probe.output
    except UnitError as fault:
        raise InputError(f"what is lost without a unit is asked of a classifier: {fault}") from fault
    if layer.map_size != (1, 1) or layer.units < 2:
        rows, columns = layer.map_size
        raise InputError(
            f"what is lost without a unit is asked of a classifier of two or more classes, and the network ends in "
            f"{layer.name} with {layer.units} on a map of {rows} x {columns}"
        )
    output = probe.examination.output
    return "logits" if output is None else output.scale


def log_probabilities(output: Tensor, scale: Scale) -> Tensor:
    """Logarithms of the probabilities of classes, float64.

    Args:
        output: ... x classes, as the network gives it.
        scale: what it holds.
    """
    values = output.double()
    if scale == "logits":
        return values.log_softmax(-1)
    return values if scale == "log-probabilities" else values.clamp_min(1e-300).log()
