"""Result of ``viz sweep`` and ``visualize.sweep``."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from pathlib import Path  # noqa: TC003 (a field is looked at)
from typing import TYPE_CHECKING, Any

from visualize.dissection.sweep_record import DONE, FAILED, Item
from visualize.files import save_bytes
from visualize.methods.frames import frame
from visualize.spreadsheets import quoted
from visualize.sweeps.plan import ABLATE, DISSECT, TRANSFER

if TYPE_CHECKING:
    from visualize.methods.provenance import Json

_TABLE = "sweep.csv"
_KINDS = {DISSECT: "detectors", TRANSFER: "score", ABLATE: "needed most"}
_COMMON = ("model", "layer", "data", "method", "state", "reason", "folder")


@dataclass(frozen=True)
class Sweep:
    """Everything that a sweep was asked for, and what became of it.

    Args:
        out: the folder of the results, which ``viz compare`` and ``viz report`` read.
        items: one for each network, layer, probe set and method.

    Example:
        >>> import visualize as viz
        >>> plan = {"models": ["scenes-alexnet"], "layers": ["fc7"], "methods": ["transfer"]}
        >>> done = viz.sweep({**plan, "transfer": {"count": 60, "twin": False}}, out="swept")
        >>> [str(item) for item in done.items], done.failed
        (['scenes-alexnet fc7 on scenes, transfer'], ())
    """

    out: Path
    items: tuple[Item, ...]

    @property
    def failed(self) -> tuple[Item, ...]:
        """Items that could not be done; each says why."""
        return tuple(item for item in self.items if item.state == FAILED)

    @property
    def waiting(self) -> tuple[Item, ...]:
        """Items that are still to be done: those of a dry run."""
        return tuple(item for item in self.items if not item.state)

    def __repr__(self) -> str:
        """Numbers of items, in one line."""
        done = len(self.items) - len(self.failed) - len(self.waiting)
        more = [f"{len(some)} {word}" for word, some in (("failed", self.failed), ("to do", self.waiting)) if some]
        return f"<{type(self).__name__} of {', '.join([f'{done} done', *more])}: {self.out}>"

    def rows(self) -> list[dict[str, Json]]:
        """A row for each item with its main numbers, as ``pandas.DataFrame`` takes them."""
        return [{**{name: getattr(item, name) for name in _COMMON}, **item.facts} for item in self.items]

    def frame(self) -> Any:  # noqa: ANN401 (pandas is optional)
        """The rows as a table of pandas.

        Raises:
            InputError: pandas is not installed.
        """
        return frame(self.rows())

    def table(self) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
        """Heads and rows for people: one row for each network, layer and set, one column for each method."""
        methods = list(dict.fromkeys(item.method for item in self.items))
        heads = ("model", "layer", "data", *(_head(name) for name in methods))
        by_place = {item.place: item for item in self.items}
        places = dict.fromkeys(item.place[:3] for item in self.items)
        return heads, [(*place, *(_cell(by_place.get((*place, name))) for name in methods)) for place in places]

    def document(self) -> dict[str, Json]:
        """The sweep, ready for JSON."""
        return {
            "out": str(self.out),
            "done": len(self.items) - len(self.failed) - len(self.waiting),
            "failed": len(self.failed),
            "to_do": len(self.waiting),
            "items": [
                {**{name: getattr(item, name) for name in _COMMON}, "facts": dict(item.facts)} for item in self.items
            ],
        }

    def save(self) -> Path:
        """Write the rows as a CSV file into the folder of the results, and give its path."""
        rows = self.rows()
        heads = list(dict.fromkeys(name for row in rows for name in row))
        text = io.StringIO()
        writer = csv.DictWriter(text, heads, lineterminator="\n")
        writer.writeheader()
        for row in rows:
            writer.writerow({name: quoted(value) if isinstance(value, str) else value for name, value in row.items()})
        save_bytes(text.getvalue().encode(), self.out / _TABLE)
        return self.out / _TABLE

    def _repr_html_(self) -> str:
        """The table, for a notebook."""
        from visualize.pages.snippets import Grid, snippet

        heads, rows = self.table()
        reasons = [f"{item}: {item.reason}" for item in self.failed]
        return snippet("Sweep", lines=[repr(self)[1:-1], *reasons], tables=[Grid(title="", heads=heads, rows=rows)])


def _head(method: str) -> str:
    return f"{method}: {_KINDS[method]}" if method in _KINDS else method


def _cell(item: Item | None) -> str:
    """Outcome of an item, in a few words."""
    if item is None:
        return "-"
    if item.state != DONE:
        return item.state or "to do"
    facts = item.facts
    if item.method == DISSECT:
        return f"{facts.get('detectors')} of {facts.get('units')}, {facts.get('concepts')} concepts"
    if item.method == TRANSFER:
        score, low, high = (facts.get(name) for name in ("score", "low", "high"))
        return "-" if None in {score, low, high} else f"{score:.3f} ({low:.3f} to {high:.3f})"
    if item.method == ABLATE:
        return str(facts.get("strongest") or "none")
    return f"{facts.get('units')} units"
