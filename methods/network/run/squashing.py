"""Operations that make probabilities of logits, where a network ends in one."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812 (torch's own convention)
from torch import Tensor

from visualize.methods.network.run.function_mode import FunctionMode

_SQUASHING = frozenset(
    {
        torch.softmax, torch.special.softmax, F.softmax, Tensor.softmax,
        torch.log_softmax, torch.special.log_softmax, F.log_softmax, Tensor.log_softmax,
        torch.sigmoid, torch.special.expit, F.sigmoid, Tensor.sigmoid, F.logsigmoid,
        F.hardsigmoid,
    }
)  # fmt: skip


class Squashing(FunctionMode):
    """Within it, the last softmax or sigmoid is remembered with what went into it.

    Example:
        >>> with Squashing() as squashing:
        ...     shares = torch.tensor([[0.0, 1.0]]).softmax(1)
        >>> squashing.before(shares)
        tensor([[0., 1.]])
    """

    def __init__(self) -> None:
        super().__init__()
        self._last: tuple[Tensor, Tensor] | None = None

    def run(self, func: Any, args: tuple[Any, ...], given: dict[str, Any]) -> Any:  # noqa: ANN401 (torch's)
        """Run a function, and remember it where it squashes."""
        output = func(*args, **given)
        if func in _SQUASHING:
            value = args[0] if args else given.get("input")
            if isinstance(value, Tensor) and isinstance(output, Tensor):
                self._last = value, output
        return output

    def before(self, output: Tensor | None) -> Tensor | None:
        """The logits of an output, where it is that of the last softmax or sigmoid; else the output itself."""
        if output is None or self._last is None:
            return output
        value, squashed = self._last
        alike = squashed.numel() == output.numel() and torch.equal(squashed.flatten(), output.flatten())
        return value if alike else output
