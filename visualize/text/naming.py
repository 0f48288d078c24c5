"""Names of the units of one network in free text: a record of whole layers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from visualize.methods.provenance import versions_in_use
from visualize.spreadsheets import line, quoted

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from visualize.methods.dissection.text.result import TextResult
    from visualize.methods.provenance import Json

_MEASURES = ("clarity", "polysemanticity", "redundancy", "twin")


@dataclass(frozen=True, eq=False)
class TextNaming:
    """Words that fit the units of some layers best.

    Args:
        model: the network's name.
        weights_sha256: of its weights.
        data: the probe set's name.
        pictures: that it lists.
        layers: by name, a result for each unit that was asked for.
        settings: of the method.
        notes: sentences that a reader must know.

    Example:
        >>> import visualize as viz
        >>> naming = viz.text_names("scenes-alexnet", "conv5", count=40, units="3,5")
        >>> [result.unit.index for result in naming.layers["conv5"]]
        [3, 5]
    """

    model: str
    weights_sha256: str
    data: str
    pictures: int
    layers: Mapping[str, tuple[TextResult, ...]]
    settings: Mapping[str, object]
    notes: tuple[str, ...] = ()

    @property
    def source(self) -> str:
        """Where similarities come from, in words."""
        return next(iter(self.layers.values()))[0].source

    def redundancy(self, layer: str) -> float | None:
        """Mean over a layer's units of how like each is the one most like it; None without embeddings."""
        values = [result.redundancy for result in self.layers[layer] if result.redundancy is not None]
        return sum(values) / len(values) if values else None

    def document(self) -> dict[str, Json]:
        """The record for JSON."""
        return {
            "model": self.model,
            "weights_sha256": self.weights_sha256,
            "set": self.data,
            "pictures": self.pictures,
            "similarities": self.source,
            "settings": dict(self.settings),  # type: ignore[arg-type] # plain values
            "layers": {
                layer: {
                    "redundancy": self.redundancy(layer),
                    "units": [{"unit": result.unit.index, **_own(result)} for result in results],  # type: ignore[union-attr]
                }
                for layer, results in self.layers.items()
            },
            "notes": list(self.notes),
            "versions": dict(versions_in_use()),
        }

    def csv(self, layer: str) -> str:
        """Table of one layer: unit, then for each word its text, score and lift, then margin, clarity and the like."""
        results = self.layers[layer]
        shown = len(results[0].words)
        words = [f"{name}{place}" for place in range(1, shown + 1) for name in ("word", "score", "lift")]
        rows: list[Sequence[object]] = [("unit", *words, "margin", *_MEASURES)]
        rows += [_row(result) for result in results]
        return "".join(map(line, rows))

    def table(self, layer: str, most: int) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
        """Heads and rows to print: the units whose best pictures are most alike in their word, at most so many."""
        clear = self.layers[layer][0].clarity is not None
        best = sorted(self.layers[layer], key=lambda result: -float(result.lifts[0]))[:most]
        heads = ("unit", "word", "then", "sd above all pictures", *(("clarity", "polysemanticity") if clear else ()))
        return (
            heads,
            [
                (
                    str(result.unit.index),  # type: ignore[union-attr] # single units alone are named
                    result.words[0],
                    ", ".join(result.words[1:3]),
                    f"{result.lifts[0]:+.1f}",
                    *((f"{result.clarity:.2f}", f"{result.polysemanticity:.2f}") if clear else ()),
                )
                for result in best
            ],
        )


def _own(result: TextResult) -> dict[str, Json]:
    """Facts of a unit without those that all units share."""
    shared = {"source", "words_compared", "set", "score"}
    return {name: value for name, value in result.facts().items() if name not in shared}


def _row(result: TextResult) -> list[object]:
    cells: list[object] = [result.unit.index]  # type: ignore[union-attr] # likewise
    for word, score, lift in zip(result.words, result.scores, result.lifts, strict=True):
        cells += [quoted(word), float(score), float(lift)]
    measures = [getattr(result, name) for name in _MEASURES]
    return [*cells, *("" if value is None else value for value in (result.margin, *measures))]
