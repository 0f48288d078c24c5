"""Going through a probe set: how much of it each concept covers, and which of its files are broken."""

from __future__ import annotations

import os
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from visualize.data.sets.colour_names import Coloured
from visualize.data.sets.labelled_files import LabelledFiles
from visualize.methods.errors import BrokenImage, InputError
from visualize.methods.network.preprocessing import Preparation
from visualize.methods.pictures.labelled import Labelled
from visualize.printable import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import TypeVar

    from visualize.methods.pictures.images import Images
    from visualize.methods.pictures.labelled import Labels
    from visualize.methods.progress import Progress

    Result = TypeVar("Result")

_AT_ONCE = 64  # pictures that are given out to threads at a time, so that an interrupt is quick and memory bounded
_WHOLE = Preparation()  # 224 x 224, squashed: every picture is seen whole


@dataclass
class Survey:
    """Counts of the labels in the pictures of a probe set that were gone through.

    Args:
        pictures: how many were gone through, those with broken labels left out.
        broken: the name of each picture that was left out, and the reason.
        occurs: concept -> number of pictures that it is in.
        covers: concept -> how many pictures' worth of pixels it covers, as Broden's tables count it.
        annotated: category -> number of pictures with a label of it.
        filled: category -> how many pictures' worth of pixels have a label of it.
    """

    pictures: int = 0
    broken: list[tuple[str, str]] = field(default_factory=list)
    occurs: Counter[int] = field(default_factory=Counter)
    covers: dict[int, float] = field(default_factory=dict)
    annotated: Counter[str] = field(default_factory=Counter)
    filled: dict[str, float] = field(default_factory=dict)

    def add(self, labels: Labels) -> None:
        """Count the labels of one more picture."""
        self.pictures += 1
        numbers: set[int] = set()
        for category, several in labels.items():
            covered = 0.0
            for label in several:
                shares = {label: 1.0} if isinstance(label, int) else _shares(label)
                for number, share in shares.items():
                    self.covers[number] = self.covers.get(number, 0.0) + share
                numbers.update(shares)
                covered = max(covered, sum(shares.values()))
            if covered:
                self.annotated[category] += 1
                self.filled[category] = self.filled.get(category, 0.0) + covered
        self.occurs.update(numbers)


def survey(labelled: Labelled, places: Sequence[int], *, progress: Progress) -> Survey:
    """Go through a set's labels; no photograph is decoded unless colours are asked for.

    Label maps are looked at in half of 224 x 224 pixels, over the whole picture.

    Args:
        labelled: the set.
        places: which pictures to go through, by their number in the set.
        progress: told how many pictures of how many are done.

    Raises:
        InputError: the set itself is wrong: a label that it does not know, or a label map of a wrong size.
    """
    result = Survey()
    for done, (index, labels) in enumerate(_each(places, lambda place: _labels(labelled, place)), start=1):
        if isinstance(labels, BrokenImage):
            result.broken.append((labelled.file(index), labels.reason))
        else:
            result.add(labels)
        progress(done, len(places))
    return result


def check(images: Images, places: Sequence[int], *, progress: Progress) -> list[tuple[str, str]]:
    """Read every file of a set.

    Args:
        images: the set, labelled or not.
        places: which pictures to read, by their number in the set.
        progress: told how many pictures of how many are done.

    Returns:
        the name of each picture that cannot be used, and the reason; a picture may come with several reasons.
    """
    broken: list[tuple[str, str]] = []
    for done, (index, reasons) in enumerate(_each(places, lambda place: _problems(images, place)), start=1):
        broken += [(images.file(index), reason) for reason in reasons]
        progress(done, len(places))
    return broken


def strays(images: Images) -> list[tuple[str, str]]:
    """Label maps that belong to no picture, each with the reason: a name that was mistyped, as a rule."""
    uncoloured = images.labelled if isinstance(images, Coloured) else images
    layout = uncoloured.layout if isinstance(uncoloured, LabelledFiles) else None
    paths = () if layout is None else layout.strays
    return [(printable(path), "no picture of the same name belongs to this label map") for path in paths]


def _labels(labelled: Labelled, index: int) -> Labels | BrokenImage:
    try:
        return labelled.labels(index, _WHOLE)
    except BrokenImage as fault:
        return fault


def _problems(images: Images, index: int) -> list[str]:
    reasons = []
    steps: list[Callable[[], object]] = [lambda: images.load(index, _WHOLE)]
    uncoloured = images.labelled if isinstance(images, Coloured) else images
    if isinstance(uncoloured, LabelledFiles):
        files = uncoloured
        steps.append(lambda: files.stored(index, files.annotation(index)))
    if isinstance(images, Labelled):
        steps.append(lambda: images.labels(index, _WHOLE))
    for step in steps:
        try:
            step()
        except BrokenImage as fault:
            reasons.append(fault.reason)
        except InputError as fault:
            reasons.append(str(fault).removeprefix(f"{images.file(index)}: "))
    return list(dict.fromkeys(reasons))


def _shares(values: np.ndarray[tuple[int, ...], np.dtype[np.int32]]) -> dict[int, float]:
    """Shares of a label map's pixels, by the number of the concept; 0..1."""
    counts = np.bincount(values.ravel())
    present = np.flatnonzero(counts[1:]) + 1
    return {int(number): int(counts[number]) / values.size for number in present}


def _each(places: Sequence[int], work: Callable[[int], Result]) -> Iterator[tuple[int, Result]]:
    """Do work for each place in threads, and give the results in order."""
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for start in range(0, len(places), _AT_ONCE):
            part = places[start : start + _AT_ONCE]
            yield from zip(part, pool.map(work, part), strict=True)
