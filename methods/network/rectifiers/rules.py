"""Rules of what a rectifier does to the gradient on its way back, as values that can be named, compared and written."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import torch

from visualize.methods.network.rectifiers.forms import Hard

if TYPE_CHECKING:
    from torch import Tensor

    from visualize.methods.network.rectifiers.forms import Form


@dataclass(frozen=True)
class Rule(ABC):
    """A rule of what every rectifier of a network does to the gradient on its way back.

    A rule is a frozen dataclass that is called; its fields are its settings, so that rules with the same settings are
    equal. :class:`~visualize.methods.network.rectifiers.override.rectified` puts it in force. One's own is a subclass:

    Example:
        RectGrad (Kim et al. 2019, "Why are saliency maps noisy?"): a gradient g passes a ReLU where it is larger than a
        threshold when multiplied by the activation a: ``g if a * g > threshold else 0``.

        >>> from dataclasses import dataclass
        >>> import torch
        >>> from visualize.methods.network.rectifiers.override import rectified
        >>> from visualize.methods.network.rectifiers.rules import Rule
        >>> @dataclass(frozen=True)
        ... class RectGrad(Rule):
        ...     threshold: float = 0.0
        ...     name = "rectgrad"
        ...     paper = "Kim et al. 2019"
        ...
        ...     def __call__(self, gradient, form, kept):
        ...         return gradient * (kept.clamp(min=0) * gradient > self.threshold)
        >>> x = torch.tensor([-1.0, 1.0, 2.0, 3.0], requires_grad=True)
        >>> with rectified(RectGrad(threshold=1.5)):
        ...     y = torch.relu(x)
        >>> torch.autograd.grad(y, x, torch.tensor([5.0, 1.0, 1.0, -1.0]))
        (tensor([0., 0., 1., -0.]),)

    Class variables:
        name: in a word.
        paper: where it is from: authors, year, section or equation.
        native: whether the rule is torch's own derivative, so that whatever is no hard rectifier is left to torch.
        skips_normalisation: whether local response normalisation is passed as if it were not there.
    """

    name: ClassVar[str]
    paper: ClassVar[str]
    native: ClassVar[bool] = False
    skips_normalisation: ClassVar[bool] = False

    @abstractmethod
    def __call__(self, gradient: Tensor, form: Form, kept: Tensor) -> Tensor:
        """From the gradient behind a rectifier to the one before it.

        Args:
            gradient: the gradient behind the rectifier, of any shape. Others may hold it: it is not to be written into.
            form: the form of the rectifier.
            kept: the output or the input of the rectifier, of the same shape; both lie on the same side of zero.

        Returns:
            A tensor of its own. Above a largest value (ReLU6) it is set to zero afterwards, whatever the rule.
        """


@dataclass(frozen=True)
class _Ordinary(Rule):
    name = "ordinary"
    paper = "Simonyan et al. 2014, section 3"
    native = True

    def __call__(self, gradient: Tensor, form: Form, kept: Tensor) -> Tensor:
        return form.derivative(gradient, kept)


@dataclass(frozen=True)
class _Deconvolution(Rule):
    name = "deconvolution"
    paper = "Zeiler and Fergus 2014, section 2.1"
    skips_normalisation = True

    def __call__(self, gradient: Tensor, form: Form, kept: Tensor) -> Tensor:  # noqa: ARG002 (a rule's signature)
        return form.signal(gradient)


@dataclass(frozen=True)
class _Guided(Rule):
    name = "guided"
    paper = "Springenberg et al. 2015, section 3.4"

    def __call__(self, gradient: Tensor, form: Form, kept: Tensor) -> Tensor:
        return form.both(gradient, kept)


ORDINARY: Rule = _Ordinary()
"""The derivative: what passed forward passes back."""
DECONVOLUTION: Rule = _Deconvolution()
"""The rectifier itself, applied to the signal on its way back."""
GUIDED: Rule = _Guided()
"""Both: what passed forward, and is above zero on its way back."""


@dataclass(frozen=True)
class Leak(Rule):
    """The derivative, but where a hard rectifier is off a part of the gradient passes all the same.

    So a unit that is off can be woken. Rectifiers that are soft or leaky by themselves hold nothing back and keep their
    derivative. Forward nothing changes, other than in a network of leaky rectifiers (Maas et al. 2013).

    Args:
        slope: the part of the signal that leaks through, 0 to 1.
    """

    slope: float
    name = "leak"
    paper = "the leak is that of Maas et al. 2013, on the way back alone"

    def __call__(self, gradient: Tensor, form: Form, kept: Tensor) -> Tensor:
        """From the gradient behind a rectifier to the one before it."""
        if not isinstance(form, Hard):
            return form.derivative(gradient, kept)
        backward: Any = torch.ops.aten.leaky_relu_backward
        result: Tensor = backward(gradient, kept, self.slope, False)
        return result
