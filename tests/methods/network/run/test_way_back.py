from __future__ import annotations

import pytest
import torch
from torch import nn

from visualize.methods.network.run.way_back import way_back


@pytest.mark.parametrize("memory_format", [torch.contiguous_format, torch.channels_last])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16])
def test_the_way_back_is_torch_s_own_to_the_last_bit(memory_format: torch.memory_format, dtype: torch.dtype) -> None:
    torch.manual_seed(0)
    network = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.Conv2d(4, 5, 3)).to(dtype).to(memory_format=memory_format)
    leaf = torch.randn(2, 3, 9, 8, dtype=dtype).to(memory_format=memory_format).requires_grad_()
    maps = network[1](network[0](leaf))
    outputs = [maps, network[2](maps), maps.sum()]
    signals = [torch.randn_like(output) for output in outputs]
    (wanted,) = torch.autograd.grad(outputs, leaf, signals, retain_graph=True)
    with torch.no_grad():  # which a caller may have switched on since
        given = way_back(outputs, leaf, signals)
    assert given is not None
    assert torch.equal(given, wanted)
    assert given.stride() == wanted.stride()


def test_a_leaf_that_nothing_depends_on_gets_none() -> None:
    leaf, other = torch.ones(3, requires_grad=True), torch.ones(3, requires_grad=True)
    assert way_back([other * 2], leaf, [torch.ones(3)]) is None
