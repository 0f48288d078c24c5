"""Standing between a network and torch's functions while it runs."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any

from torch.overrides import TorchFunctionMode

if TYPE_CHECKING:
    from collections.abc import Sequence


class FunctionMode(TorchFunctionMode):
    """Within it, every function of torch that is called with tensors goes through :meth:`run`.

    Example:
        >>> import torch
        >>> class Doubled(FunctionMode):
        ...     def run(self, func, args, given):
        ...         return 2 * func(*args, **given)
        >>> values = torch.tensor([-1.0, 3.0])
        >>> with Doubled():
        ...     doubled = torch.relu(values)
        >>> doubled
        tensor([0., 6.])
    """

    @abstractmethod
    def run(self, func: Any, args: tuple[Any, ...], given: dict[str, Any]) -> Any:  # noqa: ANN401 (torch's signature)
        """Run a function, or something in its place.

        Args:
            func: of torch, or a method of tensors.
            args: what it is given by place.
            given: what it is given by name.

        Returns:
            what the caller takes for the function's own result.
        """

    def __torch_function__(
        self,
        func: Any,  # noqa: ANN401 (torch's signature)
        types: Sequence[type],
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:  # noqa: ANN401 (torch's signature)
        """Hand the function on, as torch asks for."""
        return self.run(func, args, kwargs or {})
