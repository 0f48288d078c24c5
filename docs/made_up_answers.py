"""Answers that nobody gave, to try out what becomes of answers.

    python docs/made_up_answers.py FOLDER...

Three made-up people name every unit of reports: with the measured concept the more often, the larger its IoU is, else
with another concept of the unit; they find most pictures of other units, and now and then see nothing in common. The
numbers of such answers say nothing about networks or people.
"""

from __future__ import annotations

import random
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from visualize.annotation.api import Asking, pages
from visualize.annotation.measured import measured
from visualize.annotation.records import Answer
from visualize.watch import unwatched

if TYPE_CHECKING:
    from visualize.annotation.measured import Measured
    from visualize.annotation.questions import Question

PEOPLE = ("Ada", "Bo", "Cy")
KINDS = {
    "object": "object", "part": "object part", "scene": "scene", "material": "texture or material",
    "texture": "texture or material", "color": "simple elements or colors",
}  # fmt: skip


def made_up(by: str, question: Question, unit: Measured) -> Answer:
    """An answer; the same person gives the same one again."""
    chance = random.Random(f"{by} {question.key}")  # noqa: S311 (nothing is secret)
    empty = Answer(annotator=by, layer=question.layer, unit=question.unit, shown=question.shown)
    if chance.random() < 0.1 or not unit.label:
        return empty
    sure = min(0.9, 0.4 + 4 * unit.iou)
    word = unit.label if chance.random() < sure else chance.choice([*unit.others, "thing"])
    kind = KINDS.get(unit.category, "object") if chance.random() < 0.8 else chance.choice([*KINDS.values()])
    misfits = tuple(
        place
        for place, item in enumerate(question.shown)
        if chance.random() < (0.9 if item.unit != question.unit else 0.5 * (1 - sure))
    )
    return replace(empty, word=word.partition(" (")[0], kind=kind, misfits=misfits)


def main(folders: list[str]) -> None:
    """Answer on reports."""
    for folder in folders:
        asking = pages(Asking(folder=Path(folder)), unwatched)
        known = measured(asking.gathered.site)
        with asking.answers as answers:
            for by in PEOPLE:
                for question in asking.questions.ordered(by):
                    answer = made_up(by, question, known[question.key])
                    answers.save(answer, once=f"{by} {question.key}")


if __name__ == "__main__":
    main(sys.argv[1:])
