"""Adam against torch's own class, and what it leaves unloaded."""

from __future__ import annotations

import subprocess
import sys

import pytest
import torch

from visualize.methods.optimization.adam import Adam


@pytest.mark.parametrize("betas", [(0.9, 0.999), (0.9, 0.95)])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_steps_equal_those_of_torch_to_the_last_bit(betas: tuple[float, float], dtype: torch.dtype) -> None:
    noise = torch.Generator().manual_seed(3)
    ours = torch.randn(2, 3, 16, 9, 2, generator=noise, dtype=dtype)
    theirs = ours.clone().requires_grad_()
    optimiser = torch.optim.Adam([theirs], betas=betas, fused=True)
    adam = Adam(ours, betas)
    for step in range(12):
        gradient = torch.randn(ours.shape, generator=noise, dtype=dtype) * 10.0 ** (step % 5 - 3)
        optimiser.param_groups[0]["lr"] = rate = 0.3 / (1 + step)
        theirs.grad = gradient.clone()
        optimiser.step()
        adam.step(gradient, rate)
    assert torch.equal(ours, theirs)


_ASCENT = """
import sys
import kornia.losses
from torch import nn
by_others = set(sys.modules)  # kornia 0.8 loads sympy beside torch 2.6
from visualize.methods import GradientAscent, Preparation, Probe
probe = Probe(nn.Sequential(nn.Conv2d(3, 2, 3), nn.ReLU()), prepare=Preparation((16, 16)))
GradientAscent(steps=2)(probe, probe.unit("0:0"))
print(*({"torch._dynamo", "sympy"} & set(sys.modules) - by_others))
"""


def test_ascent_loads_neither_the_compiler_nor_a_library_of_algebra() -> None:
    done = subprocess.run([sys.executable, "-c", _ASCENT], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
