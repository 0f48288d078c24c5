"""Memory of the C library that stays with the process from one run of a network to the next.

The idea: glibc gives the top of its heap back to the system when twice the largest block that it ever asked the system
for alone, and that was freed, lies free there (mallopt(3), "dynamic mmap threshold"; of blocks up to 32 MiB). So one
block of nearly 32 MiB, asked for and freed once, lets it keep 64 MiB.

Why it is needed: the maps of a small network on eight pictures need about 50 MB. Whether they are kept was decided by
the largest map that the network happened to have; where they were not, each run got them anew, page by page and full of
zeros, which took a third of its time.

What it cannot do: nothing where the C library is another one, or its thresholds are set in the environment
(``MALLOC_TRIM_THRESHOLD_`` and the like). What is computed is the same.
"""

from __future__ import annotations

import functools

import torch

_LARGEST = 32 << 20  # bytes of a block that the thresholds follow
_BESIDE = 64 << 10  # that glibc and torch put around it, and more


@functools.cache
def keep_memory() -> None:
    """Let the C library keep twice as much memory as it learns from, from now on."""
    torch.empty(_LARGEST - _BESIDE, dtype=torch.uint8, device="cpu")
