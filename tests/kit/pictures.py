"""Pictures and probe sets made of noise."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from visualize.methods.errors import BrokenImage
from visualize.methods.pictures.images import Stack

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from visualize.methods.network.preprocessing import Preparation


def pictures(count: int, size: tuple[int, int], seed: int = 0, dtype: torch.dtype = torch.float32) -> Tensor:
    """count x 3 x H x W, uniform in 0..1."""
    generator = torch.Generator().manual_seed(seed)
    return torch.rand(count, 3, *size, generator=generator, dtype=torch.float64).to(dtype)


def arrays(count: int, size: tuple[int, int], seed: int = 0) -> list[NDArray[np.uint8]]:
    """Arrays H x W x 3 of random bytes."""
    generator = np.random.default_rng(seed)
    return [generator.integers(0, 256, (*size, 3), dtype=np.uint8) for _ in range(count)]


@dataclass
class Listed:
    """A probe set that notes what was loaded, and some of whose pictures are broken."""

    held: list[NDArray[np.uint8]]
    bad: frozenset[int] = frozenset()
    name: str = "listed"
    loads: list[int] = field(default_factory=list)
    threads: set[str] = field(default_factory=set)

    def __len__(self) -> int:
        return len(self.held)

    def file(self, index: int) -> str:
        return f"picture-{index}.jpg"

    def load(self, index: int, preparation: Preparation) -> NDArray[np.uint8]:
        self.loads.append(index)
        self.threads.add(threading.current_thread().name)
        if index in self.bad:
            raise BrokenImage(self.file(index), "it is broken")
        return Stack(self.held).load(index, preparation)


def pixels_of(picture: NDArray[np.uint8], colour: str) -> int:
    """How many pixels of a picture have a colour that is written as ``#rrggbb``."""
    channels = [int(colour[start : start + 2], 16) for start in (1, 3, 5)]
    return int((picture == channels).all(-1).sum())
