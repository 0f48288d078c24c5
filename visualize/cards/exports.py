"""Files that a method can write of its first result by itself, beside the figure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from visualize.files import check_writable, whole
from visualize.methods.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

    from visualize.cards.card import Card
    from visualize.methods.method import Export


@dataclass(frozen=True)
class ExportFile:
    """The file that an export of the first result goes to.

    Args:
        export: one of the method's exports.
        path: a file that ends in one of the export's endings.

    Raises:
        InputError: it ends in something else, or cannot be written.
    """

    export: Export
    path: Path

    def __post_init__(self) -> None:
        if self.path.suffix.lower() not in self.export.endings or self.path.is_dir():
            raise InputError(
                f"--{self.export.name} {self.path} cannot be written; give a file that ends in "
                f"{' or '.join(self.export.endings)}"
            )
        check_writable(self.path.expanduser().parent)

    def save(self, card: Card) -> Path:
        """Write the export of a card's first result, whole or not at all.

        Raises:
            InputError: the card's first result has no such file.
        """
        content = next(iter(card.results.values())).export(self.export.name, self.path.suffix.lower())
        with whole(self.path.expanduser()) as file:
            file.write(content)
        return self.path
