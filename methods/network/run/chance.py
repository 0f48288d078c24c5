"""Chance held still: whatever is drawn at random within a block comes from one seed."""

from __future__ import annotations

import random
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import torch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


def start(seed: int) -> None:
    """Seed torch's generators, as ``torch.manual_seed`` does; where there is a CPU alone, in a hundredth of the time.

    Torch's own function notes who called for each kind of device that this machine might have.

    Args:
        seed: 0 or more.

    Example:
        >>> start(0)
        >>> float(torch.rand(1)) == float(torch.rand(1, generator=torch.Generator().manual_seed(0)))
        True
    """
    if torch.accelerator.is_available():
        torch.manual_seed(seed)
    else:
        torch.default_generator.manual_seed(seed)


@contextmanager
def seeded(seed: int, device: torch.device) -> Iterator[Callable[[], bool]]:
    """Start torch's, numpy's and Python's own generators at a seed, and put them back afterwards.

    Generators that a program made itself are out of its reach.

    Args:
        seed: 0 or more.
        device: where a network runs, whose generator is held still beside the CPU's.

    Yields:
        What says whether anything was drawn so far.

    Example:
        >>> with seeded(0, torch.device("cpu")):
        ...     first = torch.rand(3)
        >>> with seeded(0, torch.device("cpu")) as drawn:
        ...     drawn(), bool((torch.rand(3) == first).all()), drawn()
        (False, True, True)
    """
    python, arrays = random.getstate(), np.random.get_state()  # noqa: NPY002 (it is what networks draw from)
    devices = [device] if device.type == "cuda" else []
    with torch.random.fork_rng(devices=devices):
        start(seed)
        random.seed(seed)
        np.random.seed(seed)  # noqa: NPY002 (as above)
        before = _states(devices)
        try:
            yield lambda: _states(devices) != before
        finally:
            random.setstate(python)
            np.random.set_state(arrays)  # noqa: NPY002 (as above)


def _states(devices: list[torch.device]) -> tuple[object, ...]:
    """States of the generators."""
    arrays = cast("tuple[Any, ...]", np.random.get_state())  # noqa: NPY002 (it is what networks draw from)
    tensors = [torch.get_rng_state(), *(torch.cuda.get_rng_state(device) for device in devices)]
    return random.getstate(), arrays[2:], bytes(arrays[1]), *(bytes(state.numpy()) for state in tensors)
