"""One layer of a network, and what its positions see of a picture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from visualize.methods.network.receptive_field.field import ReceptiveField, Window


@dataclass(frozen=True)
class Layer:
    """One layer: the output of one run of one module.

    Args:
        name: the module's own; ``name#k`` for run k (from 0) of a module that runs several times.
        aliases: other names that mean it.
        kind: the module's class.
        units: how many channels (features, where there is no map).
        map_size: (rows, columns) of its map for the preparation's input size; (1, 1) where there is no map.
        field: the receptive field of its positions, derived from the network's graph; for networks without one it is
            measured when the layer is first asked for by name, and None until then.
        measured: the field is a measured one, which can come out a little small, as a derived one never does; or the
            map was cut out of another one, as it would be again in a part of the picture.

    Example:
        >>> from visualize.methods.network.receptive_field.field import ReceptiveField
        >>> conv = Layer("conv", (), "Conv2d", 8, (10, 20), ReceptiveField((5, 7), (4, 2), (1, 1)))
        >>> conv.window((3, 5), (41, 53))
        (11, 8, 16, 15)
    """

    name: str
    aliases: tuple[str, ...]
    kind: str
    units: int
    map_size: tuple[int, int]
    field: ReceptiveField | None
    measured: bool = False

    @property
    def local(self) -> ReceptiveField | None:
        """The receptive field if it is known for sure to be local: derived from the graph, in whole steps."""
        field = self.field
        sure = field is not None and not self.measured and all(step >= 1 and step % 1 == 0 for step in field.stride)
        return field if sure else None

    def window(self, position: tuple[int, int], shape: tuple[int, int]) -> Window:
        """The part of a picture that a position sees at most: all of it where the layer is not known to be local.

        Args:
            position: (row, column) of its map.
            shape: (height, width) of the picture.
        """
        field = self.local
        return field.window(*position, shape) if field else (0, 0, *shape)

    def box(self, position: tuple[int, int], shape: tuple[int, int]) -> Window:
        """The part of a picture that must be run for the activation at a position to be what it is in the whole.

        At a side where the position's receptive field lies inside the picture, no padding is in the field, so the
        picture can be cut there; the cut is put where every layer's steps fall on the same pixels as before. At a side
        where the field reaches the border, the picture keeps its border, and with it the padding.

        Args:
            position: (row, column) of its map.
            shape: (height, width) of the picture.

        Returns:
            The whole picture where the layer is not known to be local, because a measured field can be too small.
        """
        field = self.local
        if field is None:
            return 0, 0, *shape
        top, left, bottom, right = field.span(*position)
        down, across = (int(step) for step in field.stride)
        return (
            max(0, top // down * down),
            max(0, left // across * across),
            min(bottom, shape[0]),
            min(right, shape[1]),
        )


@dataclass(frozen=True)
class Unmapped:
    """A run of a module whose output has no map and no features of a picture, and the reason.

    Args:
        name: the run's, as :class:`Layer` has it.
        kind: the module's class.
        shape: the shape of its output for one picture.
        reason: why its places are no places of the picture, as the end of a sentence.

    Example:
        >>> print(Unmapped("decoder", "TransformerDecoder", (1, 100, 32), "its places are no patches of the picture"))
        decoder has no map: its places are no patches of the picture (TransformerDecoder, 1 x 100 x 32)
    """

    name: str
    kind: str
    shape: tuple[int, ...]
    reason: str

    def __str__(self) -> str:
        return f"{self.name} has no map: {self.reason} ({self.kind}, {' x '.join(map(str, self.shape))})"
