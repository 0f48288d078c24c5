"""One table that sums up a dissection of many layers."""

from __future__ import annotations

from typing import TYPE_CHECKING

LEVEL = 0.95
"""The part of resamples in which a name must be kept to be counted as kept."""

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


def sureness(table: Table) -> dict[str, int] | None:
    """How sure the names of a layer's detectors are; None where that was not measured.

    Returns:
        ``detectors``: all of them; ``above_cut``: those whose 95 % interval lies above the cut; ``kept``: those whose
        name is the same in 95 % of the resamples or more.
    """
    if all(verdict.certainty is None for verdict in table.verdicts):
        return None
    detectors = [verdict for verdict in table.verdicts if verdict.iou > table.cut]
    sure = [verdict.certainty for verdict in detectors if verdict.certainty is not None]
    return {
        "detectors": len(sure),
        "above_cut": sum(item.low > table.cut for item in sure),
        "kept": sum(item.kept >= LEVEL for item in sure),
    }
