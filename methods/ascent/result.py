"""Record of a gradient ascent: the pictures, and how strongly they excite the unit."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from visualize.methods.drawing.charts import curve
from visualize.methods.drawing.panel import Panel, figure, to_uint8
from visualize.methods.result import Result

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any, Self

    from numpy.typing import NDArray
    from torch import Tensor

    from visualize.methods.provenance import Json


@dataclass(frozen=True, kw_only=True)
class AscentResult(Result):
    """Pictures made to excite a unit.

    Args:
        pictures: count x 3 x H x W, RGB in 0..1, the most exciting first.
        curve: count x steps, the largest activation on the (randomly transformed) picture at every step; for a unit
            that was off at the start, what its last rectifier is given, which can be below zero.
        activations: the largest on the unit's map (at its position, if the unit has one) for each clean picture.
        photograph: the largest activation on real photographs, where a probe set was scanned.

    Example:
        >>> from visualize.methods import GradientAscent, Preparation, Probe
        >>> from torch import nn
        >>> probe = Probe(nn.Sequential(nn.AvgPool2d(4)), prepare=Preparation((16, 16)))
        >>> (result,) = GradientAscent(steps=4)(probe, probe.unit("0:0"))
        >>> result.curve.shape
        torch.Size([1, 4])
        >>> result.against(photograph=result.activation / 2).ratio
        2.0
    """

    pictures: Tensor
    curve: Tensor
    activations: tuple[float, ...]
    photograph: float | None = None

    @property
    def activation(self) -> float:
        """Largest activation that the best clean picture reaches."""
        return self.activations[0]

    @property
    def ratio(self) -> float | None:
        """Activation of the best picture over the largest on photographs; None without one above zero."""
        return self._over_photograph(self.activation)

    def against(self, photograph: float | None) -> Self:
        """Result that is compared with the unit's largest activation on photographs."""
        return replace(self, photograph=photograph)

    def beside(self, others: Mapping[str, Result]) -> Self:
        """Result that is compared with the strongest photograph that another method came upon, if one did."""
        strongest = next((other.strongest for other in others.values() if other.strongest is not None), None)
        return self if strongest is None else self.against(strongest)

    def panels(self) -> tuple[Panel, ...]:
        """Pictures with their activations, then the course of the ascent."""
        shown = [
            Panel(to_uint8(picture.permute(1, 2, 0).numpy()), f"activation {figure(reached)}{self._times(reached)}")
            for picture, reached in zip(self.pictures, self.activations, strict=True)
        ]
        marks = {} if self.photograph is None else {"largest on photographs": self.photograph}
        course = curve(self.curve.numpy(), width=460, height=200, label="activation at every step", marks=marks)
        return (*shown, Panel(course, "", wide=True))

    def _times(self, reached: float) -> str:
        times = self._over_photograph(reached)
        return "" if times is None else f"\n{figure(times)} x the best photograph's"

    def _over_photograph(self, reached: float) -> float | None:
        return reached / self.photograph if self.photograph and self.photograph > 0 else None

    def facts(self) -> dict[str, Json]:
        """Numbers by name: activation, activations, steps, seconds, precision, photograph, ratio."""
        return {
            "activation": self.activation,
            "activations": list(self.activations),
            "steps": self.curve.shape[1],
            "seconds": self.provenance.seconds,
            "precision": self.provenance.settings.get("precision", "float32"),
            "photograph": self.photograph,
            "ratio": self.ratio,
        }

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Arrays by key: ``pictures`` (count x 3 x H x W, 0..1), ``curve`` (count x steps), ``activations`` (count)."""
        return {
            "pictures": self.pictures.numpy(),
            "curve": self.curve.numpy(),
            "activations": np.array(self.activations, np.float32),
        }
