"""Pieces of HTML for notebooks: small, whole by themselves, and without scripts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from visualize.pages.environment import rendered

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from visualize.methods.drawing.panel import Panel
    from visualize.pages.charts import Bar

_SIDE, _WIDE = 140, 460  # pixels of pictures and of diagrams


@dataclass(frozen=True, kw_only=True)
class Figure:
    """A picture within the HTML itself.

    Args:
        address: which holds the picture.
        width: pixels.
        height: pixels.
        caption: lines under it.
        wide: it is a diagram, which keeps its own size.
    """

    address: str
    width: int
    height: int
    caption: tuple[str, ...]
    wide: bool

    @classmethod
    def of(cls, panel: Panel) -> Figure:
        """The picture of a panel, small."""
        from visualize.pages.coding import coded, data_uri, scaled

        image = scaled(panel.picture, _WIDE if panel.wide else _SIDE)
        address = data_uri(coded(image, drawn=panel.wide))
        lines = tuple(line for line in panel.caption.splitlines() if line)
        return cls(address=address, width=image.width, height=image.height, caption=lines, wide=panel.wide)


@dataclass(frozen=True, kw_only=True)
class Part:
    """One way of looking.

    Args:
        title: what it is called.
        explanation: one sentence on what the pictures are.
        pictures: of it.
        legend: address and words of each mark in the pictures.
        notes: sentences that a reader must know.
    """

    title: str
    explanation: str
    pictures: tuple[Figure, ...]
    legend: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Grid:
    """A table.

    Args:
        title: what it is of.
        heads: of its columns.
        rows: cells, the first of which names the row.
    """

    title: str
    heads: Sequence[str]
    rows: Sequence[Sequence[str]]


def snippet(  # noqa: PLR0913 (a title, and what may stand under it, by keyword)
    title: str,
    *,
    lines: Iterable[str] = (),
    facts: Sequence[tuple[str, str]] = (),
    bars: Sequence[tuple[str, Sequence[Bar]]] = (),
    colours: Mapping[str, str] | None = None,
    tables: Sequence[Grid] = (),
    sections: Sequence[Part] = (),
    notes: Iterable[str] = (),
) -> str:
    """HTML for a notebook; all text in it is escaped.

    Args:
        title: above all.
        lines: sentences under it.
        facts: names and values.
        bars: stacked bars, each group with its heading.
        colours: of their categories.
        tables: further down.
        sections: ways of looking.
        notes: at the end.

    Example:
        >>> "&lt;b&gt;" in snippet("<b>")
        True
    """
    return rendered(
        "notebook.html", title=title, lines=list(lines), facts=list(facts), bars=list(bars), colours=colours or {},
        tables=list(tables), sections=list(sections), notes=list(notes), root="",
    )  # fmt: skip
