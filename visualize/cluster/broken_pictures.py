"""Pictures that a worker cannot read: broken ones are so everywhere, others it does not see where it runs."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from visualize.methods.errors import BrokenImage, InputError

if TYPE_CHECKING:
    from collections.abc import Collection

    from visualize.cluster.pieces import Piece
    from visualize.methods.network.preprocessing import Preparation
    from visualize.methods.pictures.images import Images


def require_broken(images: Images, prepare: Preparation, piece: Piece, broken: Collection[str]) -> None:
    """Refuse a piece of whose pictures a worker could not read one that can be read here; the first is tried.

    Args:
        images: the set.
        prepare: how pictures become the network's input.
        piece: the pictures that the worker was asked for.
        broken: names of those that it could not read.

    Raises:
        InputError: there is one, so that the worker does not see the set's files.
    """
    if not broken:
        return
    first = next((index for index in range(piece.first, piece.last) if images.file(index) in broken), None)
    if first is None:
        return
    with suppress(BrokenImage):
        images.load(first, prepare)
        raise InputError(
            f"{images.name}: a worker cannot read {images.file(first)}, which this machine can; give a folder that all "
            f"of them see"
        )
