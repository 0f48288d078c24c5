"""Things that a scene's label maps show: how large, where, and what they look like."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from visualize.scenes.vocabulary import CONCEPTS, concept

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from visualize.scenes.scenes import Scene


SMALLEST = 1 / 1000
"""Share of the picture that a thing covers at least, to be spoken of."""

SMALLEST_PART = 1 / 2000
"""Share of the picture that a part covers at least."""

_COUNT = len(CONCEPTS) + 1


@dataclass(frozen=True)
class Thing:
    """All pixels of one object's name.

    Args:
        name: of the object, as in :data:`~visualize.scenes.vocabulary.NUMBERS`.
        share: of the picture that it covers.
        across: where its middle lies, from 0 (left) to 1 (right).
        down: where its middle lies, from 0 (top) to 1 (bottom).
        colour: that of at least half of its pixels, or "".
        texture: that of at least half of its pixels, or "".
        material: that of at least half of its pixels, or "".
        parts: that are seen on it.
    """

    name: str
    share: float
    across: float
    down: float
    colour: str
    texture: str
    material: str
    parts: tuple[str, ...]


def things(scene: Scene) -> tuple[Thing, ...]:
    """The objects of a scene, the largest first; what is seen through something else is left out.

    Example:
        >>> from visualize.scenes import render
        >>> [(thing.name, thing.colour) for thing in things(render("beach", 7))][:3]
        [('sky', 'blue'), ('sand', 'yellow'), ('sea', 'blue')]
    """
    labels = scene.labels["object"][0]
    objects = labels.ravel().astype(np.intp)
    counts = np.bincount(objects, minlength=_COUNT)
    rows, columns = np.divmod(np.arange(labels.size), labels.shape[1])
    across = np.bincount(objects, columns, _COUNT)
    down = np.bincount(objects, rows, _COUNT)
    joint = {category: _joint(objects, scene, category) for category in ("color", "texture", "material", "part")}
    shown = [int(number) for number in np.argsort(-counts, kind="stable") if number]
    return tuple(
        Thing(
            concept(number).name,
            counts[number] / labels.size,
            (across[number] / counts[number] + 0.5) / labels.shape[1],
            (down[number] / counts[number] + 0.5) / labels.shape[0],
            colour=_most(joint["color"][number], counts[number]),
            texture=_most(joint["texture"][number], counts[number]),
            material=_most(joint["material"][number], counts[number]),
            parts=_parts(joint["part"][number], labels.size),
        )
        for number in shown
        if counts[number] >= SMALLEST * labels.size
    )


def beyond(scene: Scene) -> tuple[str, ...]:
    """Names of the objects that are seen through something else, the largest first."""
    maps = scene.labels["object"][1:]
    counts = sum((np.bincount(labels.ravel(), minlength=_COUNT) for labels in maps), np.zeros(_COUNT, np.intp))
    least = SMALLEST * scene.labels["object"][0].size
    return tuple(concept(int(n)).name for n in np.argsort(-counts, kind="stable") if n and counts[n] >= least)


def _joint(objects: NDArray[np.intp], scene: Scene, category: str) -> NDArray[np.intp]:
    """For each object and each concept of a category, on how many pixels they meet."""
    pairs = objects * _COUNT + scene.labels[category][0].ravel()
    return np.bincount(pairs, minlength=_COUNT * _COUNT).reshape(_COUNT, _COUNT)


def _most(counts: NDArray[np.intp], whole: int) -> str:
    number = int(counts[1:].argmax()) + 1
    return concept(number).name if 2 * counts[number] >= whole else ""


def _parts(counts: NDArray[np.intp], whole: int) -> tuple[str, ...]:
    return tuple(concept(int(n)).name for n in np.flatnonzero(counts >= SMALLEST_PART * whole) if n)
