"""The forms of rectifiers, hard, leaky, smooth and put together: what one call does to a signal on its way back."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass

import torch
import torch.nn.functional as F  # noqa: N812 (torch's own convention)
from torch import Tensor

Run = Callable[[Tensor], Tensor]


@dataclass(frozen=True)
class Form(ABC):
    """One call of a rectifier f, without the tensor that it rectifies.

    Args:
        run: the call itself, as a function of the tensor that it rectifies.
        in_place: whether the call overwrites that tensor.
    """

    run: Run
    in_place: bool

    @property
    def keeps_output(self) -> bool:
        """Whether the output tells all that the way back needs; else the input is kept."""
        return False

    @property
    def ends(self) -> bool:
        """Whether nothing made of the output may be part of another rectifier, such as a gate."""
        return False

    @abstractmethod
    def derivative(self, gradient: Tensor, kept: Tensor) -> Tensor:
        """The gradient times the derivative f'(x), as a new tensor."""

    @abstractmethod
    def signal(self, gradient: Tensor) -> Tensor:
        """The gradient rectified as f rectifies large signals: lim f(tg) / t for large t, g itself above zero."""

    @abstractmethod
    def both(self, gradient: Tensor, kept: Tensor) -> Tensor:
        """The derivative, where it is above zero, times the rectified gradient."""


@dataclass(frozen=True)
class Hard(Form):
    """Hard rectifier: max(x, 0), or min(max(x, 0), ceiling).

    Args:
        ceiling: the rectifier's largest value; infinity for most.
        clamps: whether it is no ReLU by name, so that torch lets what follows overwrite its output.
    """

    ceiling: float = math.inf
    clamps: bool = False

    @property
    def keeps_output(self) -> bool:
        """True for a ReLU; what follows a clamp may overwrite the clamp's output."""
        return not self.clamps

    @property
    def ends(self) -> bool:
        """True without a ceiling; a rectifier with one may be part of a gate: ``x * relu6(x + 3) / 6``."""
        return self.ceiling == math.inf

    def derivative(self, gradient: Tensor, kept: Tensor) -> Tensor:
        """The gradient where the rectifier was on, and zero where it was off."""
        result: Tensor = torch.ops.aten.threshold_backward(gradient, kept, 0)
        return result

    def signal(self, gradient: Tensor) -> Tensor:
        """The part of the gradient that is above zero."""
        return gradient.clamp(min=0)

    def both(self, gradient: Tensor, kept: Tensor) -> Tensor:
        """The gradient where it is above zero and the rectifier was on; zero elsewhere."""
        return self.derivative(gradient, kept).clamp_(min=0)


@dataclass(frozen=True)
class Leaky(Form):
    """Leaky rectifier: x above zero and slope * x below.

    Args:
        slope: one number, or one for each channel as a tensor that fits the input's shape.
    """

    slope: float | Tensor

    @property
    def keeps_output(self) -> bool:
        """True in place, where the output tells the input's sign; else what follows may overwrite the output."""
        return self.in_place and isinstance(self.slope, float) and self.slope > 0

    @property
    def ends(self) -> bool:
        """True, whatever the slope."""
        return True

    def derivative(self, gradient: Tensor, kept: Tensor) -> Tensor:
        """The gradient, times the slope where the input was not above zero."""
        return self._leaked(gradient, kept, self.slope)

    def signal(self, gradient: Tensor) -> Tensor:
        """The gradient, times the slope where the gradient is below zero."""
        if isinstance(self.slope, float):
            return F.leaky_relu(gradient, max(self.slope, 0.0))
        return torch.where(gradient > 0, gradient, self.slope.clamp(min=0) * gradient)

    def both(self, gradient: Tensor, kept: Tensor) -> Tensor:
        """The gradient, times the slope for an input below zero and once more for a gradient below zero."""
        if isinstance(self.slope, float):
            slope = max(self.slope, 0.0)
            return F.leaky_relu_(self._leaked(gradient, kept, slope), slope)
        return self._leaked(self.signal(gradient), kept, self.slope.clamp(min=0))

    def _leaked(self, gradient: Tensor, kept: Tensor, slope: float | Tensor) -> Tensor:
        if isinstance(slope, float):
            result: Tensor = torch.ops.aten.leaky_relu_backward(gradient, kept, slope, False)
            return result
        return torch.where(kept > 0, gradient, slope * gradient)


@dataclass(frozen=True)
class Smooth(Form):
    """Rectifier that bends from a level to a slope of one: ELU, SELU, CELU, GELU, SiLU, Mish, hardswish, softplus."""

    def derivative(self, gradient: Tensor, kept: Tensor) -> Tensor:
        """The gradient by torch's own differentiation at the input."""
        with torch.enable_grad():
            leaf = kept.detach().requires_grad_()
            output = self.run(leaf.clone() if self.in_place else leaf)
            (result,) = torch.autograd.grad(output, leaf, gradient)
        return result

    def signal(self, gradient: Tensor) -> Tensor:
        """The part of the gradient that is above zero."""
        return gradient.clamp(min=0)

    def both(self, gradient: Tensor, kept: Tensor) -> Tensor:
        """The derivative times the gradient's part above zero; nothing where the rectifier falls."""
        return self.derivative(gradient.clamp(min=0), kept).clamp_(min=0)


@dataclass(frozen=True)
class Composed(Smooth):
    """Rectifier that is put together from other operations, and is known by its values far from zero.

    Args:
        gain: the slope of the rectifier far above zero.
        slope: the slope of the rectifier far below zero, which is smaller.
    """

    gain: float = 1.0
    slope: float = 0.0

    @property
    def ends(self) -> bool:
        """True, whatever the slope."""
        return True

    def signal(self, gradient: Tensor) -> Tensor:
        """The gradient as the rectifier treats large signals."""
        return self.gain * F.leaky_relu(gradient, max(self.slope, 0.0) / self.gain)

    def both(self, gradient: Tensor, kept: Tensor) -> Tensor:
        """The derivative where it is above zero, of the rectified gradient."""
        slope = max(self.slope, 0.0) / self.gain
        return self.derivative(torch.ones_like(gradient), kept).clamp_(min=0) * F.leaky_relu(gradient, slope)
