"""Drawing a reproducible sample from a probe set."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from visualize.methods.errors import InputError, suggest

if TYPE_CHECKING:
    from collections.abc import Sequence


def drawn(total: int, count: int | None, seed: int) -> Sequence[int]:
    """``count`` of the first ``total`` numbers, drawn without replacement, in rising order; all of them for None.

    Raises:
        InputError: fewer than one is asked for.
    """
    if count is None:
        return range(total)
    if count < 1:
        raise InputError(f"a probe set of {count} pictures cannot be scanned; ask for 1 or more")
    if count >= total:
        return range(total)
    return sorted(random.Random(seed).sample(range(total), count))  # noqa: S311 (a sample of pictures, not a secret)


def chosen(asked: Sequence[str], known: Sequence[str], name: str) -> tuple[str, ...]:
    """The categories asked for, in the set's own order.

    Raises:
        InputError: there is no such category, or none is asked for.
    """
    for category in asked:
        if category not in known:
            raise InputError(
                f"{name} has no category {category!r}; it has {', '.join(known) or 'none'}{suggest(category, known)}"
            )
    if not asked:
        raise InputError(f"no category is asked for; {name} has {', '.join(known)}")
    return tuple(category for category in known if category in asked)
