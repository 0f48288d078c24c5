"""Dotted paths of public names as they were in 0.1. They work for one release, with a warning, and go in 0.3."""

from __future__ import annotations

from methods.lazy import moved

MODULES = {
    "methods.deconvolution": ("methods", ("Deconvolution",)),
    "methods.dreams": ("methods", ("DreamResult",)),
    "methods.empirical_field": ("methods", ("EmpiricalField",)),
    "methods.guided": ("methods", ("GuidedBackpropagation",)),
    "methods.images": ("methods", ("Images", "Stack")),
    "methods.labelled": ("methods", ("Concept", "Labelled")),
    "methods.panel": ("methods", ("Panel",)),
    "methods.preparation": ("methods", ("Preparation",)),
    "methods.probe": ("methods", ("Layer", "Probe")),
    "methods.receptive_field": ("methods", ("ReceptiveField",)),
    "methods.retrieval": ("methods", ("TopImages", "TopResult")),
    "methods.saliency": ("methods", ("Saliency",)),
}
"""Modules that are gone -> where their public names are now."""

SHRUNK = {
    "methods.dissection.method": ("methods", ("DissectionResult",)),
    "methods.method": ("methods", ("Identity", "Panel", "Result", "find", "table")),
}
"""Modules that some public names have left -> where these are now; each module gives them by its ``__getattr__``."""


def register() -> None:
    """Make the old paths importable."""
    moved(MODULES)
