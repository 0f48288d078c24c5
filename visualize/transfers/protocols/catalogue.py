"""Every classifier by name, with what its score is."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING

from visualize.transfers.pools import as_published, by_number
from visualize.transfers.protocols.knn import knn
from visualize.transfers.protocols.logistic import logistic
from visualize.transfers.protocols.lowshot import lowshot
from visualize.transfers.protocols.svm import svm
from visualize.transfers.protocols.voc07 import voc07

if TYPE_CHECKING:
    from collections.abc import Callable

    from visualize.methods.transfer.precision import Kind
    from visualize.transfers.features import Pools
    from visualize.transfers.part import Answer, Lesson


@dataclass(frozen=True)
class Protocol:
    """A classifier as the field defines it.

    Args:
        name: what users type.
        learn: learns from a lesson, and gives scores to its test pictures.
        kind: the definition of average precision that the score is of.
        ranking: the score is the mean average precision, also where each picture is of one class.
        published: pictures and pooling are VISSL's.
        linear: one vector of weights for each class.

    Example:
        >>> [name for name, protocol in PROTOCOLS.items() if protocol.kind == "envelope"]
        ['voc07']
    """

    name: str
    learn: Callable[[Lesson], Answer]
    kind: Kind = "area"
    ranking: bool = False
    published: bool = False
    linear: bool = True

    def pools(self, numbers: int) -> Pools:
        """The way in which layers are averaged, to at most so many features where it is not a published one."""
        if self.published and numbers != 1:
            return functools.partial(as_published, numbers)
        return lambda _, layers: by_number(numbers, layers)


PROTOCOLS = {
    protocol.name: protocol
    for protocol in (
        Protocol("svm", svm),
        Protocol("voc07", voc07, "envelope", ranking=True, published=True),
        Protocol("logistic", logistic),
        Protocol("knn", functools.partial(knn, count=20, temperature=0.07), linear=False),
        Protocol("knn-200", functools.partial(knn, count=200, temperature=0.1), linear=False),
        Protocol("lowshot", lowshot, linear=False),
    )
}
"""Protocols by name."""
