"""Networks whose shape alone is looked at: random weights, which take most of the time to build, are not drawn."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
from torch import Tensor

if TYPE_CHECKING:
    from collections.abc import Iterator


def _zeros(tensor: Tensor, *_: Any, **__: Any) -> Tensor:  # noqa: ANN401 (what is not drawn)
    return tensor.zero_()


@contextmanager
def undrawn() -> Iterator[None]:
    """Within, zeros are written into tensors in place of random numbers.

    Example:
        >>> with undrawn():
        ...     torch.ones(2).uniform_(1, 2)
        tensor([0., 0.])
    """
    with pytest.MonkeyPatch.context() as patch:
        for name in ("uniform_", "normal_"):
            patch.setattr(Tensor, name, _zeros)
        yield
