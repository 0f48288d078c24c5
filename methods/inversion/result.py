"""Record of a feature inversion: pictures whose features are those of the given ones."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from visualize.methods.drawing.panel import Panel, to_uint8
from visualize.methods.result import Result

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from numpy.typing import NDArray
    from torch import Tensor

    from visualize.methods.drawing.panel import Picture
    from visualize.methods.network.preprocessing import Preparation
    from visualize.methods.pictures.images import Images
    from visualize.methods.provenance import Json


@dataclass(frozen=True, kw_only=True)
class InversionResult(Result):
    """Pictures whose features come near those of given photographs.

    They are listed photograph by photograph, for each layer by layer, for each of these start by start.

    Args:
        images: the probe set.
        preparation: how its pictures became the network's input.
        layers: the names of what is inverted: a layer each, or the units of one.
        starts: how many inversions there are of each photograph and layer, from different noise.
        indices: the places of the photographs in the set.
        pictures: n x 3 x H x W, RGB in 0..1.
        errors: ||Phi(x) - Phi_0|| / ||Phi_0|| of each, not squared; NaN where Phi_0 is zero or the optimiser diverged.
        curve: n x steps, the same error at the beginning of every step.
        broken: the names of photographs that could not be read.

    Example:
        >>> import numpy as np
        >>> from visualize.methods import Inversion, Preparation, Probe, Stack
        >>> from torch import nn
        >>> probe = Probe(nn.Sequential(nn.AvgPool2d(4)), prepare=Preparation((16, 16)))
        >>> photograph = np.full((16, 16, 3), 128, np.uint8)
        >>> (result,) = Inversion(steps=2, starts=3)(probe, probe.unit("0:0"), Stack([photograph]))
        >>> result.layers, result.pictures.shape
        (('0',), torch.Size([3, 3, 16, 16]))
        >>> [panel.caption.splitlines()[0] for panel in result.panels()]
        ['photograph', '0, start 1', '0, start 2', '0, start 3']
    """

    per_picture: ClassVar[frozenset[str]] = frozenset({"inversion"})

    images: Images
    preparation: Preparation
    layers: tuple[str, ...]
    starts: int
    indices: tuple[int, ...]
    pictures: Tensor
    errors: tuple[float, ...]
    curve: Tensor
    broken: tuple[str, ...] = ()

    @property
    def files(self) -> tuple[str, ...]:
        """Names of the photographs in the set."""
        return tuple(self.images.file(index) for index in self.indices)

    @property
    def subject(self) -> str | None:
        """Names of the layers that are inverted, where these are whole layers."""
        whole = self.provenance.settings.get("of") == "layer"
        return " · ".join(self.layers) if whole else None

    def photograph(self, place: int) -> Picture:
        """Photograph ``place`` as the network saw it: H x W x 3, RGB, uint8."""
        return self.images.load(self.indices[place], self.preparation)

    def _picture(self, number: int) -> Picture:
        return to_uint8(self.pictures[number].permute(1, 2, 0).numpy())

    def _entries(self) -> Iterator[tuple[int, str, int]]:
        """Photograph, layer and start that each inversion is of, in their order."""
        for place in range(len(self.indices)):
            for layer in self.layers:
                for start in range(self.starts):
                    yield place, layer, start

    def panels(self) -> tuple[Panel, ...]:
        """Photographs, each before its inversions along the layers, as in the paper's figure 6."""
        panels: list[Panel] = []
        for number, (place, layer, start) in enumerate(self._entries()):
            file = self.images.file(self.indices[place])
            if (layer, start) == (self.layers[0], 0):
                panels.append(Panel(self.photograph(place), f"photograph\n{file}", of=file))
            panels.append(Panel(self._picture(number), self._caption(number, layer, start), of=file))
        return tuple(panels)

    def aligned(self) -> tuple[Panel, ...]:
        """Inversions alone, where there is one of each photograph; else all panels."""
        if len(self.layers) * self.starts > 1:
            return self.panels()
        return tuple(
            Panel(self._picture(number), self._caption(number, layer, start), of=self.files[place])
            for number, (place, layer, start) in enumerate(self._entries())
        )

    def _caption(self, number: int, layer: str, start: int) -> str:
        error = self.errors[number]
        named = layer if self.starts == 1 else f"{layer}, start {start + 1}"
        return (
            f"{named}\nfeature error {error:.1%}"
            if math.isfinite(error)
            else f"{named}\nno feature error: see the note"
        )

    def facts(self) -> dict[str, Json]:
        """Numbers by name: inversions (file, layer, start, error, squared), layers, steps, seconds, broken, set.

        Where the features of the photograph are all zero there is no error: it is None.
        """
        inversions: list[Json] = [
            {
                "file": self.images.file(self.indices[place]),
                "layer": layer,
                "start": start,
                "error": error if math.isfinite(error) else None,
                "squared": error**2 if math.isfinite(error) else None,
            }
            for (place, layer, start), error in zip(self._entries(), self.errors, strict=True)
        ]
        return {
            "inversions": inversions,
            "layers": list(self.layers),
            "steps": self.curve.shape[1],
            "seconds": self.provenance.seconds,
            "broken": list(self.broken),
            "set": self.images.name,
        }

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Arrays by key: ``inversion`` (n x 3 x H x W, 0..1), ``errors`` (n), ``curve`` (n x steps), ``indices``."""
        return {
            "inversion": self.pictures.numpy(),
            "errors": np.array(self.errors, np.float64),
            "curve": self.curve.numpy(),
            "indices": np.array(self.indices, np.int64),
        }
