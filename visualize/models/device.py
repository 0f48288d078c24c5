"""The device that a network runs on."""

from __future__ import annotations

from visualize.methods.errors import InputError

AUTO = "auto"


def choose_device(asked: str = AUTO) -> str:
    """The device to run a network on, as torch names it.

    Args:
        asked: ``"cpu"``, ``"cuda"``, ``"cuda:1"`` or ``"mps"``; ``"auto"`` is a CUDA GPU where there is one, else the
            CPU.

    Raises:
        InputError: there is no such device; the message names those that there are.
    """
    import torch

    count = torch.cuda.device_count() if torch.cuda.is_available() else 0
    there = ["cpu", *(["cuda"] if count else []), *(f"cuda:{number}" for number in range(count))]
    if torch.backends.mps.is_available():
        there.append("mps")
    if asked == AUTO:
        return "cuda" if count else "cpu"
    if asked not in there:
        raise InputError(f"no device {asked!r} on this machine; it has {', '.join(there)}")
    return asked


def checked_device(asked: str) -> str:
    """A device that is there, or ``"auto"`` as it is: which that means depends on the network.

    Raises:
        InputError: there is no such device.
    """
    return asked if asked == AUTO else choose_device(asked)
