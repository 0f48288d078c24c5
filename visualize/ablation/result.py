"""Result of ``viz ablate`` and ``visualize.ablate``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from visualize.ablation.records import AblationRecord

if TYPE_CHECKING:
    from PIL import Image


class Ablation(AblationRecord):
    """Loss of a network without units of a layer; shows its figure in a notebook.

    Example:
        >>> import visualize as viz
        >>> lost = viz.ablate("scenes-alexnet", layer="fc7", count=120, sizes=[1, 4])
        >>> lost.layer, lost.labels, len(lost.classes), lost.curves.sizes
        ('fc7', 'given', 12, (1, 4))
        >>> change = lost.change(0, "bedroom")
        >>> change.pictures, 0 <= change.recall[1] <= 1
        (5, True)
    """

    def figure(self) -> Image.Image:
        """Curves of each class, and the units that it needs, as an RGB picture."""
        from visualize.ablation.figure import ablation_block

        return ablation_block(self).draw()

    def _repr_png_(self) -> bytes:
        """The figure, as notebooks show it."""
        from visualize.ablation.figure import ablation_block
        from visualize.figures.formats import encoded

        return encoded(ablation_block(self))
