"""Tables of what a labelled set holds: its categories, and the concepts of each."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from visualize.cli.output import Sink
    from visualize.data.survey import Survey
    from visualize.methods.pictures.labelled import Labelled

SHOWN = 12
"""Concepts of a category that are listed unless all are asked for."""


def category_table(labelled: Labelled, seen: Survey, sink: Sink) -> None:
    """Print how much of the set is labelled in each category."""
    rows = []
    for category in labelled.categories:
        concepts = [concept for concept in labelled.concepts if concept.category == category]
        met = sum(concept.number in seen.occurs for concept in concepts)
        filled = seen.filled.get(category, 0.0) / max(1, seen.annotated[category])
        rows.append((category, str(len(concepts)), str(met), f"{seen.annotated[category]:,}", f"{filled:.1%}"))
    sink.table(("category", "concepts", "met", "pictures annotated", "of their pixels labelled"), rows)


def concept_table(category: str, labelled: Labelled, seen: Survey, sink: Sink, *, every: bool) -> None:
    """Print the concepts of a category, the one that covers most first."""
    met = [item for item in labelled.concepts if item.category == category and item.number in seen.occurs]
    met.sort(key=lambda concept: -seen.covers[concept.number])
    shown = met if every else met[:SHOWN]
    if not met:
        return
    rows = [
        (
            str(concept.number),
            concept.name,
            f"{seen.occurs[concept.number]:,}",
            f"{seen.covers[concept.number] / max(1, seen.annotated[category]):.2%}",
        )
        for concept in shown
    ]
    sink.text("")
    sink.table(("number", category, "in pictures", "of the pixels"), rows)
    if len(shown) < len(met):
        sink.text(f"and {len(met) - len(shown):,} more; --all lists them")
