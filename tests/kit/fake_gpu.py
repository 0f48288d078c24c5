"""A processor that is taken for a GPU: what is done for one alone is done, by the same functions."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import torch

from visualize.methods.network import accelerator

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pytest
    from torch import Tensor


@dataclass
class FakeGpu:
    """Stands in for the GPU's memory, and notes what it is asked for.

    Args:
        free: bytes that it says are free.
        total: bytes that it says it has.
        peak: the most bytes that it says were held.
        replays: how often a graph was run.
        staged: shapes of the memory that was asked for to copy from.
    """

    free: int = 1 << 30
    total: int = 1 << 30
    peak: int = 0
    replays: int = 0
    staged: list[tuple[int, ...]] = field(default_factory=list)

    def install(self, monkeypatch: pytest.MonkeyPatch) -> FakeGpu:
        """Take every device for a GPU until the test is over."""

        def staged(shape: Sequence[int], dtype: torch.dtype, device: torch.device) -> Tensor:
            self.staged.append(tuple(shape))
            return torch.empty(tuple(shape), dtype=dtype)

        def nothing(device: torch.device) -> None:
            pass

        monkeypatch.setattr(accelerator, "is_gpu", lambda device: True)
        monkeypatch.setattr(accelerator, "is_host", lambda device: False)
        monkeypatch.setattr(accelerator, "staged", staged)
        for name in ("synchronize", "forget_peak", "give_back"):
            monkeypatch.setattr(accelerator, name, nothing)
        monkeypatch.setattr(accelerator, "captured", self.captured)
        monkeypatch.setattr(accelerator, "free_memory", lambda device: self.free)
        monkeypatch.setattr(accelerator, "total_memory", lambda device: self.total)
        monkeypatch.setattr(accelerator, "peak_memory", lambda device: self.peak)
        monkeypatch.setattr(accelerator, "held_memory", lambda device: 0)
        return self

    def captured(
        self, work: Callable[[Tensor], tuple[Tensor, ...]], inputs: Tensor
    ) -> Callable[[Tensor], tuple[Tensor, ...]]:
        """Work that overwrites what it gave before, as a graph does."""
        held = inputs.detach().clone()
        outputs = work(held)

        def run(given: Tensor) -> tuple[Tensor, ...]:
            self.replays += 1
            held.copy_(given)
            for kept, made in zip(outputs, work(held), strict=True):
                kept.copy_(made)
            return outputs

        return run
