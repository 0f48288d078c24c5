"""Colorization: which colours does a grey picture have (Zhang et al. 2016, arXiv:1603.08511)."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from supervisions.task import Batch, Pretext, levels, mirrored
from supervisions.trunk import UNITS, luma, prepared

GRID = 20.0
"""Distance of neighbouring bins in a and b of CIE Lab."""

NEIGHBOURS, WIDTH = 5, GRID / 2  # bins that share a colour, and the standard deviation of their shares
_UNIFORM = 0.5  # how far rare colours count as much as common ones, the paper's lambda
_STRIDE, _EDGE, _MAP = 8, 4, 15  # conv5 of a picture of 128 pixels: its places lie 8 pixels apart, from pixel 6 on


def lab(pictures: Tensor) -> Tensor:
    """Colours in CIE Lab (D65).

    Args:
        pictures: N x 3 x H x W, sRGB in 0..1.

    Returns:
        N x 3 x H x W: L in 0..100, a and b.
    """
    linear = torch.where(pictures > 0.04045, ((pictures + 0.055) / 1.055) ** 2.4, pictures / 12.92)
    to_xyz = torch.tensor(
        [[0.412453, 0.357580, 0.180423], [0.212671, 0.715160, 0.072169], [0.019334, 0.119193, 0.950227]]
    )
    white = torch.tensor([0.95047, 1.0, 1.08883])
    xyz = torch.einsum("nchw,kc->nkhw", linear, (to_xyz / white[:, None]).to(linear.dtype))
    roots = torch.where(xyz > 0.008856, xyz.clamp(min=0.008856) ** (1 / 3), 7.787 * xyz + 16 / 116)
    x, y, z = roots.unbind(1)
    return torch.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], 1)


def colour_bins() -> Tensor:
    """The bins: points of a grid in a and b that are the nearest to some colour of sRGB; Q x 2."""
    steps = torch.linspace(0, 1, 33)
    cube = torch.cartesian_prod(steps, steps, steps).T.reshape(1, 3, -1, 1)
    bins: Tensor = torch.unique((lab(cube)[0, 1:, :, 0].T / GRID).round(), dim=0)
    return GRID * bins


def soft_bins(colours: Tensor, bins: Tensor) -> Tensor:
    """Shares of the five nearest bins, by a Gaussian of the distance.

    Args:
        colours: ... x 2, a and b.
        bins: Q x 2.

    Returns:
        ... x Q, sums to 1.
    """
    distance = torch.cdist(colours.flatten(0, -2), bins)
    near = distance.topk(NEIGHBOURS, largest=False)
    shares = torch.softmax(-(near.values**2) / (2 * WIDTH**2), 1)
    return torch.zeros_like(distance).scatter(1, near.indices, shares).view(*colours.shape[:-1], len(bins))


class Colorization(Pretext):
    """A grey picture: which colour has each place of conv5's map?

    Colours are bins in a and b, and a right answer is shared by the five nearest; rare colours count more, as in the
    paper. The network sees the brightness alone (luma), and what is shipped turns colours grey in its first layer. An
    answer is right where the likeliest bin is the nearest to the colour of the place; chance always says the commonest.
    """

    question = "which of 75 colours each place of a grey picture has"
    kept = ("head.", "rebalancing")
    colours = luma()

    def __init__(self, trunk: nn.Module) -> None:
        super().__init__(trunk)
        self.bins = colour_bins()
        self.rebalancing: Tensor
        self.register_buffer("rebalancing", torch.ones(len(self.bins)))

    @staticmethod
    def new_head() -> nn.Module:
        """Each place of the map to the bins."""
        return nn.Sequential(nn.Conv2d(UNITS, 96, 1), nn.ReLU(), nn.Conv2d(96, len(colour_bins()), 1))

    def begin(self, scenes: Batch) -> None:
        """Count the colours: each is weighed by 1 / (0.5 p + 0.5 / Q), so that the weights are 1 on average."""
        share = soft_bins(place_colours(scenes.pictures[:1200]), self.bins).flatten(0, 2).mean(0)
        weights = 1 / ((1 - _UNIFORM) * share + _UNIFORM / len(self.bins))
        self.rebalancing.copy_(weights / (share * weights).sum())

    def questions(self, pictures: Tensor, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """The pictures, N x 3 x 128 x 128, and the colours of their places, N x 15 x 15 x 2."""
        pictures = mirrored(pictures, generator)
        return prepared(pictures, levels(len(pictures), generator)), place_colours(pictures)

    def forward(self, asked: Tensor) -> Tensor:
        """N x 3 x 128 x 128 to N x Q x 15 x 15."""
        answers: Tensor = self.head(self.trunk(asked))
        return answers

    def loss(self, scenes: Batch, generator: torch.Generator) -> Tensor:
        """Cross entropy with the shares of the bins, weighed by the nearest bin."""
        asked, colours = self.questions(scenes.pictures, generator)
        shares = soft_bins(colours, self.bins)
        surprise: Tensor = -(shares * self(asked).permute(0, 2, 3, 1).log_softmax(3)).sum(3)
        return (surprise * self.rebalancing[shares.argmax(3)]).mean()

    def right(self, scenes: Batch, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """The share of places whose likeliest bin is right, and that of the commonest bin among these scenes.

        The weights of rare colours, which the answers have learned, are taken out of them first.
        """
        asked, colours = self.questions(scenes.pictures, generator)
        answers = soft_bins(colours, self.bins).argmax(3)
        likeliest = (self(asked).permute(0, 2, 3, 1) - self.rebalancing.log()).argmax(3)
        commonest = answers.flatten().bincount().max() / answers.numel()
        return (likeliest == answers).float().mean(), commonest


def place_colours(pictures: Tensor) -> Tensor:
    """A and b of the 4 x 4 pixels at the centre of each place of conv5's map: N x 3 x 128 x 128 to N x 15 x 15 x 2."""
    inner = pictures[:, :, _EDGE : _EDGE + _STRIDE * _MAP, _EDGE : _EDGE + _STRIDE * _MAP].float() / 255
    colours: Tensor = functional.avg_pool2d(inner, 4, _STRIDE)
    return lab(colours)[:, 1:].movedim(1, 3)
