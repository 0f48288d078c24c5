"""Rules that say what a rectifier does to the gradient, as named values."""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor

from methods.network.rectifiers.kinds import Form

Rule = Callable[[Tensor, Form, Tensor], Tensor]
"""From the gradient behind a rectifier, the rectifier, and what it keeps (its output or its input, which lie on the
same side of zero) to the gradient before it: a new tensor, for others may hold the one behind."""


def ordinary(gradient: Tensor, form: Form, kept: Tensor) -> Tensor:
    """The derivative: what passed forward passes back."""
    return form.derivative(gradient, kept)


def deconvolution(gradient: Tensor, form: Form, kept: Tensor) -> Tensor:  # noqa: ARG001 (a rule's signature)
    """The rectifier itself, applied to the signal on its way back (Zeiler and Fergus 2014, section 2.1)."""
    return form.signal(gradient)


def guided(gradient: Tensor, form: Form, kept: Tensor) -> Tensor:
    """Both: what passed forward, and is above zero on its way back (Springenberg et al. 2015, section 3.4)."""
    return form.both(gradient, kept)
