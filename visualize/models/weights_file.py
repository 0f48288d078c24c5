"""The weights file of a model, downloaded if need be. Nothing here needs torch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from visualize.download.cache import at_hand
from visualize.download.fetch import fetch
from visualize.methods.errors import InputError
from visualize.models.registry import on_disk

if TYPE_CHECKING:
    from pathlib import Path

    from visualize.methods.progress import Progress
    from visualize.models.model_entry import ModelEntry


def weights_file(entry: ModelEntry, *, progress: Progress | None = None) -> Path | None:
    """Path of a model's own weights file, downloaded if need be; None for a network without one.

    Of several files that would do, one that is on this disk goes before all others.

    Raises:
        InputError: the file cannot be had.
    """
    if entry.embedded:
        path = on_disk(entry)
        if path is None:
            raise InputError(f"{entry.file} is missing from this installation; install the package again")
        return path
    refusals = []
    for resource in sorted(entry.resources, key=lambda resource: at_hand(resource) is None):
        try:
            return fetch(resource, progress=progress) if progress else fetch(resource)
        except InputError as fault:
            refusals.append(str(fault))
    if refusals:
        raise InputError("; ".join(refusals))
    return None
