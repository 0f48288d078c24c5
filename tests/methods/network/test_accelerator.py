"""What is asked of a device beside arithmetic, on this machine's; and on a GPU where there is one."""

from __future__ import annotations

from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING

import pytest
import torch

from visualize.methods.network import accelerator

if TYPE_CHECKING:
    from collections.abc import Iterator

    from torch import Tensor

CPU = torch.device("cpu")


def test_a_processor_is_not_waited_for_and_its_memory_is_the_machines() -> None:
    accelerator.synchronize(CPU)
    accelerator.forget_peak(CPU)
    accelerator.give_back(CPU)
    assert accelerator.peak_memory(CPU) == accelerator.held_memory(CPU) == 0
    assert 0 < accelerator.free_memory(CPU) < 1 << 50
    assert not accelerator.is_gpu(CPU)
    staged = accelerator.staged((2, 3), torch.uint8, CPU)
    assert (staged.shape, staged.dtype, staged.is_pinned()) == ((2, 3), torch.uint8, False)
    assert accelerator.sent(staged, CPU) is staged


def test_channels_are_innermost_on_processors_and_in_half_precision_on_gpus() -> None:
    gpu = torch.device("cuda")
    assert accelerator.channels_last_pays(CPU, torch.float32)
    assert [accelerator.channels_last_pays(gpu, dtype) for dtype in (torch.float32, torch.half, torch.bfloat16)] == [
        False, True, True,
    ]  # fmt: skip


class _Stream:
    def wait_stream(self, other: _Stream) -> None:
        pass


def test_after_what_cannot_be_shown_work_goes_on_where_it_did(monkeypatch: pytest.MonkeyPatch) -> None:
    """Torch leaves the stream on which it was shown in force, if the end of that fails too, as it then does."""
    monkeypatch.setattr(accelerator, "REFUSED", [])
    here = _Stream()
    streams = [here]

    @contextmanager
    def graph(_graph: object, capture_error_mode: str) -> Iterator[None]:
        streams.append(_Stream())
        yield
        streams.pop()

    for name, stand_in in {
        "current_stream": lambda device: streams[-1], "Stream": lambda device: _Stream(), "CUDAGraph": object,
        "stream": lambda stream: nullcontext(), "device": lambda device: nullcontext(), "graph": graph,
        "set_stream": streams.append,
    }.items():  # fmt: skip
        monkeypatch.setattr(torch.cuda, name, stand_in)
    done: list[Tensor] = []

    def work(inputs: Tensor) -> tuple[Tensor, ...]:
        done.append(inputs)
        if len(streams) > 1:
            raise RuntimeError("operation not permitted when stream is capturing")
        return (inputs,)

    with pytest.raises(RuntimeError, match="not permitted"):
        accelerator.captured(work, torch.zeros(2))
    assert len(done) == 4  # three times before it was shown
    assert streams[-1] is here
    with pytest.raises(RuntimeError, match=r"another graph before \(operation not permitted"):
        accelerator.captured(work, torch.zeros(2))
    assert len(done) == 4


@pytest.mark.cuda
def test_a_gpus_memory_is_told_and_copied_into_without_waiting() -> None:
    gpu = torch.device("cuda")
    accelerator.forget_peak(gpu)
    before, free = accelerator.held_memory(gpu), accelerator.free_memory(gpu)
    staged = accelerator.staged((1 << 20,), torch.uint8, gpu)
    staged.fill_(7)
    there = accelerator.sent(staged, gpu)
    accelerator.synchronize(gpu)
    assert staged.is_pinned()
    assert torch.equal(there.cpu(), staged)
    assert accelerator.held_memory(gpu) >= before + (1 << 20)
    assert accelerator.peak_memory(gpu) >= accelerator.held_memory(gpu)
    assert accelerator.free_memory(gpu) <= free
