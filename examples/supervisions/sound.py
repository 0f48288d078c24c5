"""Sound: which sound does a scene have (Owens et al. 2016, arXiv:1608.07017)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from torch.nn import functional

from supervisions.task import SIDE, Batch, Pretext, layers, levels, mirrored, pooled
from supervisions.trunk import UNITS, prepared
from visualize.scenes.sound import CLUSTERS

if TYPE_CHECKING:
    import torch
    from torch import Tensor, nn

    from supervisions.rendering import Told


class Sound(Pretext):
    """A picture: in which of 30 clusters is the sound of its scene?

    Clusters are those of the statistics of sound textures. Chance always says the commonest.
    """

    question = f"which of {CLUSTERS} sounds a scene has"
    listens = True

    @staticmethod
    def new_head() -> nn.Module:
        """The pooled map to the clusters."""
        return layers([UNITS * SIDE**2, 128, CLUSTERS])

    @staticmethod
    def told(told: Told) -> Tensor:
        """The cluster of each scene's sound."""
        return told.sounds

    def forward(self, asked: Tensor) -> Tensor:
        """N x 3 x 128 x 128 to N x 30."""
        answers: Tensor = self.head(pooled(self.trunk(asked)))
        return answers

    def loss(self, scenes: Batch, generator: torch.Generator) -> Tensor:
        """Cross entropy with the cluster."""
        pictures = mirrored(scenes.pictures, generator)
        return functional.cross_entropy(self(prepared(pictures, levels(len(pictures), generator))), scenes.told)

    def right(self, scenes: Batch, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """The share of right answers, and that of the commonest cluster among these scenes."""
        pictures = mirrored(scenes.pictures, generator)
        share = (self(prepared(pictures)).argmax(1) == scenes.told).float().mean()
        return share, scenes.told.bincount().max() / len(scenes)
