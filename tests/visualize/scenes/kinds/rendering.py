"""The objects of scenes by their names."""

from __future__ import annotations

import numpy as np

from visualize.scenes import CONCEPTS, render_flat


def objects(kind: str, seed: int) -> set[str]:
    """The names of all objects that are seen in a scene, not those behind glass."""
    numbers = np.unique(render_flat(kind, seed, 64).labels["object"][0]).tolist()
    return {CONCEPTS[number - 1].name for number in numbers}
