"""One table that sums up a dissection of many layers."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from visualize.dissection import Table


def summary_table(
    tables: Sequence[Table], random: Mapping[str, Table]
) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Heads and rows: units, detectors, concepts, the detectors of each category, those of its random twin, best unit.

    Args:
        tables: one for each layer.
        random: layer -> its table in the network's twin of random weights, where there is one.

    Example:
        >>> from visualize.methods.dissection.scores import Best, Verdict
        >>> from visualize.dissection import Table
        >>> green = Verdict(0, "color", {"color": Best("green-c", 10, 10, 5, 1 / 3)})
        >>> table = Table(name="net conv5", layer="conv5", verdicts=(green,), categories=("color",))
        >>> heads, rows = summary_table([table], {})
        >>> heads
        ('layer', 'units', 'detectors', 'concepts', 'color', 'best unit')
        >>> rows
        [('conv5', '1', '1', '1', '1', '0: green (color), 0.333')]
    """
    from visualize.comparison.comparison import Comparison

    categories = Comparison(tuple(tables)).categories
    twin = ("random twin",) if random else ()
    heads = ("layer", "units", "detectors", "concepts", *categories, *twin, "best unit")
    return heads, [_row(table, categories, random) for table in tables]


def _row(table: Table, categories: Sequence[str], random: Mapping[str, Table]) -> tuple[str, ...]:
    count, twin = table.count(), random.get(table.layer)
    return (
        table.layer,
        str(len(table.verdicts)),
        str(count.detectors),
        str(count.concepts),
        *(str(count.by_category.get(name, (0, 0))[0]) for name in categories),
        *(["" if twin is None else str(twin.count().detectors)] if random else []),
        _best(table),
    )


def _best(table: Table) -> str:
    from visualize.comparison.comparison import strongest
    from visualize.dissection.concept_names import plain

    for verdict in strongest(table.verdicts, 1):
        return f"{verdict.unit}: {plain(verdict.category, verdict.label)} ({verdict.category}), {verdict.iou:#.3g}"
    return ""
