"""Momentum contrast: InfoNCE by hand and by torch, a queue of keys, a copy that follows."""

from __future__ import annotations

import math

import torch
from supervisions.contrast import LENGTH, MOMENTUM, QUEUE, SIZE, TEMPERATURE, Contrast, info_nce, view
from supervisions.task import untold
from supervisions.trunk import plain_trunk, training_trunk
from torch.nn import functional

from tests.examples.supervisions.located import noise


def test_info_nce_of_a_case_by_hand() -> None:
    query, own, others = torch.tensor([[1.0, 0]]), torch.tensor([[0.6, 0.8]]), torch.tensor([[0.0, 1], [-1, 0]])
    expected = -math.log(math.exp(0.6 / 0.2) / (math.exp(0.6 / 0.2) + math.exp(0) + math.exp(-1 / 0.2)))
    assert TEMPERATURE == 0.2
    assert abs(info_nce(query, own, others).item() - expected) < 1e-6


def test_info_nce_is_cross_entropy_whose_answer_is_the_own_key() -> None:
    generator = torch.Generator().manual_seed(0)
    queries, keys, queue = (functional.normalize(torch.randn(n, 8, generator=generator)) for n in (5, 5, 11))
    each = [
        functional.cross_entropy(torch.cat([key[None], queue]) @ query / TEMPERATURE, torch.tensor(0))
        for query, key in zip(queries, keys, strict=True)
    ]
    assert torch.allclose(info_nce(queries, keys, queue), torch.stack(each).mean())


def test_keys_join_the_queue_and_the_oldest_leave_it() -> None:
    task = Contrast(training_trunk(0)).train()
    before = task.queue.clone()
    loss = task.loss(untold(noise(4)), torch.Generator().manual_seed(0))
    assert loss.requires_grad
    assert task.queue.shape == (QUEUE, LENGTH)
    assert torch.equal(task.queue[:-4], before[4:])
    assert torch.allclose(task.queue.norm(dim=1), torch.ones(QUEUE), atol=1e-5)
    assert not task.queue.requires_grad


@torch.no_grad()
def test_the_copy_follows_as_a_geometric_series() -> None:
    task = Contrast(plain_trunk())
    weight, copy = (module.get_parameter("0.weight") for module in (task.head, task.follower.get_submodule("1")))
    before = copy.clone()
    weight.add_(1)
    for _ in range(3):
        task.after_step()
    assert torch.allclose(copy - before, torch.full_like(copy, 1 - MOMENTUM**3), atol=1e-5)


def test_views_differ_and_the_generator_decides_them() -> None:
    pictures = noise(4)
    first, second = view(pictures, torch.Generator().manual_seed(1)), view(pictures, torch.Generator().manual_seed(1))
    other = view(pictures, torch.Generator().manual_seed(2))
    assert first.shape == (4, 3, SIZE, SIZE)
    assert torch.equal(first, second)
    assert not torch.allclose(first, other)
