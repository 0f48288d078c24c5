"""The comparison as a figure: stacked bars by category as in the paper, and what the dissections share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from visualize.comparison.comparison import said
from visualize.figures import bars, style
from visualize.figures.boxes import Block, Box, Words, beside, line, paragraph, rule, stack
from visualize.figures.categories import category_colours
from visualize.methods.drawing import palette
from visualize.methods.drawing.table import cells
from visualize.methods.drawing.text import letters
from visualize.methods.phrases import first_few

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from visualize.comparison.comparison import Comparison
    from visualize.methods.dissection.scores import Count

_NAME = 300  # pixels for a table's name at the left of its bar
_TOTAL = 70  # pixels for the number at a bar's right end
_ROWS = 12  # shared concepts that are listed
_COLUMNS = 6  # dissections next to each other in the list of shared concepts
_ONLY = 18  # concepts of one dissection that are listed


def comparison_block(
    compared: Comparison, *, named: Sequence[str] = (), width: int = style.WIDTH, title: str = "", about: str = ""
) -> Block:
    """A comparison as a figure that is not drawn yet: every text at its place.

    Args:
        compared: the dissections.
        named: concepts to list first, by name.
        width: the figure's width, pixels.
        title: heading of the figure; "" for the usual one.
        about: a sentence below it on the dissections.

    Raises:
        InputError: no unit of any dissection is called by one of these names.
    """
    inner = width - 2 * style.MARGIN
    colours = category_colours(compared.categories)
    counts = compared.counts(once_per_category=True)
    names = [table.name for table in compared.tables]
    several = len(names) > 1
    detectors, concepts = (
        [{name: numbers[place] for name, numbers in count.by_category.items()} for count in counts] for place in (0, 1)
    )
    parts = [
        _bars("Unique concepts: how many different ones some unit detects", concepts, names, colours, inner),
        _bars("Detectors: how many units detect a concept", detectors, names, colours, inner),
        _both_ways(compared, inner),
        _shared(compared, named, inner),
        *([_only(compared, inner)] if several else []),
    ]
    parted = [block for part in parts if part.height for block in (rule(inner), part)][1:]
    head = stack([_head(compared, title, about, inner), bars.legend(colours, inner)], 14)
    return stack([head, *parted], 24).padded(style.MARGIN, 30).at_least(width)


def _head(compared: Comparison, title: str, about: str, width: int) -> Block:
    several = len(compared.tables) > 1
    usual = "Network Dissection compared" if several else f"Network Dissection of {compared.tables[0].name}"
    cuts = sorted({table.cut for table in compared.tables})
    explanation = (
        f"A unit is a detector of the concept that its mask overlaps with an IoU above "
        f"{' or '.join(f'{cut:g}' for cut in cuts)}. The bars count a unit once in every category, as the paper does; "
        f"units count from 0."
    )
    return stack(
        [
            paragraph(title or usual, width, size=34, colours=[palette.INK]),
            *([paragraph(about, width, size=style.BODY, colours=[palette.TEXT])] if about else []),
            paragraph(explanation, width, size=style.BODY, colours=[palette.TEXT]),
        ],
        6,
    )


def _bars(
    title: str, values: Sequence[Mapping[str, int]], names: Sequence[str], colours: Mapping[str, str], width: int
) -> Block:
    """One stacked bar a table; all share one scale."""
    most = max(1, *(sum(counts.values()) for counts in values))
    room = width - _NAME - _TOTAL
    rows = [
        beside(
            [bars.named(name, _NAME - 10), bars.bar(counts, colours, room / most), bars.number(sum(counts.values()))],
            10,
        )
        for name, counts in zip(names, values, strict=True)
    ]
    heading = line(title, size=style.TITLE, colour=palette.INK)
    return stack([heading, Block(0, 4), *rows], 8).at_least(width)


def _both_ways(compared: Comparison, width: int) -> Block:
    heads = ("", "units", "detectors", "concepts", "detectors", "concepts", "probe set")
    rows = []
    ways = [compared.counts(once_per_category=once) for once in (False, True)]
    for table, best, each in zip(compared.tables, *ways, strict=True):
        rows.append((table.name, str(len(table.verdicts)), *_two(best), *_two(each), table.data or "-"))
    over = ("", "", "best category only", "", "once per category", "", "")
    return stack(
        [
            line("Both ways of counting", size=style.TITLE, colour=palette.INK),
            Block(0, 2),
            _table([over, heads, *rows], (_NAME + 20, 80, 172, 140, 172, 140, 290), heads=2),
            *_warned(compared, width),
        ],
        6,
    ).at_least(width)


def _warned(compared: Comparison, width: int) -> list[Block]:
    """A warning that numbers of different probe sets are no match for one another; nothing where there is one set."""
    sets = list(dict.fromkeys(table.data or "a set that its table does not name" for table in compared.tables))
    if len(sets) < 2:
        return []
    warning = (
        f"Not on the same photographs ({', '.join(sets)}): a set with more concepts gives more detectors, so compare "
        f"counts across sets with care."
    )
    return [paragraph(warning, width, size=style.CAPTION, colours=[palette.QUIET])]


def _two(count: Count) -> tuple[str, str]:
    return str(count.detectors), str(count.concepts)


def _shared(compared: Comparison, named: Sequence[str], width: int) -> Block:
    """The best unit of each table for the same concept; of one table alone, of its most detected concepts."""
    asked = [compared.find(name) for name in named]
    several = len(compared.tables) > 1
    others = compared.common() if several else compared.shared()
    concepts = list(dict.fromkeys([*asked, *others]))[: max(_ROWS, len(asked))]
    if not concepts:
        message = "No concept has a detector in two of them." if several else "No unit is a detector."
        return paragraph(message, width, size=style.BODY, colours=[palette.QUIET])
    groups = [compared.tables[start : start + _COLUMNS] for start in range(0, len(compared.tables), _COLUMNS)]
    each = min(300, (width - 260) // len(groups[0]))
    grids = []
    for number, tables in enumerate(groups):
        rows = [("concept", *(table.name for table in tables))]
        for concept in concepts:
            bests = compared.best(concept)[number * _COLUMNS :][: len(tables)]
            units = [_unit(best, table.cut) for best, table in zip(bests, tables, strict=True)]
            rows.append((f"{concept[1]} ({concept[0]})", *units))
        grids.append(_table(rows, (260, *[each] * len(tables))))
    title = "The best unit for the same concept" if several else "The best unit for each concept"
    hint = "In brackets: no unit fits well enough for a detector. -: no unit's mask meets the concept."
    if compared.partial:
        hint += f" Of {', '.join(compared.partial)} only each unit's best concept of every category is known."
    parts = [line(title, size=style.TITLE, colour=palette.INK), Block(0, 2), *grids]
    if any("(unit" in word or word == "-" for grid in grids for word in _texts(grid)):
        parts.append(paragraph(hint, width, size=style.CAPTION, colours=[palette.QUIET]))
    return stack(parts, 8).at_least(width)


def _unit(best: tuple[int, float] | None, cut: float) -> str:
    if best is None:
        return "-"
    words = f"unit {best[0]}, IoU {best[1]:#.3g}"
    return words if best[1] > cut else f"({words})"


def _texts(block: Block) -> list[str]:
    return [item.text for item in block.items if isinstance(item, Words)]


def _only(compared: Comparison, width: int) -> Block:
    lists = []
    everything = [concept for table in compared.tables for concept in compared.concepts(table)]
    for table in compared.tables:
        names = said(compared.only(table), everything)
        lists.append(
            stack(
                [
                    line(f"{table.name}: {len(names)}", size=style.BODY, colour=palette.INK, width=width),
                    paragraph(first_few(names, _ONLY), width, size=style.CAPTION, colours=[palette.TEXT]),
                ],
                2,
            )
        )
    title = line("Concepts that only one of them detects", size=style.TITLE, colour=palette.INK)
    return stack([title, Block(0, 2), *lists], 10).at_least(width)


def _table(rows: Sequence[Sequence[str]], widths: Sequence[int], *, heads: int = 1) -> Block:
    font = letters(style.BODY)
    words = tuple(
        Words(Box(cell.left, cell.top, font.length(cell.text), font.height), cell.text, style.BODY, cell.colour)
        for cell in cells(rows, widths, size=style.BODY, heads=heads)
    )
    return Block(sum(widths), words[-1].box.bottom, words)
