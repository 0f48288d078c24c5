"""Result of ``viz transfer`` and ``visualize.transfer``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from visualize.transfers.records import Measurement

if TYPE_CHECKING:
    from PIL import Image


class Transfer(Measurement):
    """How much of another task can be read off the layers of networks; shows its figure in a notebook.

    Example:
        >>> import visualize as viz
        >>> worth = viz.transfer("scenes-alexnet", layers="fc6,fc7", count=60, twin=False)
        >>> [(row["layer"], row["features"]) for row in worth.rows()]
        [('fc6', 96), ('fc7', 64)]
        >>> worth.figure().width
        1400
    """

    def figure(self, *, published: bool = False) -> Image.Image:
        """Scores by depth for every network, and tables of the classes, as an RGB picture.

        Args:
            published: draw figures that others published under them, in grey.
        """
        from visualize.transfers.figures.measurement import transfer_block

        return transfer_block(self, published=published).draw()

    def _repr_png_(self) -> bytes:
        """The figure, as notebooks show it."""
        from visualize.figures.formats import encoded
        from visualize.transfers.figures.measurement import transfer_block

        return encoded(transfer_block(self))
