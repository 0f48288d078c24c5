"""Answers of people summed up in tables for the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from visualize.annotation.figure import agreement_rows
from visualize.annotation.kinds import NAMES
from visualize.annotation.summary import PRECISE
from visualize.methods.phrases import counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from visualize.annotation.summary import Summary
    from visualize.cli.output import Sink

_NAMED = 40  # units whose names are listed


def say(shown: Sequence[Summary], sink: Sink) -> None:
    """Print a summary of answers.

    Args:
        shown: layers of networks.
        sink: where it goes.
    """
    for item in shown:
        _named(item, sink)
    objects = " and ".join(f"{item.kinds['object']} on {item.name}" for item in shown)
    sink.text(f"units as objects: {objects}", "", f"units by kind, those whose pictures fit to {PRECISE:.0%} or more:")
    sink.table(
        ("", *NAMES, "all"),
        [(item.name, *(str(item.kinds[kind]) for kind in NAMES), str(sum(item.kinds.values()))) for item in shown],
    )
    sink.text("", "agreement, with 95 % intervals over units:")
    sink.table(*agreement_rows(shown))
    for item in shown:
        _measured(item, sink)
        _attention(item, sink)


def _named(item: Summary, sink: Sink) -> None:
    """Print people's name of each unit beside the measured one."""
    rows = [
        (
            str(key[1]), name.word, name.kind or "-", f"{name.agreeing} of {name.people}",
            "-" if name.precision is None else f"{name.precision:.0%}",
            known.label or "-", f"{known.iou:.3f}" if known.label else "-",
        )
        for key, name in sorted(item.names.items())
        for known in [item.known[key]]
    ]  # fmt: skip
    if not rows:
        return
    sink.text(f"{item.name}, what people and the measurement call each unit:")
    sink.table(("unit", "people say", "kind", "who agree", "pictures fit", "measured concept", "IoU"), rows[:_NAMED])
    more = len(rows) - _NAMED
    sink.text(*([f"and {counted(more, 'more unit')}, which --export lists"] if more > 0 else []), "")


def _measured(item: Summary, sink: Sink) -> None:
    if not item.bands:
        return
    sink.text("", f"{item.name}, words against the measured concepts, by the best concept's IoU:")
    sink.table(
        ("IoU", "units", "the best concept", "among the ten best", "Jaro-Winkler"),
        [(band.told, str(band.same.many), band.same.told, band.among.told, band.alike.told) for band in item.bands],
    )
    if item.categories:
        sink.text("", f"{item.name}, detectors by measured category and people's kind:")
        sink.table(
            ("", *NAMES),
            [(name, *(str(kinds[kind]) for kind in NAMES)) for name, kinds in item.categories.items()],
        )


def _attention(item: Summary, sink: Sink) -> None:
    sink.text("", f"{item.name}, pictures of other units that people found, and own ones that they marked:")
    sink.table(
        ("", "answers", "others found", "of", "own marked", "of"),
        [
            (
                each.annotator,
                str(each.answers),
                each.found.told,
                str(each.found.many),
                each.marked.told,
                str(each.marked.many),
            )
            for each in item.agreement.attention
        ],
    )
