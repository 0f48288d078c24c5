"""How many pictures a network can look at together, by the memory that there is: the one rule of ``--batch auto``."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, TypeVar

import torch

from visualize.methods.errors import MemoryWarning
from visualize.methods.network import accelerator

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from torch import Tensor

    from visualize.methods.network.probe import Probe

Done = TypeVar("Done")

_TRIED = 4  # pictures of the run that is measured
_SHARE = 0.5  # of the memory, that pictures may take: as much again for what is made of the maps
_MOST = {True: 256, False: 8}  # on a GPU and elsewhere, where more were not faster
_BACK = 2  # what a run and its way back hold, of what a run makes: the gradients beside the outputs


def fitting(probe: Probe, layers: Sequence[str], *, back: bool = False, size: tuple[int, int] | None = None) -> int:
    """The most pictures, a power of two, that half of a device's memory holds while a network looks at them.

    On a GPU a run of a few pictures is measured; elsewhere the outputs of all modules are added up, which is more than
    is held at once, and taken twice where gradients go back through them. The number hangs on the memory that the
    device has (of a processor, on what this process may take: limits of containers and jobs count), so that it is the
    same in each run; only where less is free it is smaller, and a :class:`~visualize.methods.errors.MemoryWarning` says
    so.

    Args:
        probe: the network.
        layers: names or aliases of the layers that are looked at.
        back: gradients go back to the pictures.
        size: height and width of the pictures; by default those of the network's input.

    Returns:
        1 to 256 on a GPU, and to 8 elsewhere.

    Example:
        >>> from torch import nn
        >>> from visualize.methods import Probe
        >>> fitting(Probe(nn.Sequential(nn.Conv2d(3, 4, 3))), ["0"])
        8
    """
    device, shape = probe.device, size or probe.prepare.size
    each, gpu = max(1, bytes_of_each(probe, layers, shape, back=back)), accelerator.is_gpu(device)
    most = _power(min(_MOST[gpu], int(_SHARE * accelerator.total_memory(device)) // each))
    free = _power(min(most, accelerator.free_memory(device) // each))
    if free < most:
        words = (
            f"{device} has memory for {most} pictures together, but only for {free} of them it is free, which can "
            f"change the last bits of activations"
        )
        warnings.warn(words, MemoryWarning, stacklevel=2)
    return free


def side_by_side(
    count: int, most: int, work: Callable[[int, int], Done], device: torch.device
) -> Iterator[tuple[int, int, Done]]:
    """Work on several things, some at a time; half as many from where a GPU's memory does not hold them.

    Args:
        count: of the things.
        most: at a time, 1 or more.
        work: on those from the one number to before the other.
        device: on which it works.

    Yields:
        the first of some, the one behind the last, and what the work on them gave.

    Raises:
        torch.OutOfMemoryError: the memory does not hold one.
    """
    first = 0
    while first < count:
        last = min(first + most, count)
        try:
            done = work(first, last)
        except torch.OutOfMemoryError:
            if last - first == 1:
                raise
        else:
            yield first, last, done
            first = last
            continue
        most = halved(last - first, device)


def halved(size: int, device: torch.device) -> int:
    """Half as many pictures, for a GPU whose memory does not hold so many; a warning says so.

    Args:
        size: how many it does not hold, 2 or more.
        device: the GPU, which is given back what is not used.
    """
    accelerator.give_back(device)
    half = (size + 1) // 2
    words = (
        f"the memory of {device} does not hold {size} pictures together: {half} are looked at from here on, which can "
        f"change the last bits of activations"
    )
    warnings.warn(words, MemoryWarning, stacklevel=3)
    return half


def _power(most: int) -> int:
    """The largest power of two up to a number, 1 at least."""
    return 1 << max(0, most.bit_length() - 1)


def bytes_of_each(probe: Probe, layers: Sequence[str], size: tuple[int, int], *, back: bool) -> int:
    """Bytes that one picture takes while the network looks at it, or somewhat more."""
    pictures = torch.rand(_TRIED, 3, *size, generator=torch.Generator().manual_seed(0))
    if accelerator.is_gpu(probe.device):
        return _measured(probe, layers, pictures, back=back)
    sizes: list[int] = []

    def look(output: Tensor) -> None:
        sizes.append(output.numel() * output.element_size())

    with torch.no_grad():
        probe.runner.surveyed(probe.prepared(pictures[:1]), look)
    return sum(sizes) * (_BACK if back else 1)


def _measured(probe: Probe, layers: Sequence[str], pictures: Tensor, *, back: bool) -> int:
    """Bytes of a GPU that one of some pictures takes; all that it has, where it does not hold them."""
    device = probe.device
    try:
        _run(probe, layers, pictures, back=back)  # the first run makes more than the network's maps
        accelerator.forget_peak(device)
        before = accelerator.held_memory(device)
        _run(probe, layers, pictures, back=back)
    except torch.OutOfMemoryError:
        accelerator.give_back(device)
        return accelerator.total_memory(device)
    return (accelerator.peak_memory(device) - before) // len(pictures)


def _run(probe: Probe, layers: Sequence[str], pictures: Tensor, *, back: bool) -> None:
    with torch.inference_mode(mode=False), torch.set_grad_enabled(back):
        seen = pictures.to(probe.device).requires_grad_(back)
        maps = probe.activations(seen, layers)
        if back:
            reached = [part.float().sum() for part in maps.values() if part.requires_grad]
            if reached:
                torch.autograd.grad(torch.stack(reached).sum(), seen, allow_unused=True)
