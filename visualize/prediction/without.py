"""Classes of a photograph when some units of a layer are switched off."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch

from visualize.methods.ablation.ablated import Ablated, log_probabilities
from visualize.methods.errors import InputError
from visualize.methods.unit import parts

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from visualize.methods.network.probe import Probe
    from visualize.methods.provenance import Json
    from visualize.methods.unit import Target, Unit
    from visualize.prediction.category import Category

_NAMED = 8  # units that are named one by one


@dataclass(frozen=True)
class Without:
    """Classes that a photograph has when some units of one layer are switched off.

    Args:
        units: those that are off, by number.
        layer: their layer.
        categories: the same classes that the photograph has with all units, in the same order.
        likeliest: the likeliest classes without the units, the best first.
    """

    layer: str
    units: tuple[int, ...]
    categories: tuple[Category, ...]
    likeliest: tuple[Category, ...]

    @property
    def name(self) -> str:
        """The units as they are written, ``conv5:3,9``; of many, how many there are."""
        many = len(self.units)
        return f"{self.layer}:{','.join(map(str, self.units))}" if many <= _NAMED else f"{many} units of {self.layer}"

    def document(self) -> dict[str, Json]:
        """All of it, ready for JSON."""
        return {
            "layer": self.layer,
            "units": list(self.units),
            "categories": [category.document() for category in self.categories],
            "likeliest": [category.document() for category in self.likeliest],
        }


def one_layer(targets: Sequence[Target]) -> tuple[str, tuple[int, ...]]:
    """The layer of some units, and their numbers, each once.

    Args:
        targets: units of one layer, as wholes; a sum stands for its units.

    Raises:
        InputError: they are of several layers, or one is a single position.
    """
    units: list[Unit] = [unit for target in targets for unit in parts(target)]
    layers = list(dict.fromkeys(unit.layer for unit in units))
    if len(layers) != 1:
        raise InputError(f"units of one layer can be switched off together, not of {' and '.join(layers) or 'none'}")
    at = next((unit for unit in units if unit.position is not None), None)
    if at is not None:
        raise InputError(f"a unit is switched off everywhere; write {at.layer}:{at.index}, not {at}")
    return layers[0], tuple(dict.fromkeys(unit.index for unit in units))


class SwitchedOff:
    """A classifier without some units, whose activation is 0 everywhere (Zhou et al. 2018, arXiv:1806.02891).

    Args:
        probe: the classifier.
        units: of one layer, as wholes.

    Raises:
        UnitError: there is no such layer or unit.
        InputError: they are of several layers, or the network does not tell two or more classes apart.
    """

    def __init__(self, probe: Probe, units: Sequence[Target]) -> None:
        for unit in units:
            probe.check(unit)
        self.layer, self.units = one_layer(units)
        self._ablated = Ablated.of(probe, self.layer)

    def scores(self, pictures: torch.Tensor) -> NDArray[np.float64]:
        """Probabilities of a picture's classes.

        Args:
            pictures: 1 x 3 x H x W, RGB in 0..1.

        Raises:
            InputError: they are not finite.
        """
        values = self._ablated.head(pictures)
        output = self._ablated.without(values, torch.zeros(self._ablated.layer.units), self.units)
        scores: NDArray[np.float64] = log_probabilities(output[0], self._ablated.scale).exp().cpu().numpy()
        if not bool((scores >= 0).all()):
            raise InputError(f"without {self.layer}:{self.units[0]} the network's outputs are infinite or undefined")
        return scores
