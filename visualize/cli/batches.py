"""How many pictures are taken together, as ``--batch`` says it."""

from __future__ import annotations

from typing import Literal


def pictures_together(batch: str | None) -> int | Literal["auto"] | None:
    """Pictures that are taken together.

    Args:
        batch: a number from 1 to 999,999, or ``auto`` for as many as the memory holds; None was not given.

    Raises:
        InputError: it is neither.
    """
    from visualize.methods.errors import InputError

    if batch is None or batch == "auto":
        return batch  # type: ignore[return-value]
    if not batch.isascii() or not batch.isdigit() or not int(batch[:9]) >= 1 or len(batch) > 6:
        raise InputError(f"--batch is 1 to 999999 pictures or auto, not {batch[:40]!r}")
    return int(batch)
