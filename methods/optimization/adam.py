"""Adam on one tensor, by torch's own arithmetic, without what its class loads for compilers."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.optim.adam import adam

_EPS = 1e-8


class Adam:
    """Adam (Kingma and Ba 2015, algorithm 1) on one tensor, which every step changes in place.

    With m <- b1 m + (1 - b1) g and v <- b2 v + (1 - b2) g^2, a step takes rate m' / (sqrt(v') + 1e-8) off the numbers;
    m' and v' are m and v over 1 - b^t. The numbers equal those of ``torch.optim.Adam``, whose arithmetic it is, to the
    last bit. Making one of that class loads torch's compiler, which takes over a second of every process.

    Args:
        numbers: the tensor to change, real, of any shape.
        betas: b1 and b2.

    Example:
        >>> import torch
        >>> numbers = torch.tensor([3.0, -2.0])
        >>> Adam(numbers).step(torch.tensor([5.0, -0.1]), rate=0.5)
        >>> numbers  # the first step is as long as the rate, whatever the gradient is
        tensor([ 2.5000, -1.5000])
    """

    def __init__(self, numbers: Tensor, betas: tuple[float, float] = (0.9, 0.999)) -> None:
        self._numbers, self._betas = numbers, betas
        self._mean = torch.zeros_like(numbers, memory_format=torch.preserve_format, requires_grad=False)
        self._square = torch.zeros_like(numbers, memory_format=torch.preserve_format, requires_grad=False)
        self._fused = numbers.device.type in {"cpu", "cuda"}
        where = numbers.device if self._fused else torch.device("cpu")
        self._steps = torch.zeros((), dtype=torch.float32, device=where)

    @torch.no_grad()
    def step(self, gradient: Tensor, rate: float) -> None:
        """Change the numbers by one step.

        Args:
            gradient: of what is to fall, shaped as the numbers.
            rate: the step size.
        """
        adam(
            [self._numbers],
            [gradient.contiguous()],  # the fused step takes both for equally laid out
            [self._mean],
            [self._square],
            [],
            [self._steps],
            foreach=False,
            fused=self._fused,
            amsgrad=False,
            beta1=self._betas[0],
            beta2=self._betas[1],
            lr=rate,
            weight_decay=0,
            eps=_EPS,
            maximize=False,
        )
