"""Dotted paths of public names as they were in 0.1, which work for one release, with a warning, and go in 0.3."""

from __future__ import annotations

from visualize.methods.lazy import moved

MODULES = {
    "visualize.data.folder": ("visualize.data", ("Folder", "open_folder")),
    "visualize.data.opening": ("visualize.data", ("open_images", "open_labelled")),
    "visualize.data.reading": ("visualize.data", ("read_picture",)),
    "visualize.inspection.card": ("visualize", ("Card",)),
    "visualize.inspection.front": ("visualize", ("look", "unit", "units")),
    "visualize.inspection.look": ("visualize", ("Look",)),
    "visualize.models.zoo": ("visualize.models", ("Listed", "listing", "names", "notes", "on_disk")),
}
"""Modules that are gone -> where their public names are now."""


def register() -> None:
    """Make the old paths importable."""
    moved(MODULES)
