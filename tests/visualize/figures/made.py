"""Made-up sections and facts for the figures' tests."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np

from visualize.figures import About, Section
from visualize.figures.boxes import Block, Box, Print, Words
from visualize.methods.drawing.charts import curve
from visualize.methods.drawing.panel import Panel, Picture

_numbers = itertools.count()


def noise(height: int = 224, width: int = 224) -> Picture:
    """A picture unlike any other."""
    return np.random.default_rng(next(_numbers)).integers(0, 256, (height, width, 3), dtype=np.uint8)


def ascent(count: int = 4, size: tuple[int, int] = (224, 224), *, diagram: bool = True) -> Section:
    """Dreams, and a curve."""
    panels = [
        Panel(noise(*size), f"activation {31 - number}\n2.{number} times the photograph's") for number in range(count)
    ]
    drawn = [Panel(curve(np.linspace(0, 9, 33)), "", wide=True)] if diagram else []
    return Section("Gradient ascent", "Made from noise until the unit answers.", (*panels, *drawn))


def top(count: int = 9, size: tuple[int, int] = (224, 224), *, folder: str = "") -> Section:
    """Photographs."""
    panels = (Panel(noise(*size), f"{12 - number / 4}\n{folder}0001TP_{number:06}.jpg") for number in range(count))
    return Section(
        "Top images", "Where the unit answers most.", tuple(panels), ("468 were scanned; 1 could not be read",)
    )


def about(**changes: object) -> About:
    """A unit."""
    facts: dict[str, Any] = {
        "model": "scenes-alexnet", "layer": "conv5", "unit": "conv5:79", "units": 256, "map_size": (13, 13),
        "input_size": (224, 224), "field": (163, 163), "stride": (16, 16),
    }  # fmt: skip
    return About(**{**facts, **changes})


LONG = {
    "model": "path/to/a folder with spaces/" * 8 + "file.py:function",
    "layer": "features.0.block.1.0.conv",
    "unit": "+".join(f"features.0.block.1.0.conv:{number}" for number in range(9)),
    "alias": "res5c_branch2b",
    "label": "a label that goes on, IoU 0.13 " * 6,
    "hints": ("Add photographs: --images FOLDER", "Add labels: --labels FOLDER"),
    "notes": ("A note that goes on. " * 20, "word" * 300, "a\nb"),
}


def words(block: Block) -> list[Words]:
    """The lines of text of a block that have any."""
    return [item for item in block.items if isinstance(item, Words) and item.text]


def prints(block: Block) -> list[Print]:
    """The pictures of a block."""
    return [item for item in block.items if isinstance(item, Print)]


def collisions(block: Block) -> list[tuple[Box, Box]]:
    """Texts and pictures that lie on one another."""
    boxes = [*(item.box for item in words(block)), *(item.box for item in prints(block))]
    return [(box, other) for box, other in itertools.combinations(boxes, 2) if box.overlaps(other)]


def outside(block: Block, margin: int) -> list[Box]:
    """Texts and pictures that do not keep the margin."""
    boxes = [*(item.box for item in words(block)), *(item.box for item in prints(block))]
    return [
        box
        for box in boxes
        if box.left < margin or box.right > block.width - margin or box.top < 0 or box.bottom > block.height
    ]
