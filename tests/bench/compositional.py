"""Formulas of every unit of a layer against the published search's own package: which are better, and what they take.

``python -m tests.bench.compositional MODEL LAYER DATA COUNT [STEP]`` compares every STEP-th unit on COUNT pictures of a
probe set, without a bar. First every formula there is is tried on all these units
(:mod:`tests.bench.every_formula`), and the search here has to have found the best one. Then the package
(``compositional-explanations``, La Rosa and Gilpin 2026) is given the very masks of units and concepts that the
dissection counts. Units come by their number modulo 16, so that a run that is stopped has looked at evenly spread ones.
Where the two differ, both formulas are measured once more, with plain numpy on these masks, and of the first eight of
them the package searches once more without the step that rewrites (a OR b) AND c as (a AND c) OR (b AND c): there it
takes a lower bound of what the halves share with the mask, 0, for what they share, and drops the formula. Times are
processor time; that of the search here holds the counting of cells as well.
"""

from __future__ import annotations

import contextlib
import io
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from unittest import mock

import numpy as np
import torch
from numpy.typing import NDArray

from tests.bench.every_formula import best_of_every
from tests.kit.checkout import SHARED
from visualize.data import open_labelled
from visualize.methods.concept_words import spoken
from visualize.methods.dissection.composition.composing import Composing
from visualize.methods.dissection.counting import thresholds
from visualize.methods.dissection.labels import Reading, Vocabulary
from visualize.methods.dissection.pipeline import masks
from visualize.methods.dissection.scanning import Scanning
from visualize.methods.dissection.settings import Settings
from visualize.methods.dissection.store import Memory
from visualize.methods.dissection.taps import taps
from visualize.models.loading import load

if TYPE_CHECKING:
    from collections.abc import Sequence

    from visualize.methods.dissection.composition.composing import Composition
    from visualize.methods.dissection.composition.formula import Composed
    from visualize.methods.network.probe import Probe
    from visualize.methods.pictures.labelled import Labelled

Bools = NDArray[np.bool_]

FASTER = 100
"""The bar of the ratio of times."""

_SETTINGS = Settings(compose=3, resamples=0)
_RETRIED = 8  # units that the package searches once more without its rewriting


@dataclass(frozen=True)
class Given:
    """The masks that both searches are given: pictures of the universe only.

    Args:
        planes: concepts x pictures x pixels, concepts that occur.
        columns: for each of them its column in the vocabulary.
        units: units x pictures x pixels, by their numbers.
    """

    planes: Bools
    columns: NDArray[np.int64]
    units: dict[int, Bools]


def compositional(given: Any) -> bool:  # noqa: ANN401 (the material of benchmarks)
    """Eight units of fire9 on 46 photographs, with the bars: none worse than the package's, and 100 times faster."""
    few = open_labelled(SHARED / "data" / "camvid-broden", count=46)
    return report(given.probe, "fire9", few, 64)


def report(probe: Probe, layer: str, labelled: Labelled, step: int) -> bool:
    """Compare every ``step``-th unit, print what came out, and say whether both bars are kept."""
    began = time.process_time()
    composition, given = _ours(probe, layer, labelled, step)
    print(
        f"\nformulas of three, {layer} of {probe.identity.name}, {len(labelled)} pictures of {labelled.name}: "
        f"{given.planes.shape[1]} in the universe, {len(given.planes)} concepts, every {step}. unit", flush=True
    )  # fmt: skip
    print(f"  masks and formulas made in {time.process_time() - began:.0f} s", flush=True)
    exhaustive = _tried(composition, given)
    mine = _seconds(probe, layer, labelled) / len(composition.best)
    tally = Tally(mine)
    with tempfile.TemporaryDirectory() as cache:
        peer = _Peer(given.planes, cache)
        for unit, mask in sorted(given.units.items(), key=lambda item: (item[0] % 16, item[0])):
            best = composition.best[unit]
            if best is None:
                continue
            began = time.process_time()
            formula = peer(mask)
            tally.seconds.append(time.process_time() - began)
            verdict = _held_against(unit, best, formula, given, composition)
            tally.verdicts.append(verdict)
            if verdict == "better here" and len(tally.mended) < _RETRIED:
                tally.mended.append(iou(_where(peer(mask, rewriting=False), given.planes), mask) == best.iou)
            if not len(tally.verdicts) % 16:
                print(f"  {tally}", flush=True)
    print(
        f"  {tally}\n  none better there, and {FASTER} times faster: {'kept' if tally.kept else 'MISSED'}", flush=True
    )
    return tally.kept and exhaustive


@dataclass
class Tally:
    """What came out so far.

    Args:
        mine: seconds of a unit here.
        seconds: that the package took for each unit.
        verdicts: which was better, of each.
        mended: of units that are better here, whether the package finds the same without its rewriting.
    """

    mine: float
    seconds: list[float] = field(default_factory=list)
    verdicts: list[str] = field(default_factory=list)
    mended: list[bool] = field(default_factory=list)

    @property
    def faster(self) -> float:
        """The package's time, of the unit in the middle, as a multiple of that here."""
        return statistics.median(self.seconds) / self.mine

    @property
    def kept(self) -> bool:
        """Whether both bars are kept."""
        return "better there" not in self.verdicts and self.faster >= FASTER

    def __str__(self) -> str:
        counts = ", ".join(
            f"{self.verdicts.count(word)} {word}" for word in ("the same", "better here", "better there")
        )
        return (
            f"{len(self.verdicts)} units: {counts}; of {len(self.mended)} that are better here, the package finds "
            f"{sum(self.mended)} without its rewriting; seconds of a unit: the package "
            f"{statistics.median(self.seconds):.2f} (median), here {self.mine:.4f}: {self.faster:.0f} times"
        )


def _tried(composition: Composition, given: Given) -> bool:
    """Whether the formulas that were found are the best of all, by trying every one."""
    best, formulas = best_of_every(given.planes, given.units)
    found = {unit: 0.0 if (item := composition.best[unit]) is None else item.iou for unit in best}
    missed = [unit for unit in best if found[unit] != best[unit]]
    print(
        f"  every one of {formulas:,} formulas was tried of {len(best)} units: {len(best) - len(missed)} have the best "
        f"one here{f', not {missed}' if missed else ''}", flush=True
    )  # fmt: skip
    return not missed


def _held_against(unit: int, best: Composed, formula: Any, given: Given, composition: Composition) -> str:  # noqa: ANN401
    """Which of two formulas is better, measured on the masks; printed where they differ."""
    mask = given.units[unit]
    place = {int(column): row for row, column in enumerate(given.columns)}
    ours = iou(best.formula.where(lambda column: given.planes[place[column]]), mask)
    if ours != best.iou:
        raise RuntimeError(f"unit {unit}: {best.iou} was counted, and the masks say {ours}")
    other = iou(_where(formula, given.planes), mask)
    if ours == other:
        return "the same"
    names = [spoken(concept.category, concept.name) for concept in composition.concepts]
    print(
        f"  unit {unit}: here {best.formula.words(names.__getitem__)} {ours:.6f}, "
        f"there {_words(formula, [names[column] for column in given.columns])} {other:.6f}", flush=True
    )  # fmt: skip
    return "better here" if ours > other else "better there"


def iou(formula: Bools, mask: Bools) -> float:
    """Intersection over union, from pixels."""
    return int((formula & mask).sum()) / int((formula | mask).sum())


def _where(formula: Any, planes: Bools) -> Bools:  # noqa: ANN401 (a formula of the package)
    """Pixels at which a formula of the package holds, by numpy alone."""
    kind = type(formula).__name__
    if kind == "Leaf":
        leaf: Bools = planes[formula.val]
        return leaf
    if kind == "Not":
        return ~_where(formula.val, planes)
    left, right = _where(formula.left, planes), _where(formula.right, planes)
    return left & right if kind == "And" else left | right


def _words(formula: Any, names: Sequence[str]) -> str:  # noqa: ANN401 (a formula of the package)
    kind = type(formula).__name__
    if kind == "Leaf":
        return names[int(formula.val)]
    if kind == "Not":
        return f"NOT {_words(formula.val, names)}"
    return f"({_words(formula.left, names)} {kind.upper()} {_words(formula.right, names)})"


class _Peer:
    """The published search."""

    def __init__(self, planes: Bools, cache: str) -> None:
        flat = planes.reshape(len(planes), -1).astype(np.float32)
        self._apart = torch.from_numpy((flat @ flat.T) == 0)
        self._planes = [torch.from_numpy(plane) for plane in planes]
        self._cache = cache

    def __call__(self, mask: Bools, *, rewriting: bool = True) -> Any:  # noqa: ANN401 (a formula of the package)
        from compositional_explanations import optimal

        plain = mock.patch.object(optimal, "apply_distributive_property", lambda node: node[2])
        with contextlib.redirect_stdout(io.StringIO()), contextlib.nullcontext() if rewriting else plain:
            return optimal.compute_optimal_explanations(
                bitmaps=torch.from_numpy(mask),
                masks=self._planes,
                disjoint_info=self._apart,
                length=3,
                device=torch.device("cpu"),
                cache_dir=self._cache,
            )


def _ours(probe: Probe, layer: str, labelled: Labelled, step: int) -> tuple[Composition, Given]:
    from visualize.methods.dissection.pipeline import dissect

    dissected = dissect(probe, [layer], labelled, _SETTINGS)
    composition, vocabulary = dissected.composed[layer], Vocabulary(labelled)
    height, width = labelled.label_shape(probe.prepare)
    planes = np.zeros((len(vocabulary.concepts), len(labelled), height * width), np.bool_)
    whole = np.zeros(len(labelled), np.bool_)
    for place, annotation in Reading(labelled, probe.prepare, vocabulary)(range(len(labelled))):
        whole[place] = annotation.annotated.all()
        for flat in annotation.maps:
            for column in np.unique(flat[flat > 0]):
                planes[column - 1, place] |= flat == column
        for column in annotation.everywhere:
            planes[column, place] = True
    planes = planes[:, whole]
    units, pictures = range(0, len(composition.best), step), [int(place) for place in np.flatnonzero(whole)]
    wanted = [(unit, index) for unit in units for index in pictures]
    drawn = masks(dissected.store, layer, dissected.evaluators[layer], wanted)
    each = {unit: np.stack([drawn.pop((unit, index)).reshape(-1) for index in pictures]) for unit in units}
    occurring = np.flatnonzero(planes.any((1, 2)))
    return composition, Given(planes[occurring], occurring, each)


def _seconds(probe: Probe, layer: str, labelled: Labelled) -> float:
    """Processor time of all units' formulas, once the network has run."""
    tapped = taps(probe, [layer], _SETTINGS, len(labelled))
    scanning, store = Scanning(probe, labelled, tapped), Memory()
    scanning.run(store, len(labelled))
    cuts = thresholds(tapped, _SETTINGS, scanning.scanned)
    began = time.process_time()
    composing = Composing(labelled, probe.prepare, _SETTINGS, taps=tapped, thresholds=cuts)
    for chunk in store:
        composing.add(chunk)
    composing.result()
    return time.process_time() - began


def main() -> None:
    """Compare as many units of a layer as asked for."""
    model, layer, data, count, *step = sys.argv[1:]
    torch.set_num_threads(1)
    report(load(model), layer, open_labelled(data, count=int(count)), int(step[0]) if step else 1)


if __name__ == "__main__":
    main()
