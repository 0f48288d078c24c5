"""A GPU that is pretended: a device whose tensors refuse what those of a GPU refuse.

Their numbers lie in the machine's memory and the processor computes with them, but nothing else may touch them: a
tensor of the processor's beside one of these in an operation, numpy, and an operation that torch has not for CUDA are
errors, as they would be. What would make the processor wait for the GPU is counted, and is an error while a graph is
recorded.

What it cannot tell: which dtypes an operation has there, how numbers are rounded, what is done at the same time, how
much memory there is, and how long anything takes.

Torch knows one device of this kind for the whole of a process, so that tests take it in one of their own
(:mod:`tests.kit.on_pretended_gpu`).
"""

# ruff: noqa: ANN401 (whatever torch's operations take and give)

from __future__ import annotations

import traceback
from collections import Counter
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

import torch
from torch import Tensor
from torch.utils import backend_registration
from torch.utils._python_dispatch import return_and_correct_aliasing

from visualize.methods.network import accelerator

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

NAME = "pretended"
_KEY = "PrivateUse1"  # what torch calls the one device that others may add

_aten = torch.ops.aten
_BRIDGES = {_aten.copy_.default, _aten._to_copy.default}  # from one device to the other
_INDEXED = {  # by whole numbers on either device
    _aten.index.Tensor, _aten.index_put_.default, _aten.index_put.default, _aten._index_put_impl_.default,
    _aten._unsafe_index.Tensor,
}  # fmt: skip
_WAITS = {  # as the processor goes on by what is in the tensor
    _aten._local_scalar_dense.default, _aten.nonzero.default, _aten.equal.default, _aten.masked_select.default,
    _aten.unique_consecutive.default, _aten._unique2.default, _aten.unique_dim.default, _aten.is_nonzero.default,
    _aten.repeat_interleave.Tensor,
}  # fmt: skip
_FACTORIES = (
    "empty.memory_format", "empty_strided", "arange", "arange.start", "arange.start_step", "linspace", "eye", "eye.m",
    "randperm", "randperm.generator", "tril_indices", "triu_indices",
)  # fmt: skip
_CUDA = ("CUDA", "CompositeImplicitAutograd", "CompositeExplicitAutograd", "CompositeExplicitAutogradNonFunctional")


def there_is() -> bool:
    """Whether this torch can be given such a device: from 2.10 on, and where it is not of another kind already."""
    return hasattr(backend_registration, "_setup_privateuseone_for_python_backend")


class DeviceTensor(Tensor):
    """A tensor that lies elsewhere."""

    held: Tensor
    __torch_function__ = torch._C._disabled_torch_function_impl  # type: ignore[assignment]

    @staticmethod
    def __new__(cls: type[Self], held: Tensor) -> Self:
        made: Self = torch.Tensor._make_wrapper_subclass(
            cls, held.size(), strides=held.stride(), storage_offset=held.storage_offset(), dtype=held.dtype,
            layout=held.layout, device=torch.device(NAME, 0),
        )  # fmt: skip
        made.held = held
        return made

    def __init__(self, held: Tensor) -> None:
        pass

    @classmethod
    def __torch_dispatch__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:  # type: ignore[override]
        return GPU.run(func, args, kwargs or {})

    def __tensor_flatten__(self) -> tuple[list[str], None]:
        return ["held"], None

    @staticmethod
    def __tensor_unflatten__(inner: dict[str, Tensor], *_: object) -> DeviceTensor:
        return DeviceTensor(inner["held"])

    def data_ptr(self) -> int:
        return self.held.data_ptr()

    def tolist(self) -> Any:
        return self.cpu().tolist()

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        if id(self) not in memo:
            memo[id(self)] = copied = DeviceTensor(self.held.clone()).requires_grad_(self.requires_grad)
            copied.__dict__.update({name: value for name, value in vars(self).items() if name != "held"})
        return memo[id(self)]


@dataclass
class PretendedGpu:
    """The GPU.

    Args:
        waits: how often the processor waited for it, by the line of ours that had it wait.
        sent: how often something was copied to it, by line.
        replays: how often a graph was run.
    """

    waits: Counter[str] = field(default_factory=Counter)
    sent: Counter[str] = field(default_factory=Counter)
    replays: int = 0
    _noted: list[Any] | None = None  # operations of the graph that is being recorded
    _known: dict[Any, bool] = field(default_factory=dict)
    _library: Any = None

    def install(self) -> None:
        """Give torch the device, and have the toolkit take it for a GPU, for the rest of the process."""
        backend_registration._setup_privateuseone_for_python_backend(NAME)
        self._library = torch.library.Library("aten", "IMPL")  # type: ignore[no-untyped-call]
        for name in _FACTORIES:
            packet, _, overload = name.partition(".")
            self._library.impl(name, _factory(getattr(getattr(_aten, packet), overload or "default")), _KEY)

        def copied(*args: object, **kwargs: object) -> object:  # of torch.tensor, which looks at no subclass
            return self.run(_aten.copy_.default, args, kwargs)

        self._library.impl("copy_", copied, _KEY)
        for stand_in in (_is_gpu, _is_host, _staged, self.captured, *map(_quiet, ("give_back", "forget_peak"))):
            setattr(accelerator, stand_in.__name__.lstrip("_"), stand_in)
        accelerator.synchronize = lambda device: self.wait("synchronize")
        for name in ("free_memory", "total_memory"):
            setattr(accelerator, name, lambda device: 1 << 33)
        for name in ("peak_memory", "held_memory"):
            setattr(accelerator, name, lambda device: 0)

    def wait(self, why: str) -> None:
        """Note that the processor waits for the GPU."""
        if self._noted is not None:
            raise RuntimeError(f"operation not permitted when stream is capturing: {why}")
        self.waits[f"{_line()} {why}"] += 1

    def captured(
        self, work: Callable[[Tensor], tuple[Tensor, ...]], inputs: Tensor
    ) -> Callable[[Tensor], tuple[Tensor, ...]]:
        """Operations that are noted once, and then done again in the same memory, as those of a graph are."""
        held = inputs.detach().clone()
        work(held)  # what happens once is over then
        noted: list[Any] = []
        self._noted = noted
        try:
            outputs = work(held)
        finally:
            self._noted = None

        def run(given: Tensor) -> tuple[Tensor, ...]:
            self.replays += 1
            held.copy_(given)
            for func, args, kwargs, made in noted:
                for old, new in zip(_plain(made), _plain(func(*args, **kwargs)), strict=True):
                    if old.data_ptr() != new.data_ptr():
                        old.copy_(new)
            return outputs

        return run

    def run(self, func: Any, args: Any, kwargs: Any) -> Any:
        """Do an operation, or refuse it as a GPU does."""
        if func is _aten._fused_sdp_choice.default:
            return 0  # by the operations that every device has
        self._require(func, args, kwargs)
        home = kwargs.get("device") is None or torch.device(kwargs["device"]).type == NAME
        inner, keywords = _inner(args), _inner(kwargs) | ({"pin_memory": False} if "pin_memory" in kwargs else {})
        with torch.random.fork_rng(devices=[]) if _draws(func, kwargs) else nullcontext():
            out = func(*inner, **keywords)
        if self._noted is not None:
            self._noted.append((func, inner, keywords, out))
        if not home or (func is _aten.copy_.default and not isinstance(args[0], DeviceTensor)):
            return args[0] if func is _aten.copy_.default else out
        wrapped = _outer(out)
        if any(returned.alias_info is not None for returned in func._schema.returns):
            return return_and_correct_aliasing(func, args, kwargs, wrapped)  # type: ignore[no-untyped-call]
        return wrapped

    def _require(self, func: Any, args: Any, kwargs: Any) -> None:
        """Refuse what a GPU refuses, and note what it is waited for and what it is sent."""
        if not self._on_cuda(func):
            raise NotImplementedError(f"torch has no {func.name()} for CUDA")
        indexed = func in _INDEXED and isinstance(args[0], DeviceTensor)
        far = [tensor for tensor in _tensors((args, tuple(kwargs.values()))) if not isinstance(tensor, DeviceTensor)]
        if func not in _BRIDGES:
            far = [tensor for tensor in far if tensor.dim()]  # single numbers are handed over
            if far and not (indexed and all(not tensor.is_floating_point() for tensor in far)):
                raise RuntimeError(f"Expected all tensors to be on the same device: {func.name()} has others")
        there = torch.device(kwargs.get("device") or NAME).type == NAME
        if func in _WAITS or (indexed and any(tensor.dtype == torch.bool for tensor in _tensors(args[1]))):
            self.wait(func.name())
        elif not there or (func is _aten.copy_.default and not isinstance(args[0], DeviceTensor)):
            self.wait(f"{func.name()} to the processor")
        elif far:
            if self._noted is not None:
                raise RuntimeError(f"{func.name()} copies from the machine while a graph is recorded")
            self.sent[_line()] += 1

    def _on_cuda(self, func: Any) -> bool:
        """Whether torch has an operation for CUDA, by itself or made of others; True where it was built without."""
        if func not in self._known:
            has = torch._C._dispatch_has_kernel_for_dispatch_key
            self._known[func] = not torch.backends.cuda.is_built() or any(has(func.name(), key) for key in _CUDA)  # type: ignore[no-untyped-call]
        return self._known[func]


GPU = PretendedGpu()


def _factory(func: Any) -> Callable[..., Tensor]:
    def make(*args: Any, **kwargs: Any) -> Tensor:
        return DeviceTensor(func(*args, **kwargs | {"device": torch.device("cpu"), "pin_memory": False}))

    return make


def _is_gpu(device: torch.device) -> bool:
    return device.type == NAME


def _is_host(device: torch.device) -> bool:
    return device.type == "cpu"


def _staged(shape: Sequence[int], dtype: torch.dtype, device: torch.device) -> Tensor:
    return torch.empty(tuple(shape), dtype=dtype)


def _quiet(name: str) -> Callable[[torch.device], None]:
    def nothing(device: torch.device) -> None:
        pass

    nothing.__name__ = name
    return nothing


def _draws(func: Any, kwargs: Any) -> bool:
    """Whether an operation draws at random, by what would be a generator of the GPU's own."""
    return torch.Tag.nondeterministic_seeded in func.tags and kwargs.get("generator") is None


def _inner(value: Any) -> Any:
    if isinstance(value, DeviceTensor):
        return value.held
    if isinstance(value, list | tuple):
        return list(map(_inner, value)) if isinstance(value, list) else tuple(map(_inner, value))
    if isinstance(value, dict):
        return {key: _inner(item) for key, item in value.items()}
    return torch.device("cpu") if isinstance(value, torch.device) else value


def _outer(value: Any) -> Any:
    if isinstance(value, Tensor):
        return DeviceTensor(value)
    return type(value)(map(_outer, value)) if isinstance(value, list | tuple) else value


def _tensors(value: Any) -> Iterator[Tensor]:
    if isinstance(value, Tensor):
        yield value
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _tensors(item)


def _plain(value: Any) -> list[Tensor]:
    return list(_tensors(value))


def _line() -> str:
    """The line of the toolkit that is at work."""
    for frame in reversed(traceback.extract_stack(limit=60)):
        if "/visualize/methods/" in frame.filename:
            return f"{frame.filename.rpartition('/visualize/methods/')[2]}:{frame.lineno}"
    return "elsewhere"
