"""Answer of a network: which tensor it is, and whether it holds logits or probabilities."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import torch

from visualize.methods.network.examination.examination import Output, Scale

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor

    from visualize.methods.network.examination.passes import Pass

_SUM = 1e-3  # by which probabilities may miss 1
_SUM_OF_HALVES = 2e-2  # in half precision
_DECIDED = 1e-2  # by which a probability may miss 0 or 1 on a picture that is far too strong
_LOUD = (30.0, -1000.0)  # by which pictures are multiplied where the numbers could be logits by chance


def scale_of(rows: Tensor, louder: Callable[[float], tuple[Tensor | None, bool]]) -> Scale:
    """Scale of a network's outputs, told by their values.

    Probabilities of classes sum to 1 on every picture, which logits do not. Where all numbers lie in 0..1 but do not
    sum to 1, far stronger pictures tell: logits would leave that range, and so they do not where a sigmoid made the
    numbers, or where these all go to 0 or 1. Cosines do neither.

    Args:
        rows: N x C x ... or N x ... x C: outputs for N pictures.
        louder: the outputs for the same pictures times a number, None where there are none, and whether the last thing
            that was done to them was a sigmoid.
    """
    if rows.dim() < 2 or not rows.is_floating_point() or not rows.numel():
        return "logits"
    slack = _SUM_OF_HALVES if rows.dtype in {torch.float16, torch.bfloat16} else _SUM
    values = rows.detach().double()
    if not bool(values.isfinite().any()):
        return "logits"
    for axis in dict.fromkeys((1, values.dim() - 1)):  # classes may come last
        if rows.shape[axis] > 1:
            if bool((values >= -_SUM).all()) and bool(((values.sum(axis) - 1).abs() <= slack).all()):
                return "probabilities"
            if bool((values <= slack).all()) and bool((values.logsumexp(axis).abs() <= slack).all()):
                return "log-probabilities"
    first = values.flatten()[0]
    if not _within(values) or not bool(values.any()) or (values.numel() > 1 and bool((values == first).all())):
        return "logits"
    given = [louder(factor) for factor in _LOUD]
    others = [None if other is None else other.detach().double() for other, _ in given]
    steady = all(other is not None and _within(other) for other in others)
    last = others[-1]
    steady = steady and (all(made for _, made in given) or (last is not None and _decided(last)))
    if values.numel() == 1:  # a single number tells nothing of its own if no picture moves it
        steady = steady and any(other is not None and bool((other != first).any()) for other in others)
    return "separate probabilities" if steady else "logits"


def _within(values: Tensor) -> bool:
    return bool(((values >= 0) & (values <= 1)).all())


def _decided(values: Tensor) -> bool:
    """Whether all values are as good as 0 or 1."""
    return bool((torch.minimum(values, 1 - values) <= _DECIDED).all())


def output_of(alone: Pass, together: Pass | None, count: int, network: str) -> tuple[tuple[str, ...], str]:
    """Module runs that give a network's output, and why there is no output: "" where there is one.

    Args:
        alone: a run of one picture.
        together: a run of several, if there was one.
        count: how many pictures these are.
        network: the class of the network.
    """
    tensor = alone.output
    if alone.stop is not None:
        return (), f"it stops {alone.stop}"
    given = described(alone.given)
    if tensor is None or tensor.dim() == 0:
        return (), f"{network} gives {given}, which holds no tensor of one row for each picture"
    rows = tensor.shape[0]
    batch = None if together is None or together.output is None else together.output.shape[0]
    lists = isinstance(alone.given, list | tuple) and together is not None and _length(together.given) == count
    detections = isinstance(alone.given, list) and bool(alone.given) and isinstance(alone.given[0], Mapping)
    if detections or rows != 1 or (batch not in {None, count} and not lists):
        return (), f"{network} gives {given}, whose first tensor has not one row for each picture"
    return alone.runs, ""


def made(alone: Pass, runs: tuple[str, ...], network: str, scale: Scale) -> Output | None:
    """The record of an output."""
    return None if alone.output is None else Output(runs, tuple(alone.output.shape), network, scale)


def _length(given: object) -> int:
    return len(given) if isinstance(given, Sequence) else -1


def described(given: object, depth: int = 0) -> str:
    """Words for what a network gave: ``"a list of a dict (boxes, labels)"``."""
    if isinstance(given, torch.Tensor):
        return f"a tensor of {' x '.join(map(str, given.shape)) or 'no axes'}"
    if isinstance(given, Mapping):
        return f"a dict ({', '.join(map(str, list(given)[:5]))})"
    if isinstance(given, list | tuple):
        inner = f" of {described(given[0], depth + 1)}" if given and depth < 2 else ""
        return f"a {type(given).__name__}{inner}" if given else f"an empty {type(given).__name__}"
    return "nothing" if given is None else f"a {type(given).__name__}"
