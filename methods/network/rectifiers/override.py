"""Another gradient for every rectifier that a network runs, however it is written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import torch.nn.functional as F  # noqa: N812 (torch's own convention)

from visualize.methods.network.rectifiers.composed import Tape
from visualize.methods.network.rectifiers.forms import Hard
from visualize.methods.network.rectifiers.kinds import recognised
from visualize.methods.network.rectifiers.operations import UNNUMBERED, Rectified, Straight
from visualize.methods.network.run.function_mode import FunctionMode

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from torch import Tensor

    from visualize.methods.network.rectifiers.forms import Form
    from visualize.methods.network.rectifiers.rules import Rule


class rectified(FunctionMode):  # noqa: N801 (it reads as a statement: `with rectified(rule):`)
    """Within it, every rectifier follows a rule: as module, in place, as function, as method of a tensor.

    Which there are says :data:`~visualize.methods.network.rectifiers.kinds.KINDS`: hard ones (ReLU, ``clamp`` from 0),
    of which a largest value keeps its own derivative (0), leaky and smooth ones. One that is put together from other
    operations (``x * x.sigmoid()``, ``torch.where(x > 0, x, 0)``) is known by what it does to values far from zero.
    What torch runs out of sight, in TorchScript or in an operation with a gradient of its own, keeps that gradient: see
    :func:`~visualize.methods.network.rectifiers.reach.out_of_reach`.

    The rule is for gradients that are asked for after the block.

    Args:
        rule: the gradient's way back through a rectifier; None leaves it as it is.
        left_out: numbers of hard rectifiers that let everything pass, forward too; they are numbered from 0 as they
            run.
    """

    in_plain_state: ClassVar[bool] = True  # of the modes that are in force, one of ours stays

    def __init__(self, rule: Rule | None, *, left_out: Collection[int] = ()) -> None:
        super().__init__()
        self._rule = rule
        self._left_out = left_out
        self._runs = 0
        self._native = rule is None or rule.native
        self._straight = rule is not None and rule.skips_normalisation
        self._tape = None if self._native else Tape()

    def run(self, func: Any, args: tuple[Any, ...], given: dict[str, Any]) -> Any:  # noqa: ANN401 (torch's)
        """Run a function; a rectifier by its rule."""
        if self._straight and func is F.local_response_norm:
            return _straight(func, args, given)
        call = None if self._tape is None else self._tape.read(func, args, given)
        rectifier = recognised(func, args, given) or (None if call is None else call.rectifier())
        output = func(*args, **given) if rectifier is None else self._rectify(func, args, given, rectifier)
        if self._tape is not None and not (rectifier and rectifier[1].ends):
            self._tape.note(call, output, rectifies=rectifier is not None)
        return output

    def _rectify(
        self,
        func: Any,  # noqa: ANN401 (torch's)
        args: tuple[Any, ...],
        given: dict[str, Any],
        rectifier: tuple[Tensor, Form],
    ) -> Any:  # noqa: ANN401 (torch's)
        value, form = rectifier
        if not isinstance(form, Hard):
            return func(*args, **given) if self._native else Rectified.apply(value, form, self._rule, UNNUMBERED)
        number = self._runs
        self._runs += 1
        if number in self._left_out:
            return value
        return func(*args, **given) if self._rule is None else Rectified.apply(value, form, self._rule, number)


def _straight(func: Callable[..., Tensor], args: tuple[Any, ...], given: dict[str, Any]) -> Tensor:
    rest = {name: value for name, value in given.items() if name != "input"}
    value = args[0] if args else given["input"]
    output: Tensor = Straight.apply(value, lambda value: func(value, *args[1:], **rest))
    return output
