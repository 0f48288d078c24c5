"""Deletion and insertion: whether the pixels that a map calls important are those that the unit needs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import torch
from kornia.filters import gaussian_blur2d
from torch import Tensor

from visualize.methods.errors import InputError
from visualize.methods.pictures.batch_size import side_by_side

if TYPE_CHECKING:
    from visualize.methods.network.layer import Layer
    from visualize.methods.network.probe import Probe
    from visualize.methods.network.receptive_field.field import Window


_BLUR = (11, 5.0)  # kernel and standard deviation, pixels: those of Petsiuk et al.'s code


@dataclass
class Removal:
    """Removal of the pixels of one picture in the order of a map, while the unit is watched; insertion too.

    Petsiuk, Das and Saenko 2018, "RISE", section 4.1. Deletion begins with the picture and paints pixels over with the
    colour that the network's preparation takes for zero (its mean); insertion begins with the picture blurred
    (Gaussian, 5 pixels) and puts its own pixels back. Only pixels that the explained position can see are counted:
    others change nothing, and would only flatten the curves.

    Args:
        probe: the network.
        layer: the unit's layer.
        index: the unit's index in it.
        picture: 3 x H x W, RGB in 0..1.
        position: (row, column) of the unit's map.
        levels: steps of each curve.
        batch: whole pictures in one run of the network.

    Attributes:
        clean: the activation on the picture.
        box: (top, left, bottom, right) of the part of the picture that is run, pixels, half open.
    """

    probe: Probe
    layer: Layer
    index: int
    picture: Tensor
    position: tuple[int, int]
    levels: int = 16
    batch: int = 8
    clean: float = field(init=False)
    box: Window = field(init=False)

    def __post_init__(self) -> None:
        if self.levels < 1:
            raise InputError(f"a curve has 1 level or more, not {self.levels}")
        shape = (self.picture.shape[1], self.picture.shape[2])
        self._seen = self.layer.window(self.position, shape)
        self.box = (0, 0, *shape)
        kernel = tuple(min(_BLUR[0], (side - 1) // 2 * 2 + 1) for side in shape)
        self._blurred = gaussian_blur2d(self.picture[None], (kernel[0], kernel[1]), (_BLUR[1], _BLUR[1]))[0]
        self._blank = blank(self.probe, self.picture)
        self.clean = float(self._values(self.picture[None])[0])
        self._try_less(self.layer.box(self.position, shape))

    def _try_less(self, less: Window) -> None:
        """Run only a part of the picture from now on, if that gives the same."""
        whole, self.box = self.box, less
        try:
            values = self._values(self.picture[None])
        except (InputError, IndexError):
            values = torch.full((1,), torch.nan)
        near = torch.finfo(values.dtype).eps ** 0.5
        if not abs(float(values[0]) - self.clean) <= near * max(abs(self.clean), near):
            self.box = whole

    def curves(self, strength: Tensor) -> tuple[Tensor, Tensor]:
        """Deletion curve and insertion curve of a map.

        Args:
            strength: H x W, larger where more important; of equal pixels the first comes first.

        Returns:
            for each curve ``levels`` + 1 values, float64: the activation, divided by that on the picture, after 0, 1,
            ... of ``levels`` equal parts of the pixels that the position sees.

        Raises:
            InputError: the map is not as large as the picture.
        """
        if strength.shape != self.picture.shape[1:]:
            raise InputError(f"a map of {tuple(strength.shape)} is not one of a picture of {self.picture.shape[1:]}")
        taken = self._taken(strength)
        deleted = torch.where(taken, self._blank, self.picture)
        inserted = torch.where(taken, self.picture, self._blurred)
        values = torch.cat([self._values(deleted), self._values(inserted)]).double() / self.clean
        return values[: self.levels + 1], values[self.levels + 1 :]

    def _taken(self, strength: Tensor) -> Tensor:
        """Pixels that are taken at each level: levels + 1 x 1 x H x W."""
        top, left, bottom, right = self._seen
        window = strength[top:bottom, left:right].cpu()
        places = torch.empty(window.numel(), dtype=torch.long)
        places[window.flatten().argsort(descending=True, stable=True)] = torch.arange(window.numel())
        limits = [round(window.numel() * level / self.levels) for level in range(self.levels + 1)]
        taken = torch.zeros(self.levels + 1, 1, *strength.shape, dtype=torch.bool)
        taken[:, 0, top:bottom, left:right] = places.reshape(window.shape) < torch.tensor(limits)[:, None, None]
        return taken

    def _values(self, pictures: Tensor) -> Tensor:
        top, left, bottom, right = self.box
        down, across = (int(step) if first else 1 for step, first in zip(self._stride, (top, left), strict=True))
        row, column = self.position[0] - top // down, self.position[1] - left // across
        cut = pictures[:, :, top:bottom, left:right]
        many = max(1, self.batch * self.picture[0].numel() // cut[0, 0].numel())

        def seen(first: int, last: int) -> Tensor:
            maps = self.probe.activations(cut[first:last], [self.layer.name])[self.layer.name]
            return maps[:, self.index, row, column].cpu()

        with torch.no_grad():
            return torch.cat([values for _, _, values in side_by_side(len(cut), many, seen, self.probe.device)])

    @property
    def _stride(self) -> tuple[float, float]:
        return self.layer.field.stride if self.layer.field else (1.0, 1.0)


def blank(probe: Probe, picture: Tensor) -> Tensor:
    """Colour that the preparation takes for zero, within RGB 0..1: 3 x 1 x 1."""
    prepare = probe.prepare
    means = [mean / prepare.maximum for mean in prepare.mean]
    if prepare.order == "L":
        means *= 3
    elif prepare.order == "BGR":
        means.reverse()
    return picture.new_tensor(means)[:, None, None].clamp(0, 1)


def area(curve: Tensor) -> float:
    """Area under a curve over 0..1, by the trapezium rule."""
    return float((curve[:-1] + curve[1:]).mean() / 2)
