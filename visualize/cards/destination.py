"""Where cards are written, and finding out beforehand whether they can be."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from visualize.cards.unit_lists import layer_of
from visualize.files import FIGURES, PNG, ROOT, check_writable, safe
from visualize.methods.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from visualize.methods.unit import Target


CONTACT = "contact"
_ENDINGS = f"{', '.join(FIGURES[:-1])} or {FIGURES[-1]}"


@dataclass(frozen=True)
class Destination:
    """Where cards go.

    Args:
        folder: the folder for several cards, or for one of no given name.
        file: the one card's file, if it was given.
        ending: of the files' names, one of :data:`visualize.files.FIGURES`.
        several: whether the units are of several layers, whose files then bear the layer's name too.
        together: whether all units go onto one sheet, which then is the file that was given.
    """

    folder: Path
    file: Path | None = None
    ending: str = PNG
    several: bool = False
    together: bool = False

    def card(self, stem: str, layer: str = "") -> Path:
        """The file of a unit's card: the one that was given, or ``STEM.png`` in the folder.

        Args:
            stem: the card's name within its layer.
            layer: the layer's name, for units of several layers: ``LAYER-STEM.png``.
        """
        name = f"{layer}-{stem}" if self.several else stem
        return self.folder / f"{safe(name)}{self.ending}" if self.file is None else self.file

    def contact(self, what: str = "") -> Path:
        """The file of the sheet of several units: ``contact.png``, or ``contact-WHAT.png`` for one method's."""
        if self.together and self.file is not None:
            return self.file
        return self.folder / f"{'-'.join(filter(None, [CONTACT, what]))}{self.ending}"


def check_out(out: str | None, form: str | None = None) -> str:
    """Refuse a name that no card can have, before any work is done.

    Args:
        out: a file or a folder, as it was typed; None for the default place.
        form: ``"png"``, ``"pdf"`` or ``"svg"``; None takes that of the file's ending, and else PNG.

    Returns:
        the ending of the files that will be written.

    Raises:
        InputError: it ends in something else, or in another format than the one that is asked for.
    """
    ending = _ending(form)
    if out is None:
        return ending or PNG
    if not out.strip():
        raise InputError(f"--out is empty; give a file that ends in {_ENDINGS}, or a folder")
    suffix = Path(out).suffix.lower()
    if _is_folder(out):
        return ending or PNG
    if suffix not in FIGURES:
        raise InputError(f"--out {out} ends in {suffix}; figures are written as {_ENDINGS} (end a folder with /)")
    if ending is not None and ending != suffix:
        raise InputError(f"--out {out} and --format {form} contradict each other; leave out one of them")
    return suffix


def _ending(form: str | None) -> str | None:
    """The ending of a format's files."""
    ending = None if form is None else f".{form.strip().lower().removeprefix('.')}"
    if ending is not None and ending not in FIGURES:
        raise InputError(f"--format is one of {', '.join(known[1:] for known in FIGURES)}, not {form!r}")
    return ending


def destination(
    out: str | None, model: str, targets: Sequence[Target], form: str | None = None, *, together: bool = False
) -> Destination:
    """Where the cards of some units go, after checking that they can be written there.

    Args:
        out: a file that ends in ``.png``, ``.pdf`` or ``.svg``, a folder, or None for ``viz-out/MODEL/LAYER`` (of
            several layers ``LAYER-LAYER``).
        model: the model's name, which may be a path.
        targets: of the cards.
        form: their format, as for :func:`check_out`.
        together: whether they go onto one sheet and have no files of their own.

    Raises:
        InputError: the folder cannot be written, or several cards would go to one file.
    """
    ending = check_out(out, form)
    layers = list(dict.fromkeys(map(layer_of, targets)))
    if out is None:
        place = Destination(ROOT / safe(model) / safe("-".join(layers)))
    elif _is_folder(out):
        place = Destination(Path(out).expanduser())
    elif len(targets) > 1 and not together:
        raise InputError(
            f"--out {out} is one file, and {len(targets)} cards are asked for; give a folder (ending in /), or --sheet "
            f"for one figure of them all"
        )
    else:
        file = Path(out).expanduser()
        place = Destination(file.parent, file)
    check_writable(place.folder)
    return replace(place, ending=ending, several=len(layers) > 1, together=together)


def _is_folder(out: str) -> bool:
    path = Path(out).expanduser()
    return out.endswith(("/", "\\")) or path.is_dir() or not path.suffix
