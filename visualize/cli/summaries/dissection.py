"""Summary of a dissection, as ``viz dissect`` and ``viz merge`` print it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from visualize.cli.summaries.certainty import (
    held_out,
    interval,
    sure_sentence,
    sureness,
    tell_held_out,
    tell_tests,
    tested_names,
)
from visualize.cli.summaries.scores import scores_of, tell_scores

if TYPE_CHECKING:
    from collections.abc import Mapping

    from visualize.cli.output import Sink
    from visualize.dissection import Outcome, Table
    from visualize.dissection.at_hand import Finished
    from visualize.dissection.reach import Unreachable
    from visualize.dissection.verification import Verification
    from visualize.methods.provenance import Json

_PARAGRAPHS = 3  # layers that the summary speaks of one by one; of more it is one table
_SHOWN = 5  # units of each layer that the summary names


@dataclass(frozen=True, kw_only=True)
class Tests:
    """Tests of names on pictures that had no say in them, as they were asked for.

    Args:
        held_out: tell the optimism.
        verify: tell how names do as predictions.
        pairs: layer -> how they do on scenes drawn with and without their concepts; None of other pictures.
        scores: tell every score of each name.
    """

    held_out: bool = False
    verify: bool = False
    pairs: dict[str, list[Verification]] | None = None
    scores: bool = False


def tell(
    done: Outcome, sink: Sink, *, quiet: bool, said: Mapping[str, Json] | None = None, tests: Tests = Tests()
) -> None:
    """Print the summary: where the files lie, how many detectors of what, and the best units.

    Args:
        done: the dissection.
        sink: for the results.
        quiet: whether to say only where the files lie.
        said: what the set says of itself, for the document.
        tests: what is told of how names do on pictures that had no say in them.
    """
    from visualize.cli.summaries import formulas
    from visualize.dissection import read_all
    from visualize.dissection.reach import of_folder, twin_command, twins, unreachable
    from visualize.dissection.record_fields import read_manifest

    said = dict(said or {})
    if not done.finished:
        sink.text(str(done.out), "  this shard is done; when all are: viz merge FOLDER... --out FOLDER")
        sink.document({"out": str(done.out), "finished": False, **said})
        return
    tables, held, dissection = read_all(done.out), read_manifest(done.paths[0]), of_folder(done.out)
    sink.text(*map(str, done.paths))
    beyond = {table.layer: unreachable(dissection, table.layer) for table in tables}
    random = twins(dissection)
    if not quiet:
        _summary(tables, sink, random)
        _sizes(dissection, beyond, random, sink)
        for table in tables[:_PARAGRAPHS]:
            if composed := formulas.lines(done.out, table.layer):
                sink.text("", *composed)
    if not quiet:
        _tell_tests(tables, done, tests, sink)
    if held["broken"] and not quiet:
        sink.text("", _skipped(held))
    document = _document(done, tables)
    for about in document["layers"]:
        layer = about["layer"]
        about["out_of_reach"] = [item.document() for item in beyond[layer]]
        about.update(_of_layer(done, layer, random.get(layer), tests))
    notes = held.get("notes", [])
    if notes and not quiet:
        sink.text("", *notes)
    more = {"scanned": held["scanned"], "broken": held["broken"], "notes": notes}
    sink.document(document | more | {"random_twin": twin_command(dissection)} | said)


def _of_layer(done: Outcome, layer: str, twin: Table | None, tests: Tests) -> dict[str, Any]:
    """Entries of the document on a layer besides its table: formulas, its random twin, tests of its names."""
    from visualize.cli.summaries import formulas

    about: dict[str, Any] = (
        {} if tests.pairs is None else {"drawn_with_and_without": [item.facts() for item in tests.pairs[layer]]}
    )
    if (found := formulas.document(done.out, layer)) is not None:
        about["formulas"] = found
    if tests.scores:
        about["scores"] = scores_of(done.out, layer)
    about["random_twin"] = None if twin is None else {"detectors": twin.count().detectors, "folder": twin.folder}
    return about


def _tell_tests(tables: list[Table], done: Outcome, tests: Tests, sink: Sink) -> None:
    """Print how names do on pictures that had no say in them, as far as that was asked for."""
    for table in tables if tests.scores else ():
        tell_scores(done.out, table, sink)
    for table in tables if tests.held_out or tests.verify else ():
        names = tested_names(done.out, table)
        if tests.held_out:
            tell_held_out(table, names, sink)
        if tests.verify:
            tell_tests(table, names, None if tests.pairs is None else tests.pairs[table.layer], sink)


def _skipped(held: dict[str, Any]) -> str:
    broken, total = held["broken"], held["set"]["pictures"]
    names = f"{', '.join(broken[:_SHOWN])}{' ...' if len(broken) > _SHOWN else ''}"
    return f"{len(broken)} of {total} images were skipped, since they or their labels cannot be read: {names}"


def _sizes(held: Finished, beyond: dict[str, list[Unreachable]], random: dict[str, Table], sink: Sink) -> None:
    """Print what is out of reach in every layer, and how to learn what chance gives."""
    from visualize.dissection import read_scores
    from visualize.dissection.reach import sentence, twin_command

    first, *others = beyond.values()
    named = [{(item.category, item.concept) for item in other} for other in others]
    everywhere = [item for item in first if all((item.category, item.concept) in other for other in named)]
    if everywhere:
        sink.text("", sentence(held, everywhere, len(read_scores(held.folder, held.layers[0]).concepts)))
    command = twin_command(held)
    if command is not None and any(layer not in random for layer in held.layers):
        sink.text("", f"By chance? Its random twin tells how many detectors: {command}")


def _summary(tables: list[Table], sink: Sink, random: dict[str, Table]) -> None:
    from visualize.cli.summaries.layers import summary_table
    from visualize.comparison.comparison import strongest
    from visualize.dissection.concept_names import plain

    if len(tables) > _PARAGRAPHS:
        sink.text("", f"{tables[0].model}, {len(tables)} layers: units count for their best category only")
        sink.table(*summary_table(tables, random))
        return
    for table in tables:
        best, each = (table.count(once_per_category=once) for once in (False, True))
        sink.text(
            "",
            f"{table.name}: {best.detectors} of {len(table.verdicts)} units detect {best.concepts} unique concepts "
            f"(best category only); {each.concepts} unique concepts, {each.detectors} detectors (once per category)",
        )
        if table.layer in random:
            sink.text(f"the random twin has {random[table.layer].count().detectors} detectors (best category only)")
        if (sure := sure_sentence(table)) is not None:
            sink.text(sure)
        heads = ("category", "detectors", "unique concepts")
        sink.table(heads, [(name, *map(str, numbers)) for name, numbers in each.by_category.items()])
        for verdict in strongest(table.verdicts, _SHOWN):
            name = plain(verdict.category, verdict.label)
            sink.text(f"  unit {verdict.unit}: {name} ({verdict.category}), IoU {verdict.iou:#.3g}{interval(verdict)}")


def _document(done: Outcome, tables: list[Table]) -> dict[str, Any]:
    from visualize.comparison.comparison import Comparison, strongest

    record: dict[str, Any] = Comparison(tuple(tables)).document()
    layers = []
    for table, numbers in zip(tables, record["tables"], strict=True):
        best = [
            {"unit": verdict.unit, "label": verdict.label, "category": verdict.category, "iou": verdict.iou}
            | ({} if verdict.certainty is None else verdict.certainty.facts())
            for verdict in strongest(table.verdicts, len(table.verdicts))
        ]
        layer = {key: value for key, value in numbers.items() if key not in {"only", "name"}} | {"best": best}
        names = tested_names(done.out, table)
        tested = {"held_out": held_out(names), "tested": [item.facts() for item in names]}
        layers.append(layer | {"certainty": sureness(table), **tested})
    return {"out": str(done.out), "finished": True, "files": list(map(str, done.paths)), "layers": layers}
