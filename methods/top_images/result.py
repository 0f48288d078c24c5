"""Record of a unit's top images: which, how strongly, and where in them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from visualize.methods.drawing.highlight import CONCEPT, OUTLINE, highlight, outlined
from visualize.methods.drawing.legend import Key, framed, lined
from visualize.methods.drawing.panel import Panel, figure
from visualize.methods.errors import BrokenImage
from visualize.methods.network.upsample import upsample
from visualize.methods.result import Result

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any, Self

    from numpy.typing import NDArray
    from torch import Tensor

    from visualize.methods.drawing.panel import Picture
    from visualize.methods.network.preprocessing import Preparation
    from visualize.methods.network.receptive_field.field import ReceptiveField, Window
    from visualize.methods.pictures.images import Images
    from visualize.methods.provenance import Json
    from visualize.methods.top_images.empirical_field import EmpiricalField
    from visualize.methods.unit import Unit


@dataclass(frozen=True, kw_only=True)
class TopResult(Result):
    """Pictures of a probe set that excite a unit most, in falling order of their peaks.

    Args:
        images: the probe set.
        preparation: how its pictures became the network's input.
        field: the receptive field of the unit's layer.
        region: the part of its peak that an activation must reach to count as active.
        indices: the places of the pictures in the set.
        activations: the peaks: the largest activation on the unit's map (at its position, if the unit has one).
        positions: (row, column) of the peaks on the map.
        maps: count x rows x columns, the unit's whole map on each picture.
        scanned: how many pictures were looked at.
        broken: the names of pictures that could not be read.
        empirical: the unit's empirical receptive field, where it was asked for.
        concept: the name of the unit's concept, where it is marked in the pictures.
        concepts: where the unit's concept is labelled in each picture, rows x columns of any size, as
            :meth:`with_concept` was given it; empty without labels.

    Example:
        >>> import numpy as np
        >>> from visualize.methods import Preparation, Probe, Stack, TopImages
        >>> from torch import nn
        >>> probe = Probe(nn.Sequential(nn.AvgPool2d(4)), prepare=Preparation((16, 16)))
        >>> photograph = np.zeros((16, 16, 3), np.uint8)
        >>> photograph[8:12, 4:8] = 255
        >>> (result,) = TopImages()(probe, probe.unit("0:0"), Stack([photograph]))
        >>> result.activations, result.positions, result.window(0)
        ((1.0,), ((2, 1),), (8, 4, 12, 8))
        >>> bool(result.mask(0)[8:12, 4:8].all())
        True
    """

    unit: Unit
    images: Images
    preparation: Preparation
    field: ReceptiveField | None
    region: float
    indices: tuple[int, ...]
    activations: tuple[float, ...]
    positions: tuple[tuple[int, int], ...]
    maps: Tensor
    scanned: int
    broken: tuple[str, ...]
    empirical: EmpiricalField | None = None
    concepts: tuple[NDArray[np.bool_], ...] = ()
    concept: str = ""

    @property
    def chosen(self) -> tuple[int, ...]:
        """Places of the pictures in the set, best first."""
        return self.indices

    @property
    def strongest(self) -> float | None:
        """Peak of the best picture; None if there is no picture."""
        return self.activations[0] if self.activations else None

    def with_concept(
        self, name: str, masks: Callable[[Preparation, Sequence[str]], Sequence[NDArray[np.bool_]]]
    ) -> Self:
        """Result whose pictures show the outline of the concept; unchanged where labels are missing.

        Args:
            name: the concept's.
            masks: gives where the concept is in pictures that are named, as
                :meth:`visualize.methods.result.Result.with_concept` describes it.
        """
        try:
            concepts = tuple(masks(self.preparation, self.files))
        except (BrokenImage, KeyError):
            return self
        return replace(self, concepts=concepts, concept=name)

    @property
    def legend(self) -> tuple[Key, ...]:
        """The frame and the lines in the pictures; a unit of one position, such as a class, has no line around it."""
        whole = self.field is None or self.field.whole
        frame = () if whole else (framed("what the unit sees of it, where it is most active"),)
        mapped = self.maps.shape[1:].numel() > 1
        active = (lined(OUTLINE, f"where it is active: at least {self.region:.0%} of its peak"),) if mapped else ()
        concept = (lined(CONCEPT, f"where {self.concept} is labelled"),) if self.concepts else ()
        empirical = () if self.empirical is None else self.empirical.legend
        return (*frame, *active, *concept, *empirical)

    @property
    def files(self) -> tuple[str, ...]:
        """Names of the pictures in the set."""
        return tuple(self.images.file(index) for index in self.indices)

    def window(self, place: int) -> Window | None:
        """Part of picture ``place`` (0 is the best) that its peak sees.

        Returns:
            (top, left, bottom, right) in input pixels, half open; None where every position sees the whole input.
        """
        if self.field is None or self.field.whole:
            return None
        return self.field.window(*self.positions[place], self.preparation.size)

    def mask(self, place: int) -> NDArray[np.bool_]:
        """Pixels of picture ``place`` where the unit is active: H x W, within the receptive field of the peak.

        A pixel counts where the map, scaled up bilinearly, reaches ``region`` of its peak.
        """
        scaled = upsample(self.maps[place].double(), self.preparation.size, self.field).numpy()
        top, left, bottom, right = self.window(place) or (0, 0, *scaled.shape)
        # A centre between pixels leaves less than the peak to the pixels around it.
        peak = min(self.activations[place], scaled[top:bottom, left:right].max())
        active = np.zeros(scaled.shape, np.bool_)
        # For a peak below zero this asks for a distance from it as large as for one above.
        active[top:bottom, left:right] = scaled[top:bottom, left:right] >= peak - (1 - self.region) * abs(peak)
        return active

    def picture(self, place: int) -> Picture:
        """Picture ``place`` as the network saw it: H x W x 3, RGB, uint8."""
        return self.images.load(self.indices[place], self.preparation)

    def panels(self) -> tuple[Panel, ...]:
        """Pictures with all paler that does not excite the unit, under each its activation and its name.

        The empirical receptive field beside the theoretical one comes last, where it was measured.
        """
        shown = tuple(
            Panel(self._shown(place), f"activation {figure(activation)}\n{file}", of=file)
            for place, (activation, file) in enumerate(zip(self.activations, self.files, strict=True))
        )
        return shown if self.empirical is None else (*shown, self.empirical.panel())

    def _shown(self, place: int) -> Picture:
        shown = highlight(self.picture(place), self.mask(place), self.window(place))
        return outlined(shown, self.concepts[place]) if self.concepts else shown

    def facts(self) -> dict[str, Json]:
        """Numbers by name: images (file, activation, position), scanned, broken (names), set, field.

        The field has a theoretical part, [height, width] in pixels, None where a position sees the whole input, and an
        empirical one, None where it was not measured.
        """
        images: list[Json] = [
            {"file": file, "activation": activation, "position": list(position)}
            for file, activation, position in zip(self.files, self.activations, self.positions, strict=True)
        ]
        field: dict[str, Json] = {
            "theoretical": list(self.field.size) if self.field and not self.field.whole else None,
            "empirical": self.empirical.facts() if self.empirical else None,
        }
        return {
            "images": images,
            "scanned": self.scanned,
            "broken": list(self.broken),
            "set": self.images.name,
            "field": field,
        }

    def lines(self) -> tuple[str, ...]:
        """Lines on the empirical receptive field beside the theoretical one, where it was measured."""
        return () if self.empirical is None else (", ".join(self.empirical.said.split("\n")),)

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Arrays by key: ``activations``, ``positions`` (count x 2), ``indices`` and ``maps`` (count x rows x columns).

        The averaged discrepancy map around the peaks is ``empirical``, where it was measured.
        """
        extra = {} if self.empirical is None else {"empirical": self.empirical.drops.numpy()}
        return extra | {
            "activations": np.array(self.activations, np.float32),
            "positions": np.array(self.positions, np.int64).reshape(-1, 2),
            "indices": np.array(self.indices, np.int64),
            "maps": self.maps.numpy(),
        }
