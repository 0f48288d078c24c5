"""Colours and contrast of the pictures that a network knows, for pictures that are made for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from torch import Tensor

Row = tuple[float, float, float]

_DARKEST = 1 / 255  # black and white have no logit


@dataclass(frozen=True)
class Colours:
    """How the colours of a kind of pictures vary, and how much contrast such a picture has.

    All numbers are of logits, ``log(v / (1 - v))`` of RGB values ``v`` in 0..1: a picture that is made is the sigmoid
    of numbers that may be anything. They are ``mean + root @ z``, with as many values ``z`` as colours, which in the
    pictures at hand are uncorrelated and of variance 1 within a picture (Olah, Mordvintsev and Schubert 2017,
    "Feature Visualization", appendix, decorrelate colours by ImageNet's root).

    Args:
        mean: of red, green and blue.
        root: a square root of the covariance of red, green and blue within a picture, the three rows.
        contrast: the root mean square that ``z`` may have in a picture that is made; 1 is that of the pictures.

    Example:
        >>> import torch
        >>> grey = torch.rand(8, 1, 16, 16, generator=torch.Generator().manual_seed(0)).expand(8, 3, 16, 16)
        >>> root = Colours.of(grey).root
        >>> [round(abs(value), 3) for value in root[0]] == [round(abs(value), 3) for value in root[2]]
        True
        >>> abs(root[0][0]) > 1 and abs(root[0][1]) < 1e-3  # they vary from dark to light alone
        True
    """

    mean: Row
    root: tuple[Row, Row, Row]
    contrast: float = 1.0

    @classmethod
    def of(cls, pictures: Tensor, *, contrast: float = 1.0) -> Self:
        """Colours of some pictures.

        Args:
            pictures: N x 3 x H x W, RGB in 0..1; some hundred suffice.
            contrast: as the field.

        Returns:
            the colours, those that vary most first in ``root``.
        """
        import torch

        logits = torch.logit(pictures.double().clamp(_DARKEST, 1 - _DARKEST)).flatten(2)
        mean = logits.mean((0, 2))
        apart = logits - logits.mean(2, keepdim=True)
        covariance = torch.einsum("nip,njp->ij", apart, apart) / (apart.shape[0] * apart.shape[2])
        variances, directions = torch.linalg.eigh(covariance)
        root = (directions * variances.clamp(min=0).sqrt()).flip(1)
        red, green, blue = (_row(values) for values in root)
        return cls(_row(mean), (red, green, blue), contrast)


def _row(values: Tensor) -> Row:
    red, green, blue = values.tolist()
    return red, green, blue
