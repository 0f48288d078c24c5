"""Everything that is asked of a GPU beside arithmetic: to wait for it, its memory, and memory from which it copies.

All calls of ``torch.cuda`` of scans and measurements are here, so that a test can put others in their place. On other
devices nothing is to be waited for, and memory is that of the machine.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from visualize.methods.errors import one_line
from visualize.methods.network import memory_limits

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

REFUSED: list[str] = []
"""Why operations could not be shown to a GPU in this process."""

_HALVES = (torch.float16, torch.bfloat16)
_BEFORE = 3  # times that work is done before it is captured
_UNKNOWN = 1 << 32  # bytes, where a system does not tell what is free


def is_gpu(device: torch.device) -> bool:
    """Whether work on a device goes on by itself while the processor does something else."""
    return device.type == "cuda"


def is_host(device: torch.device) -> bool:
    """Whether tensors on a device lie in the processor's own memory, where numpy sees them."""
    return device.type == "cpu"


def synchronize(device: torch.device) -> None:
    """Wait until a device has done all that it was given."""
    if is_gpu(device):
        torch.cuda.synchronize(device)


def free_memory(device: torch.device) -> int:
    """Bytes that can still be had on a device, what torch holds in store for later included.

    Args:
        device: of a CPU, the memory of the machine that is free or easily freed, and no more than limits leave to this
            process (:mod:`visualize.methods.network.memory_limits`), as far as the system tells.
    """
    if is_gpu(device):
        free, _ = torch.cuda.mem_get_info(device)
        return free + torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)
    known = (memory_limits.available(), memory_limits.left())
    return min((size for size in known if size is not None), default=_pages("SC_AVPHYS_PAGES"))


def total_memory(device: torch.device) -> int:
    """Bytes that a device has; of a CPU, that this process may take of the machine's, as far as the system tells."""
    if is_gpu(device):
        return torch.cuda.mem_get_info(device)[1]
    machine, limit = _pages("SC_PHYS_PAGES"), memory_limits.allowed()
    return machine if limit is None else min(machine, limit)


def _pages(name: str) -> int:
    """Bytes of a number of pages that the system states by its name."""
    try:
        return os.sysconf(name) * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, OSError, ValueError):
        return _UNKNOWN


def held_memory(device: torch.device) -> int:
    """Bytes that tensors on a GPU take; 0 elsewhere."""
    return torch.cuda.memory_allocated(device) if is_gpu(device) else 0


def peak_memory(device: torch.device) -> int:
    """The most bytes that tensors on a GPU took since :func:`forget_peak`; 0 elsewhere."""
    return torch.cuda.max_memory_allocated(device) if is_gpu(device) else 0


def forget_peak(device: torch.device) -> None:
    """Begin to measure :func:`peak_memory` anew."""
    if is_gpu(device):
        torch.cuda.reset_peak_memory_stats(device)


def give_back(device: torch.device) -> None:
    """Give memory that torch holds in store for later back to the GPU."""
    if is_gpu(device):
        torch.cuda.empty_cache()


def staged(shape: Sequence[int], dtype: torch.dtype, device: torch.device) -> Tensor:
    """Memory of the machine, not filled, from which a device copies fastest: pinned for a GPU.

    Args:
        shape: of the tensor.
        dtype: of the tensor.
        device: that will copy it.
    """
    return torch.empty(tuple(shape), dtype=dtype, device="cpu", pin_memory=is_gpu(device))


def sent(tensor: Tensor, device: torch.device) -> Tensor:
    """A tensor on a device; from pinned memory without waiting until it is there."""
    return tensor.to(device, non_blocking=is_gpu(device))


def captured(work: Callable[[Tensor], tuple[Tensor, ...]], inputs: Tensor) -> Callable[[Tensor], tuple[Tensor, ...]]:
    """Work on a tensor that a GPU was shown once and does in one go from then on: a CUDA graph.

    Args:
        work: launches the same operations each time, waits for nothing, and copies nothing from the machine; it is
            done a few times before it is shown, so that what happens once is over.
        inputs: of the shape, dtype and device that it will be given.

    Returns:
        The work on other inputs. What it gives is overwritten when it is called again.

    Raises:
        RuntimeError: the operations cannot be shown, or others could not before: torch's allocator does not forget a
            graph that was begun and never ended, and is not to begin another.
    """
    if REFUSED:
        raise RuntimeError(f"this process could not make another graph before ({REFUSED[0]})")
    held, here = inputs.detach().clone(), torch.cuda.current_stream(inputs.device)
    beside = torch.cuda.Stream(inputs.device)  # type: ignore[no-untyped-call]
    beside.wait_stream(here)
    with torch.cuda.stream(beside):
        for _ in range(_BEFORE):
            work(held)
    here.wait_stream(beside)
    graph = torch.cuda.CUDAGraph()
    try:
        # of this thread alone: others may be loading pictures meanwhile
        with torch.cuda.device(inputs.device), torch.cuda.graph(graph, capture_error_mode="thread_local"):
            outputs = work(held)
    except RuntimeError as fault:
        REFUSED.append(one_line(fault))
        raise
    finally:
        torch.cuda.set_stream(here)  # which torch does not where what was begun cannot be ended

    def run(given: Tensor) -> tuple[Tensor, ...]:
        held.copy_(given)
        graph.replay()
        return outputs

    return run


def channels_last_pays(device: torch.device, dtype: torch.dtype) -> bool:
    """Whether convolutions run fastest with the channels innermost.

    They do on processors, and on GPUs in half precision, whose units for matrices want it (NVIDIA, "Convolutional
    Layers User's Guide"); in float32 cuDNN chooses best with the channels outermost.
    """
    return device.type == "cpu" or (is_gpu(device) and dtype in _HALVES)
