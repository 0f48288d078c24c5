"""Pictures of a set with other labels than its own: what such sets share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from visualize.data.files.registration import half

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from visualize.data.files.registration import Size
    from visualize.methods.network.preprocessing import Preparation
    from visualize.methods.pictures.images import Images


class Relabelled:
    """Pictures that are handed on as they are; see :class:`visualize.methods.pictures.labelled.Labelled`.

    Args:
        images: the pictures.
    """

    def __init__(self, images: Images) -> None:
        self._images = images

    @property
    def labelled(self) -> Images:
        """The pictures alone."""
        return self._images

    @property
    def remarks(self) -> Sequence[str]:
        """Sentences on what was left out of the set."""
        return getattr(self._images, "remarks", ())

    def __len__(self) -> int:
        return len(self._images)

    def file(self, index: int) -> str:
        """The name of a picture within the set."""
        return self._images.file(index)

    def load(self, index: int, preparation: Preparation) -> NDArray[np.uint8]:
        """A picture brought to ``preparation.size``: H x W x 3, RGB, uint8.

        Raises:
            BrokenImage: it cannot be read.
        """
        return self._images.load(index, preparation)

    def label_shape(self, preparation: Preparation) -> Size:
        """Rows and columns of every label map: half of the input's."""
        return half(preparation)
