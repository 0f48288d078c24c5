"""The network's part of a step of ascent, forward and back, which a GPU can be given in one go.

The idea: a step launches hundreds of small operations one after another, and with few pictures the processor is slower
at launching them than the GPU at doing them. They are the same in every step, so the GPU is shown them once (a CUDA
graph; Ng et al. 2021, "Accelerating PyTorch with CUDA Graphs") and told to do all of them again in each.

What it cannot do: anything that changes from step to step. The random view, the picture's numbers and the costs of the
picture itself stay outside; costs that are read from maps, and units that are off at the start, do without.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch

from visualize.methods.errors import one_line
from visualize.methods.network import accelerator

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor

    from visualize.methods.ascent.objective import Objective
    from visualize.methods.network.precision import Arithmetic

    Pass = Callable[[Tensor], tuple[Tensor, Tensor]]
    """From views of pictures to the gradient of what falls as they get better, and the pictures' peaks."""


@dataclass(frozen=True)
class NetworkPass:
    """Looks at views of pictures, and says how they get better.

    Args:
        arithmetic: of the network.
        objective: of the pictures.
    """

    arithmetic: Arithmetic
    objective: Objective

    def __call__(self, seen: Tensor) -> tuple[Tensor, Tensor]:
        """Gradient of the negative objective with respect to the views, rows x 3 x H x W, and the pictures' peaks.

        Raises:
            RuntimeError: no gradient reaches the views.
        """
        with torch.enable_grad():
            leaf = seen.detach().requires_grad_()
            maps = self.arithmetic.activations(leaf, self.objective.layers)
            pulls, peaks = self.objective.pull(maps)
            ends = [(maps[layer], -pull) for layer, pull in pulls.items() if maps[layer].requires_grad]
            if not ends:
                raise RuntimeError("no gradient reaches the pictures")
            outputs, pulled = zip(*ends, strict=True)
            (gradient,) = torch.autograd.grad(outputs, leaf, pulled)
        return gradient, peaks


def in_one_go(network_pass: NetworkPass, seen: Tensor) -> tuple[Pass | None, str | None]:
    """A pass that a GPU does in one go, or None and why there is none.

    Args:
        network_pass: looks at views.
        seen: views of the size that it will be given.
    """
    if not accelerator.is_gpu(seen.device):
        return None, f"{seen.device} is no GPU"
    examination = network_pass.arithmetic.probe.examination
    if examination.seeded or examination.fresh:
        return None, "the network is no pure function of its input"
    try:
        run = accelerator.captured(network_pass, seen)
    except Exception as fault:  # noqa: BLE001 (what cannot be captured is run operation by operation)
        return None, one_line(fault)[:200]

    def at_once(given: Tensor) -> tuple[Tensor, Tensor]:
        gradient, peaks = run(given)
        return gradient, peaks

    return at_once, None
