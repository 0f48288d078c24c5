"""How many pictures a network can look at together, by the memory that there is."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import torch

from visualize.methods.errors import MemoryWarning
from visualize.methods.network import accelerator

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

    from visualize.methods.network.probe import Probe

_TRIED = 4  # pictures of the run that is measured
_SHARE = 0.5  # of the memory, that pictures may take: as much again for what is made of the maps
_MOST = {True: 256, False: 8}  # on a GPU and elsewhere, where more were not faster


def fitting(probe: Probe, layers: Sequence[str]) -> int:
    """The most pictures, a power of two, that half of a device's memory holds while a network looks at them.

    On a GPU a run of a few pictures is measured; elsewhere the outputs of all modules are added up, which is more than
    is held at once. The number hangs on the memory that the device has, so that it is the same in each run; only where
    less is free it is smaller, and a :class:`~visualize.methods.errors.MemoryWarning` says so.

    Args:
        probe: the network.
        layers: names or aliases of the layers that are looked at.

    Returns:
        1 to 256 on a GPU, and to 8 elsewhere.

    Example:
        >>> from torch import nn
        >>> from visualize.methods import Probe
        >>> fitting(Probe(nn.Sequential(nn.Conv2d(3, 4, 3))), ["0"])
        8
    """
    device = probe.device
    each, gpu = max(1, _each(probe, layers)), accelerator.is_gpu(device)
    size = _power(min(_MOST[gpu], int(_SHARE * accelerator.total_memory(device)) // each))
    free = _power(min(size, accelerator.free_memory(device) // each))
    if free < size:
        words = (
            f"{device} has memory for {size} pictures together, but only for {free} of them it is free, which can "
            f"change the last bits of activations"
        )
        warnings.warn(words, MemoryWarning, stacklevel=2)
    return free


def _power(most: int) -> int:
    """The largest power of two up to a number, 1 at least."""
    return 1 << max(0, most.bit_length() - 1)


def _each(probe: Probe, layers: Sequence[str]) -> int:
    """Bytes that one picture takes while the network looks at it, or somewhat more."""
    pictures = torch.rand(_TRIED, 3, *probe.prepare.size, generator=torch.Generator().manual_seed(0))
    device = probe.device
    with torch.no_grad():
        if accelerator.is_gpu(device):
            try:
                probe.activations(pictures, layers)  # the first run makes more than the network's maps
                accelerator.forget_peak(device)
                before = accelerator.held_memory(device)
                probe.activations(pictures, layers)
            except torch.OutOfMemoryError:
                accelerator.give_back(device)
                return accelerator.total_memory(device)
            return (accelerator.peak_memory(device) - before) // _TRIED
        sizes: list[int] = []

        def look(output: Tensor) -> None:
            sizes.append(output.numel() * output.element_size())

        probe.runner.surveyed(probe.prepared(pictures[:1]), look)
        return sum(sizes)
