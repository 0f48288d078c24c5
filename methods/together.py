"""How many pictures are taken together: a number, or ``"auto"`` until it is known what the memory holds."""

from __future__ import annotations

from typing import Literal

from visualize.methods.errors import InputError

Batch = int | Literal["auto"]
"""Pictures that are taken together: a number, or as many as the memory holds."""


def number(batch: Batch) -> int:
    """Pictures that are taken together, where it is known how many.

    Args:
        batch: of a method that :meth:`visualize.methods.Method.fitted` has given a number, if it had none.

    Raises:
        InputError: it is still ``"auto"``.
    """
    if batch == "auto":
        raise InputError("how many pictures fit together is not known yet; Method.fitted(probe, units) finds out")
    return batch
