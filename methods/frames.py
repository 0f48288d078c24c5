"""Numbers as tables of pandas, which is needed for nothing else."""

from __future__ import annotations

import importlib
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from visualize.methods.errors import InputError

if TYPE_CHECKING:
    from visualize.methods.provenance import Json

Row = dict[str, Any]


def rows(facts: Mapping[str, Json]) -> list[Row]:
    """Facts as rows of a table: one for each item of their longest list; single numbers and words stand in every row.

    Lists of another length, and mappings, are left out.

    Args:
        facts: such as :meth:`visualize.methods.result.Result.facts` gives.

    Example:
        >>> rows({"set": "scenes", "images": [{"file": "a.jpg", "peak": 5.5}, {"file": "b.jpg", "peak": 5.3}]})
        [{'set': 'scenes', 'file': 'a.jpg', 'peak': 5.5}, {'set': 'scenes', 'file': 'b.jpg', 'peak': 5.3}]
    """
    single = {name: value for name, value in facts.items() if not isinstance(value, Mapping) and not _listed(value)}
    lists: dict[str, Any] = {name: value for name, value in facts.items() if _listed(value)}
    longest = max(map(len, lists.values()), default=0)
    if not longest:
        return [single]
    table: list[Row] = [dict(single) for _ in range(longest)]
    for name, values in lists.items():
        if len(values) == longest:
            for row, value in zip(table, values, strict=True):
                row.update(value if isinstance(value, Mapping) else {name.removesuffix("s"): value})
    return table


def _listed(value: Any) -> bool:  # noqa: ANN401 (what JSON may hold)
    return isinstance(value, Sequence) and not isinstance(value, str)


def frame(table: Sequence[Row]) -> Any:  # noqa: ANN401 (a DataFrame, where there is pandas)
    """Rows as a ``pandas.DataFrame``.

    Args:
        table: each row by the names of its columns.

    Raises:
        InputError: pandas is not installed.
    """
    try:
        pandas = importlib.import_module("pandas")
    except ImportError as fault:
        raise InputError("frame() needs pandas, which is not installed; run: pip install pandas") from fault
    return pandas.DataFrame(list(table))
