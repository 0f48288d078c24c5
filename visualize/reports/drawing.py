"""Results as views of a unit: their panels become files, their words become text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from zlib import crc32

from visualize.figures import sections
from visualize.files import save_bytes
from visualize.methods.method import Needs
from visualize.pages.coding import ENDING, coded, scaled
from visualize.pages.names import slug
from visualize.reports.picture_files import mark, mark_name
from visualize.reports.records import Shown, View

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from visualize.methods.drawing.legend import Key
    from visualize.methods.drawing.panel import Panel
    from visualize.methods.method import Method
    from visualize.methods.result import Result
    from visualize.reports.wording import Wording

SIDE = 136
"""Pixels of the longer side of a picture."""
_WIDE = 460  # pixels of a diagram's longer side


def role(kind: type[Method]) -> str:
    """Kind of a method's pictures: ``"photographs"``, ``"explained"`` ones, or ``"made"`` from nothing."""
    if kind.explains:
        return "explained"
    return "made" if kind.needs is Needs.NOTHING else "photographs"


@dataclass(frozen=True)
class Drawing:
    """Draws results into the folder of a layer's pictures.

    Args:
        folder: of the pictures.
        wording: takes paths out of words.
    """

    folder: Path
    wording: Wording

    def __call__(self, unit: int, key: str, kind: type[Method], result: Result, shown: Sequence[Result]) -> View:
        """Draw a result.

        Args:
            unit: the unit's number.
            key: digest of all that the view depends on.
            kind: the result's method.
            result: what is drawn.
            shown: results whose photographs the page shows too.
        """
        (section,) = sections([result], methods={result.provenance.method: kind}, above=shown)
        name = f"{unit}-{slug(kind.name)}"
        pictures = [self._picture(panel, f"{name}-{place}") for place, panel in enumerate(section.panels, 1)]
        return View(
            unit=unit,
            key=key,
            title=section.title,
            shows=self.wording.text(section.explanation),
            role=role(kind),
            pictures=tuple(pictures),
            legend=tuple((self._mark(key), self.wording.text(key.words)) for key in section.legend),
            facts=self.wording.facts(result.facts()),
            lines=self.wording.lines(result.lines()),
            notes=self.wording.lines(section.notes),
            chosen=tuple(result.chosen or ()),
        )

    def _picture(self, panel: Panel, name: str) -> Shown:
        image = scaled(panel.picture, _WIDE if panel.wide else SIDE)
        file = f"{name}{ENDING}"
        content = coded(image, drawn=panel.wide)
        save_bytes(content, self.folder / file)
        caption = tuple(self.wording.text(line) for line in panel.caption.splitlines() if line)
        return Shown(
            file=file, width=image.width, height=image.height, crc32=crc32(content), caption=caption, wide=panel.wide
        )

    def _mark(self, key: Key) -> str:
        """File of a legend's mark, which all units share."""
        content = coded(scaled(key.mark, _WIDE), drawn=True)
        file = mark_name(content)
        if mark(self.folder / file) is None:
            save_bytes(content, self.folder / file)
        return file
