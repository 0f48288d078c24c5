"""What does this unit look for, and how sure are we?

In a notebook::

    import visualize as viz

    card = viz.unit("places-squeezenet", "fire9", 123, images="photographs")
    card

Names are loaded when they are first used, so that importing this package costs nothing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from visualize._version import __version__

if TYPE_CHECKING:
    from methods import (
        BrokenImage,
        GradientAscent,
        Identity,
        Images,
        InputError,
        Layer,
        Method,
        Panel,
        Preparation,
        Probe,
        Result,
        Stack,
        Sum,
        TopImages,
        Unit,
        UnitError,
        table,
    )
    from visualize.data import open_images
    from visualize.inspection.card import Card
    from visualize.inspection.front import unit, units
    from visualize.models import load

_WHERE = {
    "methods": (
        "BrokenImage", "GradientAscent", "Identity", "Images", "InputError", "Layer", "Method", "Panel", "Preparation",
        "Probe", "Result", "Stack", "Sum", "TopImages", "Unit", "UnitError", "table",
    ),
    "visualize.data": ("open_images",),
    "visualize.inspection.card": ("Card",),
    "visualize.inspection.front": ("unit", "units"),
    "visualize.models": ("load",),
}  # fmt: skip
_MODULE = {name: module for module, names in _WHERE.items() for name in names}

__all__ = [  # noqa: RUF022 (what a notebook needs first comes first)
    "unit", "units", "Card", "load", "open_images", "__version__",
    "BrokenImage", "GradientAscent", "Identity", "Images", "InputError", "Layer", "Method", "Panel", "Preparation",
    "Probe", "Result", "Stack", "Sum", "TopImages", "Unit", "UnitError", "table",
]  # fmt: skip


def __getattr__(name: str) -> object:
    if name not in _MODULE:
        raise AttributeError(f"module 'visualize' has no attribute {name!r}")
    return getattr(importlib.import_module(_MODULE[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
