"""A class of a network, with its probability."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from visualize.methods.provenance import Json


@dataclass(frozen=True)
class Category:
    """One class of a network.

    Args:
        index: the class's number, from 0.
        name: what the class is called; "class 7" where the names are not at hand.
        probability: in 0..1, by softmax over all classes, by sigmoid of a single output, or as the network itself
            gives it.
    """

    index: int
    name: str
    probability: float

    def document(self) -> dict[str, Json]:
        """The class, ready for JSON."""
        return {"index": self.index, "name": self.name, "probability": self.probability}
