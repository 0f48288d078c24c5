"""Concepts out of reach of a dissection for their sizes alone, and the random twin, which tells what chance gives."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING

from visualize.dissection.at_hand import finished, given
from visualize.dissection.concept_names import plain
from visualize.dissection.results import has_scores, read_scores
from visualize.dissection.tables import MANIFEST, read_all
from visualize.methods.dissection.limits import limits
from visualize.methods.errors import InputError
from visualize.methods.phrases import first_few

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from visualize.dissection.at_hand import Finished
    from visualize.dissection.tables import Table
    from visualize.methods.provenance import Json

_RANDOM = "random/"
_NAMED = 6  # concepts that the sentence names


@dataclass(frozen=True)
class Unreachable:
    """A concept that no unit of a layer can detect, wherever its mask lies.

    Args:
        category: of the concept.
        concept: its name.
        share: part of the pixels that it covers where its category is labelled, in 0..1.
        ceiling: largest IoU that a mask of the quantile's share, or any of the layer's masks, can have with it.
        chance: IoU that a mask of the quantile's share has by chance.
    """

    category: str
    concept: str
    share: float
    ceiling: float
    chance: float

    def document(self) -> dict[str, Json]:
        """The record for JSON."""
        return dict(vars(self))


def unreachable(held: Finished, layer: str, cut: float | None = None) -> list[Unreachable]:
    """The concepts that no unit of a layer can detect, the largest first; none of a table that does not say.

    Args:
        held: the dissection.
        layer: the layer's name.
        cut: the IoU above which a unit is a detector; by default the dissection's.
    """
    if not has_scores(held.folder, layer):
        return []
    scores = read_scores(held.folder, layer)
    sizes = limits(scores, held.quantile)
    if sizes is None or scores.area is None:
        return []
    beyond = sizes.out_of_reach(held.cut if cut is None else cut)
    concepts = [
        Unreachable(
            item.category,
            plain(item.category, item.name),
            float(scores.truth[place] / scores.area[scores.category[place]]),
            float(max(sizes.ceiling[place], sizes.reach[place])),
            float(sizes.chance[place]),
        )
        for place, item in enumerate(scores.concepts)
        if beyond[place] and scores.truth[place]
    ]
    return sorted(concepts, key=lambda item: -item.share)


def sentence(held: Finished, concepts: Sequence[Unreachable], total: int) -> str:
    """How many concepts are out of reach, and which quantile would let the large ones pass.

    Args:
        held: the dissection.
        concepts: those that are out of reach in every layer, the largest first.
        total: number of all concepts.
    """
    large = [item for item in concepts if item.share > held.quantile]
    names = [f"{item.concept} ({item.category}, at most {item.ceiling:.3g})" for item in concepts]
    told = (
        f"{len(concepts)} of {total} concepts are out of reach: for their size alone no unit can have an IoU above "
        f"{held.cut:g} with {first_few(names, _NAMED)}."
    )
    if not large:
        return told
    needed = held.cut * large[0].share
    which = "These large classes need" if len(large) > 1 else f"{large[0].concept} needs"
    return f"{told} {which} a larger mask than {held.quantile:g} of all pixels: --quantile above {needed:.3g}."


def twin_command(held: Finished) -> str | None:
    """The command that dissects the random twin just so; None of a random network, or where the set is not known."""
    from visualize.methods.dissection.settings import Settings
    from visualize.methods.settings import settings

    source = held.source()
    if held.model.startswith(_RANDOM) or not source.get("where"):
        return None
    words = ["viz", "dissect", "--model", f"{_RANDOM}{held.model}", "--layer", ",".join(held.layers)]
    words += [*_input(held), "--data", str(source["where"])]
    for item in settings(Settings):
        value = held.content["settings"].get(item.name)
        if item.option and value is not None and value != item.value:
            words += [item.flag, ",".join(value) if isinstance(value, list) else str(value)]
    seed = held.content["settings"]["seed"]
    if source.get("count") is not None:
        words += ["--count", str(source["count"])]
    words += ["--seed", str(seed)] if seed else []
    return shlex.join([*words, *(["--colors"] if source.get("colours") else [])])


def _input(held: Finished) -> list[str]:
    """Options that prepare pictures as they were, where the model alone does not say so."""
    from visualize.models.overrides import as_options
    from visualize.models.registry import entry_of

    try:
        known = entry_of(held.model).preparation
    except InputError:  # of a model that has gone, or that was only passed in Python
        return []
    return as_options(held.preparation, known)


def twins(held: Finished) -> dict[str, Table]:
    """Tables of the random twin of a network on the same pictures with the same settings, by layer, where at hand."""
    if held.model.startswith(_RANDOM):
        return {}
    tables: dict[str, Table] = {}
    for item in finished(f"{_RANDOM}{held.model}"):
        same = all(item.content[key] == held.content[key] for key in ("preparation", "set"))
        same &= item.counted_with == held.counted_with
        if same and item.model.partition("#")[0] == f"{_RANDOM}{held.model}":
            for table in read_all(item.folder):
                tables.setdefault(table.layer, table)
    return tables


def of_folder(folder: Path) -> Finished:
    """The dissection in a folder."""
    (held,) = given([folder / MANIFEST])
    return held
