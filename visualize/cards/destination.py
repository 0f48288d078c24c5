"""Where cards are written, and finding out beforehand whether they can be."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from methods.errors import InputError
from visualize.cards.unit_lists import layer_of
from visualize.files import PNG, ROOT, check_writable, safe

if TYPE_CHECKING:
    from collections.abc import Sequence

    from methods.unit import Target


CONTACT = "contact"


@dataclass(frozen=True)
class Destination:
    """Where cards go.

    Args:
        folder: the folder for several cards, or for one of no given name.
        file: the one card's file, if it was given.
        several: whether the units are of several layers, whose files then bear the layer's name too.
    """

    folder: Path
    file: Path | None = None
    several: bool = False

    def card(self, stem: str, layer: str = "") -> Path:
        """The file of a unit's card: the one that was given, or ``STEM.png`` in the folder.

        Args:
            stem: the card's name within its layer.
            layer: the layer's name, for units of several layers: ``LAYER-STEM.png``.
        """
        name = f"{layer}-{stem}" if self.several else stem
        return self.folder / f"{safe(name)}{PNG}" if self.file is None else self.file

    def contact(self, what: str = "") -> Path:
        """The file of the sheet of several units: ``contact.png``, or ``contact-WHAT.png`` for one method's."""
        return self.folder / f"{'-'.join(filter(None, [CONTACT, what]))}{PNG}"


def check_out(out: str | None) -> None:
    """Refuse a name that no card can have, before any work is done.

    Raises:
        InputError: it ends in something else than ``.png``.
    """
    if out is None:
        return
    if not out.strip():
        raise InputError("--out is empty; give a file that ends in .png, or a folder")
    if not _is_folder(out) and Path(out).suffix.lower() != PNG:
        raise InputError(f"--out {out} ends in {Path(out).suffix}; cards are written as {PNG} (end a folder with /)")


def destination(out: str | None, model: str, targets: Sequence[Target]) -> Destination:
    """Where the cards of some units go, after checking that they can be written there.

    Args:
        out: a file that ends in ``.png``, a folder, or None for ``viz-out/MODEL/LAYER`` (of several layers
            ``LAYER-LAYER``).
        model: the model's name, which may be a path.
        targets: of the cards.

    Raises:
        InputError: the folder cannot be written, or several cards would go to one file.
    """
    check_out(out)
    layers = list(dict.fromkeys(map(layer_of, targets)))
    several = len(layers) > 1
    if out is None:
        place = Destination(ROOT / safe(model) / safe("-".join(layers)), several=several)
    elif _is_folder(out):
        place = Destination(Path(out).expanduser(), several=several)
    elif len(targets) > 1:
        raise InputError(
            f"--out {out} is one file, and {len(targets)} cards are asked for; give a folder (ending in /)"
        )
    else:
        file = Path(out).expanduser()
        place = Destination(file.parent, file)
    check_writable(place.folder)
    return place


def _is_folder(out: str) -> bool:
    path = Path(out).expanduser()
    return out.endswith(("/", "\\")) or path.is_dir() or not path.suffix
