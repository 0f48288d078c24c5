"""Torch's settings that a caller may have in force, set aside while a network is looked into.

The idea: under ``torch.no_grad()``, another default dtype or device, autocast, or a mode that sees every operation, the
same call would give other numbers, or none. What is measured must not hang on where in a program it is asked for.

How it works: who looks enters :class:`plain_state`, and within it all of that is as in a program that has just begun.
On the way out everything is as it was, whatever happens in between. Within one another the first does all but allow
gradients.

- Of the thread: gradients and inference mode, autocast, modes for functions and operations (the default device is one
  of them), hooks on what is saved for gradients, and numpy's reaction to errors.
- Of the process: the default dtype, the search for anomalies in gradients, and the hooks on all modules. They are set
  aside once for all threads that look at the same time, until the last is done. So is torch's own way to round what
  convolutions multiply on a GPU (:mod:`visualize.methods.tf32`): float32 is float32.

What it leaves: the number of threads, deterministic algorithms, flushing of denormal numbers, and a precision of
products that was asked for. They choose among ways to compute the same, and an operation that has no deterministic way
is told in a line.
"""

from __future__ import annotations

import functools
import sys
import threading
from contextlib import ContextDecorator, ExitStack
from typing import TYPE_CHECKING, Any, Self

from visualize.methods.errors import InputError, one_line, with_kind
from visualize.methods.tf32 import exact_convolutions

if TYPE_CHECKING:
    from types import TracebackType

    from torch import Tensor


class _Looking(threading.local):
    """Whether this thread is within a plain state."""

    yes = False


_looking = _Looking()


class plain_state(ContextDecorator):  # noqa: N801 (it reads as a statement: `with plain_state():`)
    """Within it torch's settings are as in a program that has just begun, and afterwards as they were.

    Args:
        gradients: allow them too, whatever mode is in force; else that mode stays.

    Raises:
        InputError: an operation has no deterministic way to be computed, and deterministic algorithms are asked for; or
            the network writes into numbers of its own that its gradient needs, or by operations that have none; or its
            way back fails in an operation of its own.

    Example:
        >>> import torch
        >>> with torch.no_grad(), plain_state(gradients=True):
        ...     torch.is_grad_enabled()
        True
    """

    def __init__(self, *, gradients: bool = False) -> None:
        self._gradients = gradients
        self._undo: ExitStack | None = None

    def _recreate_cm(self) -> Self:  # of a decorator: each call its own
        return type(self)(gradients=self._gradients)

    def __enter__(self) -> Self:
        if self._gradients or not _looking.yes:
            with ExitStack() as undo:
                if self._gradients:
                    _with_gradients(undo)
                if not _looking.yes:
                    _set_aside(undo)
                self._undo = undo.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._undo is None:
            return
        undo, self._undo = self._undo, None
        undo.close()
        if isinstance(fault, RuntimeError) and "deterministic" in str(fault):
            raise InputError(
                f"the network cannot be looked into under deterministic algorithms: {str(fault).split('. ')[0]}; call "
                f"torch.use_deterministic_algorithms(False) before, or warn_only=True"
            ) from fault
        if isinstance(fault, RuntimeError) and any(words in str(fault) for words in _WRITTEN):
            raise InputError(
                f"the network writes over numbers that its own gradient needs, as it would wherever it is trained: "
                f"{str(fault).split('. ')[0].split(': [')[0]}; write that operation out of place, or take a method "
                f"that needs no gradient"
            ) from fault
        if isinstance(fault, Exception) and not _of_memory(fault) and _on_the_way_back(traceback):
            raise InputError(f"the network's own way back to the picture fails: {_why(fault)}") from fault


def _on_the_way_back(traceback: TracebackType | None) -> bool:
    """Whether an error came out of code that torch called to compute a gradient: an operation of the network's own."""
    names = []
    while traceback is not None:
        names.append((traceback.tb_frame.f_globals.get("__name__"), traceback.tb_frame.f_code.co_name))
        traceback = traceback.tb_next
    return _ENGINE in names


def _of_memory(fault: Exception) -> bool:
    return isinstance(fault, MemoryError) or "allocate memory" in str(fault) or "OutOfMemory" in type(fault).__name__


def _why(fault: Exception) -> str:
    """Words for an error in the code of a gradient, and what to do about those that are common."""
    return next((words for sign, words in _OFTEN.items() if sign in one_line(fault)), with_kind(fault))


_ENGINE = ("torch.autograd.graph", "_engine_run_backward")  # where torch begins to compute a gradient
_OFTEN = {
    "use_reentrant=True": "it saves memory by checkpoint(..., use_reentrant=True), which gives no gradient of a "
    "picture; say use_reentrant=False, or turn it off",
    "implement either the backward or vjp": "an autograd.Function of its own has no backward; give it one, or take a "
    "method that needs no gradient",
}
_WRITTEN = ("modified by an inplace operation", "out=... arguments don't support automatic differentiation")


def _with_gradients(undo: ExitStack) -> None:
    import torch

    undo.enter_context(torch.inference_mode(mode=False))
    undo.enter_context(torch.enable_grad())


_ERRORS = {"divide": "warn", "over": "warn", "under": "ignore", "invalid": "warn"}  # numpy's own
_DEVICES = ("cpu", "cuda", "mps", "xpu")  # kinds of devices that autocast may be in force for


def _set_aside(undo: ExitStack) -> None:
    """Set aside what is in force, and note how it comes back."""
    import torch

    _looking.yes = True
    undo.callback(setattr, _looking, "yes", False)
    _modes(undo)
    for kind in _DEVICES:
        if torch.is_autocast_enabled(kind):
            undo.enter_context(torch.autocast(kind, enabled=False))
    if _hooks_on_what_is_saved():
        undo.enter_context(torch.autograd.graph.saved_tensors_hooks(_same, _same))
    if "numpy" in sys.modules:
        import numpy as np

        if np.geterr() != _ERRORS:
            undo.enter_context(np.errstate(divide="warn", over="warn", under="ignore", invalid="warn"))
    _process.set_aside()
    undo.callback(_process.bring_back)


def _hooks_on_what_is_saved() -> bool:
    """Whether hooks on what is saved for gradients are in force: then they cannot be forbidden."""
    import torch

    try:
        with torch.autograd.graph.disable_saved_tensors_hooks("none are in force"):
            return False
    except RuntimeError:
        return True


def _same(tensor: Tensor) -> Tensor:
    return tensor


def _modes(undo: ExitStack) -> None:
    """Take the modes away that see every function or operation, except those that are ours."""
    import torch
    from torch.overrides import _get_current_function_mode_stack, _pop_mode, _push_mode

    if torch._C._len_torch_function_stack():  # noqa: SLF001 (torch has no public way to ask)
        modes = _get_current_function_mode_stack()  # type: ignore[no-untyped-call]
        ours = [mode for mode in modes if getattr(mode, "in_plain_state", False)]

        def swap(old: list[Any], new: list[Any]) -> None:
            for _ in old:
                _pop_mode()  # type: ignore[no-untyped-call]
            for mode in new:
                _push_mode(mode)  # type: ignore[no-untyped-call]

        swap(modes, ours)
        undo.callback(swap, ours, modes)
    if torch._C._len_torch_dispatch_stack():  # noqa: SLF001
        from torch.utils._python_dispatch import _disable_current_modes

        undo.enter_context(_disable_current_modes())


class _Process:
    """Settings of the whole process, set aside by the first thread that looks and brought back by the last."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._count = 0
        self._undo = ExitStack()

    def set_aside(self) -> None:
        with self._lock:
            if self._count == 0:
                self._set()
            self._count += 1

    def bring_back(self) -> None:
        with self._lock:
            self._count -= 1
            if self._count == 0:
                self._undo.close()

    def _set(self) -> None:
        import torch

        default = torch.get_default_dtype()
        if default is not torch.float32:
            torch.set_default_dtype(torch.float32)
            self._undo.callback(torch.set_default_dtype, default)
        if torch.is_anomaly_enabled():
            self._undo.enter_context(torch.autograd.set_detect_anomaly(False))
        rounded = exact_convolutions()
        if rounded is not None:
            self._undo.callback(rounded)
        for hooks in _global_hooks():
            if hooks:
                self._undo.callback(hooks.update, dict(hooks))
                hooks.clear()


_process = _Process()


@functools.cache
def _global_hooks() -> tuple[dict[int, Any], ...]:
    """Tables of the hooks on all modules, which torch has no public way to list."""
    from torch.nn.modules import module

    return tuple(held for name, held in vars(module).items() if name.startswith("_global_") and isinstance(held, dict))
