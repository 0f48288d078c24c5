"""A whole dissection in memory: for probe sets and layers whose kept parts fit there."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from visualize.methods.dissection.agreement import PICTURES
from visualize.methods.dissection.bootstrap import bootstraps
from visualize.methods.dissection.composition.composing import Composing
from visualize.methods.dissection.composition.ranges import activation_ranges
from visualize.methods.dissection.counting import Counting, thresholds
from visualize.methods.dissection.labels import Vocabulary
from visualize.methods.dissection.picture_scores import with_pictures
from visualize.methods.dissection.scanning import Scanning, require_whole
from visualize.methods.dissection.scores import LayerScores, scores
from visualize.methods.dissection.store import Memory
from visualize.methods.dissection.taps import Tap, taps
from visualize.methods.errors import InputError
from visualize.methods.progress import silent

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import torch
    from numpy.typing import NDArray

    from visualize.methods.dissection.composition.composing import Composition
    from visualize.methods.dissection.masks import Evaluator
    from visualize.methods.dissection.picture_counts import PictureCounts
    from visualize.methods.dissection.settings import Settings
    from visualize.methods.dissection.store import Store
    from visualize.methods.network.probe import Probe
    from visualize.methods.pictures.labelled import Labelled
    from visualize.methods.progress import Progress


@dataclass(frozen=True)
class Dissected:
    """Scores, masks and broken pictures of a dissection.

    Args:
        layers: scores by layer.
        scanned: pictures that the network has seen.
        broken: names of the pictures and labels that could not be read.
        store: the kept parts of all maps.
        evaluators: for each layer, the evaluator that makes masks out of the store.
        composed: formulas by layer, if the settings ask for them.
    """

    layers: Mapping[str, LayerScores]
    scanned: int
    broken: tuple[str, ...]
    store: Store
    evaluators: Mapping[str, Evaluator]
    composed: Mapping[str, Composition] = field(default_factory=dict)


def dissect(  # noqa: PLR0913 (a network, layers, a set, and how)
    probe: Probe,
    layers: Sequence[str],
    labelled: Labelled,
    settings: Settings,
    *,
    batch: int | Literal["auto"] | None = None,
    workers: int | None = None,
    progress: Progress = silent,
) -> Dissected:
    """Dissect all units of some layers in one run of the network over the probe set.

    Args:
        probe: the network.
        layers: names or aliases.
        labelled: the probe set.
        settings: what the numbers depend on.
        batch: pictures that are loaded together, on which the numbers do not depend; ``"auto"`` are as many as the
            memory holds, which the network also looks at together.
        workers: threads that load; the numbers do not depend on them either.
        progress: told as the work goes on, which is looking at every picture and then counting it.

    Raises:
        UnitError: a layer that the network does not have.
        InputError: an activation is not finite, more than 1 % of the pictures or labels are broken, the set holds no
            picture, or the settings or the labels do not fit it.
    """
    total = len(labelled)
    if not total:
        raise InputError(f"{labelled.name} holds no pictures")
    Vocabulary(labelled, settings.categories)  # what is wrong with it is said before the network runs
    tapped = taps(probe, layers, settings, total)
    scanning, store = Scanning(probe, labelled, tapped, settings.forward), Memory()
    scanning.run(store, total, batch=batch, workers=workers, progress=lambda done, of: progress(done, 2 * of))
    cuts = thresholds(tapped, settings, scanning.scanned)
    counting = Counting(
        labelled, probe.prepare, settings, taps=tapped, thresholds=cuts, workers=workers, device=probe.device
    )
    before, by_picture = total, []
    for chunk in store:
        counts = counting.add(chunk, lambda done, before=before: progress(before + done, 2 * total))  # type: ignore[misc]
        by_picture += [] if counts is None else [counts]
        before += len(chunk.indices)
    broken = (*scanning.broken, *counting.broken)
    require_whole(broken, total, labelled.name)
    progress(2 * total, 2 * total)
    result = sure(
        scored(tapped, counting, cuts, settings, pictures=scanning.scanned), by_picture, settings, probe.device
    )
    composed = {}
    if settings.compose:
        ranges = activation_ranges(store, tapped, settings.ranges) if settings.ranges else {}
        composing = Composing(
            labelled, probe.prepare, settings, taps=tapped, thresholds=cuts, ranges=ranges, workers=workers
        )
        for chunk in store:
            composing.add(chunk)
        composed = composing.result()
    return Dissected(result, scanning.scanned, broken, store, counting.evaluators, composed)


def scored(
    tapped: Mapping[str, Tap],
    counting: Counting,
    cuts: Mapping[str, NDArray[np.floating]],
    settings: Settings,
    *,
    pictures: int,
) -> dict[str, LayerScores]:
    """Scores of every layer, from the finished counts on so many pictures."""
    result = {}
    for name, tap in tapped.items():
        if tap.peaks is None:
            continue
        layer = scores(
            name,
            counting.tallies[name],
            counting.truth,
            thresholds=cuts[name],
            minimum_area=settings.minimum_area,
            top=(tap.peaks.indices, tap.peaks.values),
        )
        result[name] = replace(layer, pixels=pictures * counting.pixels, score=settings.score)
    return result


def sure(
    layers: Mapping[str, LayerScores],
    counts: Iterable[PictureCounts],
    settings: Settings,
    device: torch.device | None = None,
) -> dict[str, LayerScores]:
    """Scores that also say how sure the names are, if the settings ask for resamples.

    Args:
        layers: the scores, by layer.
        counts: those that they are sums of, of every picture; iterated over once or more.
        settings: of the dissection.
        device: a GPU that adds resamples up; None leaves that to the processor. Both give the same.
    """
    if not settings.resamples:
        return dict(layers)
    if settings.score.startswith(PICTURES) and layers:
        layers = with_pictures(layers, counts)
    measured = bootstraps(layers, counts, settings.resamples, device)
    return {name: replace(scores, sure=measured[name]) for name, scores in layers.items()}


def masks(
    store: Store, layer: str, evaluator: Evaluator, wanted: Sequence[tuple[int, int]]
) -> dict[tuple[int, int], NDArray[np.bool_]]:
    """The masks of some units on some pictures, at the resolution of the label maps.

    Args:
        store: the kept parts of all maps.
        layer: the name of a layer.
        evaluator: the evaluator of that layer.
        wanted: pairs of a unit and the picture's index in the probe set.
    """
    shape, size = evaluator.resampling.shape, evaluator.numbering.units
    drawn = {pair: np.zeros(shape, np.bool_) for pair in wanted}
    pictures = {index for _, index in wanted}
    for chunk in store:
        for place, index in enumerate(chunk.indices):
            if index not in pictures:
                continue
            sparse = chunk.layers[layer].between(place, place + 1, evaluator.numbering)
            for covered in evaluator.masks(sparse, 1):
                units = (covered.maps % size).take(covered.cells)
                for unit in np.unique(units):
                    if (int(unit), index) in drawn:
                        drawn[int(unit), index].reshape(-1)[covered.pixels[units == unit]] = True
    return drawn
