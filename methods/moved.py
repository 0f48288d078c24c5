"""Dotted paths of public names as they were in 0.1. They work for one release, with a warning, and go in 0.3."""

from __future__ import annotations

from visualize.methods.lazy import moved

MODULES = {
    "methods.deconvolution": ("visualize.methods", ("Deconvolution",)),
    "methods.dreams": ("visualize.methods", ("DreamResult",)),
    "methods.empirical_field": ("visualize.methods", ("EmpiricalField",)),
    "methods.guided": ("visualize.methods", ("GuidedBackpropagation",)),
    "methods.images": ("visualize.methods", ("Images", "Stack")),
    "methods.labelled": ("visualize.methods", ("Concept", "Labelled")),
    "methods.panel": ("visualize.methods", ("Panel",)),
    "methods.preparation": ("visualize.methods", ("Preparation",)),
    "methods.probe": ("visualize.methods", ("Layer", "Probe")),
    "methods.receptive_field": ("visualize.methods", ("ReceptiveField",)),
    "methods.retrieval": ("visualize.methods", ("TopImages", "TopResult")),
    "methods.saliency": ("visualize.methods", ("Saliency",)),
}
"""Modules that are gone -> where their public names are now."""

SHRUNK = {
    "visualize.methods.dissection.method": ("visualize.methods", ("DissectionResult",)),
    "visualize.methods.method": ("visualize.methods", ("Identity", "Panel", "Result", "find", "table")),
}
"""Modules that some public names have left -> where these are now; each module gives them by its ``__getattr__``."""


def register() -> None:
    """Make the old paths importable."""
    moved(MODULES)
