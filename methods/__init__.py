"""Ways of looking at one unit of a vision network, behind one interface.

Names are loaded when they are first used, so that importing this package costs nothing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from methods.ascent import AscentResult, GradientAscent
    from methods.attribution import AttributionResult
    from methods.deconvolution import Deconvolution
    from methods.dissection.method import Dissection, DissectionResult
    from methods.dream import DeepDream
    from methods.dreams import DreamResult
    from methods.empirical_field import EmpiricalField
    from methods.errors import BrokenImage, BrokenImageWarning, InputError, UnitError
    from methods.guided import GuidedBackpropagation
    from methods.images import Images, Stack
    from methods.inversion import Inversion, InversionResult
    from methods.labelled import Concept, Labelled
    from methods.method import Identity, Method, Needs, Provenance, Result, find, table
    from methods.panel import Panel
    from methods.preparation import Preparation
    from methods.probe import Layer, Probe
    from methods.receptive_field import ReceptiveField
    from methods.retrieval import TopImages, TopResult
    from methods.saliency import Saliency
    from methods.sanity import Sanity, SanityResult
    from methods.unit import Sum, Target, Unit

_WHERE = {
    "ascent": ("AscentResult", "GradientAscent"),
    "attribution": ("AttributionResult",),
    "deconvolution": ("Deconvolution",),
    "dissection.method": ("Dissection", "DissectionResult"),
    "dream": ("DeepDream",),
    "dreams": ("DreamResult",),
    "empirical_field": ("EmpiricalField",),
    "errors": ("BrokenImage", "BrokenImageWarning", "InputError", "UnitError"),
    "guided": ("GuidedBackpropagation",),
    "images": ("Images", "Stack"),
    "inversion": ("Inversion", "InversionResult"),
    "labelled": ("Concept", "Labelled"),
    "method": ("Identity", "Method", "Needs", "Provenance", "Result", "find", "table"),
    "panel": ("Panel",),
    "preparation": ("Preparation",),
    "probe": ("Layer", "Probe"),
    "receptive_field": ("ReceptiveField",),
    "retrieval": ("TopImages", "TopResult"),
    "saliency": ("Saliency",),
    "sanity": ("Sanity", "SanityResult"),
    "unit": ("Sum", "Target", "Unit"),
}
_MODULE = {name: module for module, names in _WHERE.items() for name in names}

__all__ = [  # noqa: RUF022 (in the order of the modules that hold them)
    "AscentResult", "GradientAscent", "AttributionResult", "Deconvolution", "GuidedBackpropagation", "Saliency",
    "DeepDream", "DreamResult", "Dissection", "DissectionResult", "Inversion", "InversionResult",
    "BrokenImage", "BrokenImageWarning", "InputError", "UnitError", "Images", "Stack", "Concept", "Labelled",
    "Identity", "Method", "Needs", "Provenance", "Result", "find", "table", "Panel", "Preparation", "Layer", "Probe",
    "ReceptiveField", "TopImages", "TopResult", "EmpiricalField", "Sanity", "SanityResult", "Sum", "Target", "Unit",
]  # fmt: skip


def __getattr__(name: str) -> object:
    if name not in _MODULE:
        raise AttributeError(f"module 'methods' has no attribute {name!r}")
    return getattr(importlib.import_module(f"methods.{_MODULE[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
