"""Record of a DeepDream: photographs, or noise, and what became of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from visualize.methods.drawing.animation import animation
from visualize.methods.drawing.panel import Panel, figure, to_uint8
from visualize.methods.drawing.row import png
from visualize.methods.errors import InputError
from visualize.methods.result import Result

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from visualize.methods.provenance import Json


@dataclass(frozen=True, kw_only=True)
class DreamResult(Result):
    """Dreams of one unit or layer.

    Args:
        of: the name of the unit, sum or layer that the pictures were made to show.
        whole: whether that is a whole layer.
        files: the names of the photographs that the dreams began with; empty for those from noise.
        starts: n pictures, 3 x H x W each, RGB in 0..1; they can differ in size.
        pictures: n dreams, one of each start and of its size.
        before: how strongly each start excites the unit: the mean activation on its map, added over several units; for
            a whole layer the root of the mean square of its activations.
        after: how strongly each dream excites the unit, by the same measure.
        frames: for each dream F x h x w x 3, uint8, from the start to the end, where they were asked for.
        broken: the names of photographs that could not be read.

    Example:
        >>> import numpy as np
        >>> from visualize.methods import DeepDream, Probe, Stack
        >>> from torch import nn
        >>> probe = Probe(nn.Sequential(nn.AvgPool2d(4)))
        >>> photograph = np.full((32, 48, 3), 128, np.uint8)
        >>> (result,) = DeepDream(size="own", steps=2, frames=3)(probe, probe.unit("0:0"), Stack([photograph]))
        >>> result.files, result.frames[0].shape
        (('pictures/0',), torch.Size([3, 32, 48, 3]))
        >>> result.animation("gif")[:6]
        b'GIF89a'
    """

    of: str
    whole: bool
    files: tuple[str, ...]
    starts: tuple[Tensor, ...]
    pictures: tuple[Tensor, ...]
    before: tuple[float, ...]
    after: tuple[float, ...]
    frames: tuple[Tensor, ...] = ()
    broken: tuple[str, ...] = ()

    @property
    def subject(self) -> str | None:
        """Name of the layer, where it is a whole one."""
        return self.of if self.whole else None

    @property
    def shows(self) -> str | None:
        """Sentence on what they began with, where that was no photograph."""
        return None if self.files else "Noise, changed step by step towards what the unit or layer answers to."

    def panels(self) -> tuple[Panel, ...]:
        """Photographs, each before its dream; from noise the dreams alone."""
        panels: list[Panel] = []
        for place, start in enumerate(self.starts):
            if self.files:
                shown = f"photograph: {self._measure} {figure(self.before[place])}\n{self.files[place]}"
                panels.append(Panel(to_uint8(start.permute(1, 2, 0).numpy()), shown, of=self.files[place]))
            panels.append(self._dream(place))
        return tuple(panels)

    def aligned(self) -> tuple[Panel, ...]:
        """Dreams without the photographs that they began with."""
        return tuple(self._dream(place) for place in range(len(self.pictures)))

    @property
    def _measure(self) -> str:
        return "root mean square" if self.whole else "mean activation"

    def _dream(self, place: int) -> Panel:
        begun = "" if self.files else f" (noise: {figure(self.before[place])})"
        caption = f"dream: {self._measure} {figure(self.after[place])}{begun}\n{self.of}"
        picture = to_uint8(self.pictures[place].permute(1, 2, 0).numpy())
        return Panel(picture, caption, of=self.files[place] if self.files else "")

    def animation(self, form: str = "webp", *, place: int = 0, seconds: float = 4.0) -> bytes:
        """Animate the frames of one dream: the bytes of a file.

        Args:
            form: "webp" or "gif".
            place: which dream, 0 being the first.
            seconds: how long it takes from the start to the end.

        Raises:
            InputError: there are no frames, there is no such dream, or the form is another.
        """
        if self.frames and not 0 <= place < len(self.frames):
            raise InputError(f"there is no dream {place}; they count from 0 to {len(self.frames) - 1}")
        return animation([] if not self.frames else list(self.frames[place].numpy()), form, seconds=seconds)

    def export(self, name: str, ending: str) -> bytes:
        """Write the first dream by itself as a PNG (``picture``), or its frames as an animation (``frames``).

        Raises:
            InputError: there is no such file, or there are no frames.
        """
        if name == "picture":
            return png(Image.fromarray(to_uint8(self.pictures[0].permute(1, 2, 0).numpy())))
        return self.animation(ending.removeprefix(".")) if name == "frames" else super().export(name, ending)

    def facts(self) -> dict[str, Json]:
        """Numbers by name: dreams (file, size, before, after), of, whole, seconds, broken (names)."""
        dreams: list[Json] = [
            {
                "file": self.files[place] if self.files else None,
                "size": list(picture.shape[1:]),
                "before": self.before[place],
                "after": self.after[place],
            }
            for place, picture in enumerate(self.pictures)
        ]
        return {
            "dreams": dreams,
            "of": self.of,
            "whole": self.whole,
            "seconds": self.provenance.seconds,
            "broken": list(self.broken),
        }

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Arrays by key: ``dream`` (n x 3 x H x W, 0..1), ``before``, ``after``, ``frames`` (n x F x h x w x 3, uint8).

        Pictures that differ in size, and their frames, are numbered instead: ``dream0``, ``frames0`` and so on.
        """
        return {
            **_stacked("dream", self.pictures),
            **_stacked("frames", self.frames),
            "before": np.array(self.before, np.float64),
            "after": np.array(self.after, np.float64),
        }


def _stacked(name: str, tensors: Sequence[Tensor]) -> dict[str, NDArray[Any]]:
    if len({tensor.shape for tensor in tensors}) == 1:
        return {name: torch.stack(list(tensors)).numpy()}
    return {f"{name}{number}": tensor.numpy() for number, tensor in enumerate(tensors)}
