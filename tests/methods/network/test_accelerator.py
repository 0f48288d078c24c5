"""What is asked of a device beside arithmetic, on this machine's; and on a GPU where there is one."""

from __future__ import annotations

import pytest
import torch

from visualize.methods.network import accelerator

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
