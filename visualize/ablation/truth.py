"""The class that each picture is of, by the data's labels or by the network's own answers, and the two halves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from visualize.methods.ablation.halves import halves, in_both
from visualize.methods.ablation.labels import ITSELF, numbers_of
from visualize.methods.ablation.study import UNKNOWN
from visualize.methods.errors import InputError
from visualize.transfers.splits import dealt

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from visualize.ablation.labelling import Named
    from visualize.ablation.request import AblationRequest
    from visualize.methods.ablation.study import Reading
    from visualize.methods.network.probe import Probe

_FEW = 5  # names that a message lists


@dataclass(frozen=True, eq=False)
class Truth:
    """The class that each picture is of.

    Args:
        numbers: of the network's classes, by picture; -1 where the class is not known or the picture cannot be read.
        half: for each picture whether it is of the half that is reported on.
        classes: numbers of the classes that have enough pictures in both halves.
        labels: "given" or "network".
        said: sentence on where the labels come from.
        split: sentence on how the pictures were split.
    """

    numbers: NDArray[np.int64]
    half: NDArray[np.bool_]
    classes: tuple[int, ...]
    labels: str
    said: str
    split: str


def truth_of(request: AblationRequest, probe: Probe, named: Named, reading: Reading) -> Truth:
    """Take the data's labels where they are the network's classes, else its own answers; or what is asked for.

    Raises:
        InputError: labels are asked for that the data do not have, or no class has enough pictures.
    """
    given = numbers_of(named.names, probe.classes) if named.names else np.full(len(named.images), UNKNOWN)
    given = np.where(reading.there, given, UNKNOWN)
    why = _unlike(named, given, probe)
    if request.labels == "given" and why:
        raise InputError(f"{why}; leave out --labels given to take the network's own answers")
    if request.labels != "network" and not why:
        shown = len(np.unique(given[given != UNKNOWN]))
        left = int(((given == UNKNOWN) & reading.there).sum())
        without = f"; {left} pictures of other classes, or of none, were left out" if left else ""
        truth = _truth(request, given, named, "given", f"labels are those of the data, of {shown} classes{without}")
        if truth.classes or request.labels == "given":
            return _checked(truth, request, named)
        why = f"no class of {named.images.name} has {request.least} pictures in each half"
    said = f"{why}: {ITSELF}" if request.labels == "auto" else ITSELF
    return _checked(_truth(request, reading.called, named, "network", said), request, named)


def _unlike(named: Named, given: NDArray[np.int64], probe: Probe) -> str:
    """Why the data's labels cannot be taken; "" where they can."""
    name = named.images.name
    if not any(named.names):
        return f"{name} has no label for each picture as a whole"
    if not probe.classes:
        return "the names of the network's classes are not at hand"
    if len(np.unique(given[given != UNKNOWN])) >= 2:
        return ""
    labels = sorted(set(named.names) - {""})
    more = " ..." if len(labels) > _FEW else ""
    return f"the labels of {name} ({', '.join(labels[:_FEW])}{more}) are no classes of the network's"


def _truth(request: AblationRequest, numbers: NDArray[np.int64], named: Named, labels: str, said: str) -> Truth:
    known = numbers != UNKNOWN
    classes, places = np.unique(numbers[known], return_inverse=True)
    half = np.zeros(len(numbers), bool)
    if named.groups:
        groups = tuple(np.asarray(named.groups)[known].tolist())
        marks = np.eye(len(classes), dtype=np.int8)[places]
        half[known] = dealt(marks, groups, (0.5, 0.5), several=False, seed=request.seed) == 1
        how = f"whole groups ({len(set(groups))} of them)"
    else:
        half[known] = halves(numbers[known], request.seed)
        how = "classes evenly"
    chosen = in_both(numbers[known], half[known], classes.tolist(), request.least)
    ranked, reported = int((known & ~half).sum()), int((known & half).sum())
    split = f"importance is ranked on {ranked} pictures and reported on {reported} others, split by seed {request.seed}"
    return Truth(numbers, half, tuple(chosen), labels, said, f"{split}, {how}")


def _checked(truth: Truth, request: AblationRequest, named: Named) -> Truth:
    if not truth.classes:
        enough = f"{request.least} pictures in each half of the {len(named.images)} of {named.images.name}"
        none = f"no class has {enough}" if truth.labels == "given" else f"no class is the network's answer to {enough}"
        raise InputError(f"{none}; take more pictures, or a smaller --least")
    return truth
