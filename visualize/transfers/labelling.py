"""Labelled pictures of another task, before they are split and after."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from visualize.methods.errors import InputError
from visualize.methods.phrases import first_few
from visualize.transfers.splits import dealt

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from visualize.methods.pictures.images import Images

TRAIN, TEST = "train", "test"
_LEAST = 5  # pictures with a concept, and without it, in each part, or its average precision means little
SHARE = 0.3
"""Of the pictures, for the test."""


@dataclass(frozen=True, eq=False)
class Labelling:
    """Pictures and the classes that they are of.

    Args:
        images: the pictures.
        classes: names of the classes.
        labels: pictures x classes, int8: 1 of the class, 0 not, -1 left out of it (Pascal VOC's difficult ones).
        several: a picture may be of several classes, or of none.
        parts: ``"train"`` or ``"test"`` of each picture, where the data say so; empty where they do not.
        groups: of each picture; those of one group are never on both sides. Empty where each stands by itself.
        choosing: classes that cannot be measured are left out and said, where nobody chose them one by one.
        notes: sentences on how the data were understood.
    """

    images: Images
    classes: tuple[str, ...]
    labels: NDArray[np.int8]
    several: bool
    parts: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    choosing: bool = False
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Task:
    """Pictures to learn from and pictures to test on.

    Args:
        images: the pictures.
        classes: names of the classes.
        labels: pictures x classes, int8: 1 of the class, 0 not, -1 left out of it.
        several: a picture may be of several classes, or of none.
        test: pictures, true where it is for the test.
        groups: of each picture; empty where each stands by itself.
        split: sentence on how the pictures were split.
        notes: sentences on how the data were understood.

    Example:
        >>> from visualize.methods import Stack
        >>> images = Stack([np.zeros((8, 8, 3), np.uint8)] * 20)
        >>> labels = np.eye(2, dtype=np.int8)[[0, 1] * 10]
        >>> task = split(Labelling(images, ("cat", "dog"), labels, several=False))
        >>> int(task.test.sum()), task.labels[task.test].sum(0).tolist()
        (6, [3, 3])
    """

    images: Images
    classes: tuple[str, ...]
    labels: NDArray[np.int8]
    several: bool
    test: NDArray[np.bool_]
    groups: tuple[str, ...]
    split: str
    notes: tuple[str, ...]


def split(labelling: Labelling, *, share: float = SHARE, seed: int = 0) -> Task:
    """Split pictures as the data say, else by a seed.

    Args:
        labelling: the pictures.
        share: of the pictures, for the test, where the data do not say; 0..1.
        seed: of the split.

    Raises:
        InputError: there is one class only, a class has one picture, the test has classes that the training lacks, or a
            part is empty.
    """
    name = labelling.images.name
    _require_classes(labelling, name)
    if labelling.parts:
        test = np.array([part == TEST for part in labelling.parts])
        said = "as the data say"
        _require_unsplit(labelling, test, name)
    else:
        test = dealt(labelling.labels, labelling.groups, (1 - share, share), several=labelling.several, seed=seed) == 1
        groups = f"whole groups ({len(set(labelling.groups))} of them)" if labelling.groups else "classes evenly"
        said = f"by seed {seed}, {groups}"
    if not test.any() or test.all():
        what = "test" if not test.any() else "learn from"
        raise InputError(
            f"{name} has no pictures to {what}" + (": all are of one group" if len(set(labelling.groups)) == 1 else "")
        )
    classes, notes = _measurable(labelling, test, name)
    return Task(
        labelling.images,
        tuple(labelling.classes[place] for place in classes),
        labelling.labels[:, classes],
        labelling.several,
        test,
        labelling.groups,
        f"{(~test).sum()} pictures to learn from and {test.sum()} to test, split {said}",
        (*labelling.notes, *notes),
    )


def turns(labelling: Labelling, *, count: int, seed: int = 0) -> tuple[Task, ...]:
    """Deal pictures out to parts, each of which is the test in turn, so that every picture is tested on once.

    Args:
        labelling: the pictures, of which the data do not say what each is for.
        count: how many parts; 2 or more, and no more than there are groups.
        seed: of the split.

    Returns:
        a task for each part, all of the same classes: those that each of them can measure.

    Raises:
        InputError: the data have a split of their own, there are fewer groups or pictures than parts, or as for
            :func:`split`.

    Example:
        >>> from visualize.methods import Stack
        >>> images = Stack([np.zeros((8, 8, 3), np.uint8)] * 20)
        >>> labels = np.eye(2, dtype=np.int8)[[0, 1] * 10]
        >>> tasks = turns(Labelling(images, ("cat", "dog"), labels, several=False), count=5)
        >>> sum(task.test.astype(int) for task in tasks).tolist() == [1] * 20
        True
    """
    name = labelling.images.name
    _require_classes(labelling, name)
    if labelling.parts:
        raise InputError(f"{name} says itself which pictures are for the test; leave --folds out")
    groups = len(set(labelling.groups)) if labelling.groups else len(labelling.images)
    if groups < count:
        what = "groups, which are never split" if labelling.groups else "pictures"
        raise InputError(f"{name} has {groups} {what}; --folds is {groups} at most, not {count}")
    parts = dealt(
        labelling.labels, labelling.groups, [1 / count] * count, several=labelling.several, seed=seed
    )  # fmt: skip
    tests = [parts == number for number in range(count)]
    if not all(test.any() for test in tests):
        raise InputError(f"{name} cannot be dealt out to {count} parts; take fewer --folds")
    whole = f", whole groups ({groups} of them)" if labelling.groups else ", classes evenly"
    said = f"{len(parts)} pictures, each tested on once: {count} parts are the test in turn, by seed {seed}{whole}"
    held = [_measurable(labelling, test, name) for test in tests]
    classes = np.flatnonzero([all(place in good for good, _ in held) for place in range(len(labelling.classes))])
    if not len(classes):
        raise InputError(f"{name} has no class that each of {count} parts can measure; take fewer --folds")
    left = [label for place, label in enumerate(labelling.classes) if place not in classes]
    notes = (f"left out, as one of the parts cannot measure them: {', '.join(left)}",) if left else ()
    plain = replace(labelling, classes=tuple(labelling.classes[place] for place in classes))
    labels = labelling.labels[:, classes]
    return tuple(
        Task(plain.images, plain.classes, labels, plain.several, test, plain.groups, said, (*plain.notes, *notes))
        for test in tests
    )


def _require_classes(labelling: Labelling, name: str) -> None:
    if len(labelling.images) == 0:
        raise InputError(f"{name} holds no pictures")
    if len(labelling.classes) < 2 and not labelling.several:
        raise InputError(
            f"{name} has one class only ({', '.join(labelling.classes)}); to tell classes apart takes two or more"
        )
    if not labelling.choosing:
        totals = (labelling.labels == 1).sum(0)
        few = [f"{label} ({count})" for label, count in zip(labelling.classes, totals, strict=True) if count < 2]
        if few:
            raise InputError(
                f"{name} has classes of fewer than two pictures: {first_few(few)}; each needs one to learn from "
                f"and one to test"
            )
        lacking = (labelling.labels == 0).sum(0)
        all_over = [label for label, count in zip(labelling.classes, lacking, strict=True) if count < 2]
        if all_over:
            raise InputError(
                f"{name} has classes that fewer than two pictures are not of: {first_few(all_over)}; to tell a class "
                f"takes pictures without it"
            )


def _require_unsplit(labelling: Labelling, test: NDArray[np.bool_], name: str) -> None:
    """Refuse data that put a group on both sides."""
    if labelling.groups:
        groups = np.asarray(labelling.groups)
        both = sorted(set(groups[test]) & set(groups[~test]))
        if both:
            raise InputError(f"{name} has groups both to learn from and to test: {first_few(both)}; give each one part")


def _measurable(labelling: Labelling, test: NDArray[np.bool_], name: str) -> tuple[NDArray[np.intp], tuple[str, ...]]:
    """The classes that can be measured, and what is to be said of the others."""
    shown, absent = labelling.labels == 1, labelling.labels == 0
    sides = [(shown[side].sum(0), absent[side].sum(0)) for side in (~test, test)]
    if labelling.choosing:
        good = np.min([count for side in sides for count in side], axis=0) >= _LEAST
        if not good.any():
            raise InputError(
                f"{name} has no concept that {_LEAST} pictures of each part show and {_LEAST} do not; take more "
                f"pictures, or another --pixels"
            )
        left = [label for label, kept in zip(labelling.classes, good, strict=True) if not kept]
        notes = (
            (f"left out, as fewer than {_LEAST} pictures of a part show them, or do not: {', '.join(left)}",)
            if left
            else ()
        )
        return np.flatnonzero(good), notes
    (taught, _), (tested, _) = sides
    unknown = [label for label, a, b in zip(labelling.classes, taught, tested, strict=True) if b and not a]
    if unknown:
        raise InputError(f"the test pictures of {name} have classes that the training lacks: {first_few(unknown)}")
    untested = [label for label, b in zip(labelling.classes, tested, strict=True) if not b]
    notes = (f"no test picture is of {first_few(untested)}",) if untested else ()
    return np.arange(len(labelling.classes)), notes
