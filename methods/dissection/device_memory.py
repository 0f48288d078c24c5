"""Counting by the processor where a GPU's memory does not hold what a dissection counts there; counts are the same."""

from __future__ import annotations

import warnings

from visualize.methods.errors import MemoryWarning


def by_the_processor(what: str) -> None:
    """Warn that the processor does from here on what a GPU has no memory for.

    Args:
        what: it does.
    """
    words = f"the GPU has no memory for {what}: the processor finds them from here on, which changes no number"
    warnings.warn(words, MemoryWarning, stacklevel=3)
