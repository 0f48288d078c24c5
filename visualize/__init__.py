"""What does this unit look for, and how sure are we?

In a notebook::

    import visualize as viz

    viz.unit("places-squeezenet", "fire9", 123, images="photographs")
    viz.look("saliency", "places-squeezenet", "fire9", 123, image="photograph.jpg")

Names are loaded when they are first used, so that importing this package costs nothing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from visualize._version import __version__

if TYPE_CHECKING:
    from methods import (
        BrokenImage,
        Deconvolution,
        DeepDream,
        GradientAscent,
        GuidedBackpropagation,
        Identity,
        Images,
        InputError,
        Inversion,
        Layer,
        Method,
        Panel,
        Preparation,
        Probe,
        Result,
        Saliency,
        Stack,
        Sum,
        TopImages,
        Unit,
        UnitError,
        table,
    )
    from visualize.data import open_images, open_labelled
    from visualize.inspection.card import Card
    from visualize.inspection.front import look, unit, units
    from visualize.inspection.look import Look
    from visualize.models import load

_WHERE = {
    "methods": (
        "BrokenImage", "Deconvolution", "DeepDream", "GradientAscent", "GuidedBackpropagation", "Inversion", "Saliency",
        "Identity", "Images", "InputError", "Layer", "Method", "Panel", "Preparation",
        "Probe", "Result", "Stack", "Sum", "TopImages", "Unit", "UnitError", "table",
    ),
    "visualize.data": ("open_images", "open_labelled"),
    "visualize.inspection.card": ("Card",),
    "visualize.inspection.front": ("look", "unit", "units"),
    "visualize.inspection.look": ("Look",),
    "visualize.models": ("load",),
}  # fmt: skip
_MODULE = {name: module for module, names in _WHERE.items() for name in names}

__all__ = [  # noqa: RUF022 (what a notebook needs first comes first)
    "unit", "units", "look", "Card", "Look", "load", "open_images", "open_labelled", "__version__",
    "BrokenImage", "Deconvolution", "DeepDream", "GradientAscent", "GuidedBackpropagation", "Inversion", "Saliency",
    "Identity", "Images", "InputError", "Layer", "Method", "Panel", "Preparation",
    "Probe", "Result", "Stack", "Sum", "TopImages", "Unit", "UnitError", "table",
]  # fmt: skip


def __getattr__(name: str) -> object:
    if name not in _MODULE:
        raise AttributeError(f"module 'visualize' has no attribute {name!r}")
    return getattr(importlib.import_module(_MODULE[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
