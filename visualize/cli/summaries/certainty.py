"""Sentences of `viz dissect` on how sure names are: intervals, the held-out half, and names put to the test."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from visualize.cli.output import Sink
    from visualize.dissection import Table
    from visualize.dissection.verification import Verification
    from visualize.methods.dissection.held_out import Prediction
    from visualize.methods.dissection.scores import Verdict
    from visualize.methods.provenance import Json

LEVEL = 0.95
"""The part of resamples in which a name must be kept to be counted as kept."""

_SHOWN = 10  # names of each layer whose test is told


def sureness(table: Table) -> dict[str, Json] | None:
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


def interval(verdict: Verdict) -> str:
    """Interval and kept name of a unit, as they follow its IoU; empty where that was not measured."""
    sure = verdict.certainty
    return "" if sure is None else f" (95 %: {sure.low:#.3g} to {sure.high:#.3g}), name kept {100 * sure.kept:.0f} %"


def sure_sentence(table: Table) -> str | None:
    """How many detectors stay above the cut, and how many keep their name, in 95 % of resamples."""
    held = sureness(table)
    if held is None:
        return None
    return (
        f"on pictures drawn anew: of {held['detectors']} detectors {held['above_cut']} have a 95 % interval above "
        f"{table.cut:g}, and {held['kept']} keep their name in 95 % of the draws"
    )


def tested_names(folder: Path, table: Table) -> list[Prediction]:
    """Names that were chosen on one half of the pictures, held against the other."""
    from visualize.dissection.results import has_scores, read_scores
    from visualize.methods.dissection.held_out import predictions

    return predictions(read_scores(folder, table.layer), table.cut) if has_scores(folder, table.layer) else []


def held_out(names: Sequence[Prediction]) -> dict[str, Json] | None:
    """Mean IoU on the half that names were chosen on and on the other, and the optimism, which is their difference."""
    if not names:
        return None
    chosen, held = (sum(getattr(item, key) for item in names) / len(names) for key in ("chosen", "held"))
    return {"detectors": len(names), "chosen": chosen, "held": held, "optimism": chosen - held}


def tell_held_out(table: Table, names: Sequence[Prediction], sink: Sink) -> None:
    """Print the optimism of a layer's names."""
    said = held_out(names)
    if said is None:
        sink.text("", f"{table.name}: no unit is a detector on half of the pictures, so nothing is held out")
        return
    chosen, held, optimism = (float(str(said[key])) for key in ("chosen", "held", "optimism"))
    still = sum(item.held > table.cut for item in names)
    sink.text(
        "",
        f"{table.name}, names chosen on one half of the pictures: {len(names)} detectors, mean IoU {chosen:#.3g} there "
        f"and {held:#.3g} on the other half; optimism {optimism:#.3g} ({optimism / chosen:.0%}); {still} are detectors "
        f"there too",
    )


def tell_tests(table: Table, names: Sequence[Prediction], pairs: Sequence[Verification] | None, sink: Sink) -> None:
    """Print how many of a layer's names survive being tested, and the tests of the first."""
    survive = sum(item.survives for item in names)
    sink.text(
        "",
        f"{table.name}, tested on the other half: {survive} of {len(names)} detectors answer more to pictures with "
        f"their concept than to those without (p < 0.05 after Holm's adjustment)",
    )
    _table([(item, item.auc) for item in names], sink)
    if pairs is None:
        return
    tested = [item for item in pairs if not item.reason]
    survive = sum(item.survives for item in tested)
    sink.text(
        "",
        f"{table.name}, tested on scenes drawn with the concept and without it: {survive} of {len(tested)} detectors "
        f"answer more with it (p < 0.05 after Holm's adjustment)",
    )
    _table([(item, item.gains) for item in tested], sink)
    for reason in dict.fromkeys(item.reason for item in pairs if item.reason):
        left = [f"{item.label} ({item.category})" for item in pairs if item.reason == reason]
        sink.text(f"  not tested, since {reason}: {', '.join(dict.fromkeys(left))}")


def _table(names: Sequence[tuple[Prediction | Verification, float]], sink: Sink) -> None:
    from visualize.dissection.concept_names import plain

    rows = [
        (
            str(item.unit),
            f"{plain(item.category, item.label)} ({item.category})",
            f"{often:.3f}",
            f"{item.shift:.2f}",
            f"{item.adjusted:.1g}",
        )
        for item, often in sorted(names, key=lambda pair: (-pair[1], pair[0].unit))[:_SHOWN]
    ]
    if rows:
        sink.table(("unit", "name", "P(with > without)", "shift", "adjusted p"), rows)
