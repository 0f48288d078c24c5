"""Record of an attribution: how much each pixel of each picture contributes to a unit's activation."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from visualize.methods.drawing.highlight import frame
from visualize.methods.drawing.legend import Key, framed, scaled
from visualize.methods.drawing.overlay import Overlay, blurred
from visualize.methods.drawing.panel import Panel, figure
from visualize.methods.drawing.side_by_side import beside, bright, relative, relative_signed, seen, signed
from visualize.methods.result import Result

if TYPE_CHECKING:
    from typing import Any

    from numpy.typing import NDArray
    from torch import Tensor

    from visualize.methods.drawing.palette import Palette
    from visualize.methods.drawing.panel import Picture
    from visualize.methods.network.preprocessing import Preparation
    from visualize.methods.network.receptive_field.field import ReceptiveField, Window
    from visualize.methods.pictures.images import Images
    from visualize.methods.provenance import Json

_FRAMED = 48  # pixels: the shorter side from which on there is room for a frame
_LEGIBLE = 0.35  # of a picture's side: a smaller part of it needs to be enlarged


def strength(attribution: Tensor) -> Tensor:
    """Largest absolute value over the colours: N x C x H x W -> N x H x W (Simonyan et al. 2014, section 3.1)."""
    return attribution.abs().amax(1)


@dataclass(frozen=True, kw_only=True)
class AttributionResult(Result):
    """Maps of how much each pixel of some pictures contributes to a unit's activation.

    Args:
        images: the probe set.
        preparation: how its pictures became the network's input.
        field: the receptive field of the unit's layer.
        colours: the maps are drawn in colours around grey, as pictures; else by their strength.
        overlay: how a map is laid over its photograph; None draws it by itself.
        indices: the places of the pictures in the set.
        activations: the unit's activation at the position that is explained, for each picture.
        positions: (row, column) on the unit's map: its own, or where it is most active on that picture.
        attribution: n x 3 x H x W, float32: the contribution of every colour of every pixel of the network's prepared
            input, channels in RGB order; n x 1 x H x W for a network that takes grey.
        broken: the names of pictures that could not be read.
        said: a sentence for a figure's reader, in place of the method's.

    Example:
        >>> import numpy as np
        >>> from visualize.methods import Preparation, Probe, Saliency, Stack
        >>> from torch import nn
        >>> probe = Probe(nn.Sequential(nn.AvgPool2d(4)), prepare=Preparation((16, 16)))
        >>> photograph = np.zeros((16, 16, 3), np.uint8)
        >>> photograph[9, 6] = 255
        >>> (result,) = Saliency()(probe, probe.unit("0:0"), Stack([photograph]))
        >>> result.positions, result.window(0)
        (((2, 1),), (8, 4, 12, 8))
        >>> float(result.map(0)[8:12, 4:8].sum())
        1.0
    """

    per_picture: ClassVar[frozenset[str]] = frozenset({"attribution"})

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
    overlay: Overlay | None = None

    @property
    def shows(self) -> str | None:
        """Sentence for a figure's reader, where the settings call for one of their own."""
        return self.said

    @property
    def files(self) -> tuple[str, ...]:
        """Names of the pictures in the set."""
        return tuple(self.images.file(index) for index in self.indices)

    def map(self, place: int) -> NDArray[np.float32]:
        """Strength of each pixel of picture ``place``: H x W, the largest absolute value over the colours."""
        strengths: NDArray[np.float32] = strength(self.attribution[place : place + 1])[0].numpy()
        return strengths

    def picture(self, place: int) -> Picture:
        """Picture ``place`` as the network saw it: H x W x 3, RGB, uint8."""
        return self.images.load(self.indices[place], self.preparation)

    def window(self, place: int) -> Window:
        """Part of picture ``place`` that is drawn: the receptive field, shifted inwards at the borders.

        Returns:
            (top, left, bottom, right) in input pixels, half open.
        """
        return seen(self.field, self.positions[place], (self.attribution.shape[2], self.attribution.shape[3]))

    def drawn(self, place: int) -> Picture:
        """Raw map of picture ``place`` within its window: in colours around grey, or bright where it is strong."""
        top, left, bottom, right = self.window(place)
        if not self.colours:
            return bright(self.map(place)[top:bottom, left:right])
        return signed(self.attribution[place].permute(1, 2, 0).numpy()[top:bottom, left:right])

    def shown(self, place: int) -> Picture:
        """Map of picture ``place`` as figures show it: laid over the photograph, within its window, where it can be."""
        drawn, window, sees = self._drawn(place), self.window(place), self._sees(place)
        if sees == window or min(drawn.shape[:2]) < _FRAMED:
            return drawn
        top, left = window[:2]
        return frame(drawn, (sees[0] - top, sees[1] - left, sees[2] - top, sees[3] - left))

    def _sees(self, place: int) -> Window:
        """Part of picture ``place`` that the unit sees: less than its window at the borders of the picture."""
        shape = (self.attribution.shape[2], self.attribution.shape[3])
        return (0, 0, *shape) if self.field is None else self.field.window(*self.positions[place], shape)

    def _drawn(self, place: int) -> Picture:
        if self.overlay is None or self.colours:
            return self.drawn(place)
        top, left, bottom, right = self.window(place)
        values = self.attribution[place].sum(0).numpy() if self.overlay.signed else self.map(place)
        values = blurred(values[top:bottom, left:right], self.overlay.blur * max(self.attribution.shape[2:]))
        shares = relative_signed(values) if self.overlay.signed else relative(values)
        return self.overlay.over(self.picture(place)[top:bottom, left:right], shares)

    @property
    def legend(self) -> tuple[Key, ...]:
        """Colours of the maps, and that they are cut to what the unit sees, where that is not all."""
        whole = self.field is None or self.field.whole
        cut = () if whole else (framed("cut to what the unit sees"),)
        if self.colours:
            return cut
        colours: Palette = "grey" if self.overlay is None else self.overlay.colours
        words = "from what takes away to what adds" if colours == "signed" else "from nothing to what matters most"
        return (scaled(colours, words), *cut)

    def panels(self) -> tuple[Panel, ...]:
        """Receptive field of every picture beside its map, under each pair the activation and the picture's name."""
        panels = []
        for place, (activation, file) in enumerate(zip(self.activations, self.files, strict=True)):
            top, left, bottom, right = self.window(place)
            part = self.picture(place)[top:bottom, left:right]
            panels.append(Panel(beside(part, self.shown(place)), f"activation {figure(activation)}\n{file}", of=file))
        return tuple(panels)

    def aligned(self) -> tuple[Panel, ...]:
        """Map of every picture within what the unit sees of it; pairs with that part where it is a small one."""
        shape = (self.attribution.shape[2], self.attribution.shape[3])
        if self.field is not None and not self.field.whole and min(self.field.size) < _LEGIBLE * min(shape):
            return tuple(replace(panel, caption="") for panel in self.panels())
        return tuple(Panel(self.shown(place), "", of=file) for place, file in enumerate(self.files))

    def facts(self) -> dict[str, Json]:
        """Numbers by name: images (file, activation, position), broken (names), set."""
        images: list[Json] = [
            {"file": file, "activation": activation, "position": list(position)}
            for file, activation, position in zip(self.files, self.activations, self.positions, strict=True)
        ]
        return {"images": images, "broken": list(self.broken), "set": self.images.name}

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Arrays by key: ``attribution`` (n x 3 x H x W), ``activations``, ``positions`` (n x 2), ``indices``."""
        return {
            "attribution": self.attribution.numpy(),
            "activations": np.array(self.activations, np.float32),
            "positions": np.array(self.positions, np.int64).reshape(-1, 2),
            "indices": np.array(self.indices, np.int64),
        }
