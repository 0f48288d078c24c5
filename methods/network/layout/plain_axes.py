"""Axes that follow from a network's operations: which axis of a tensor holds a picture's rows, which its columns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.weak import WeakTensorKeyDictionary

from visualize.methods.network.axes import Axes
from visualize.methods.network.layout.arrangement import arrangement
from visualize.methods.network.layout.labels import labelled, pure
from visualize.methods.network.layout.operations import MADE, Step, after, crops, is_margin, is_pointwise, written_into

if TYPE_CHECKING:
    from collections.abc import Iterator, MutableMapping

    from visualize.methods.network.axes import Axes
    from visualize.methods.network.layout.labels import Labels


class PlainAxes(TorchDispatchMode):  # type: ignore[no-untyped-call] # torch's own class hook has no types
    """Follows a run of a network, and knows of tensors which of their axes are rows and columns of the picture.

    Convolutions, pooling, products with weights, what is computed value by value, and joining of channels leave axes
    where they are; permuting and flattening put them elsewhere. A tensor that anything else had a part in is not
    vouched for, nor is what is computed from it.

    Args:
        inputs: the input of the run, N x C x H x W.

    Example:
        >>> import torch
        >>> inputs = torch.zeros(1, 3, 8, 8)
        >>> with PlainAxes(inputs) as known:
        ...     conv = torch.nn.Conv2d(3, 4, 3)(inputs).relu()
        ...     last = conv.permute(0, 2, 3, 1)
        >>> known.vouched(conv), known.vouched(last), known.axes(last).order
        (True, False, 'NHWC')
    """

    def __init__(self, inputs: Tensor) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._size = (int(inputs.shape[2]), int(inputs.shape[3]))
        self._known: MutableMapping[Tensor, Labels | None] = WeakTensorKeyDictionary()
        self._known[inputs] = labelled("NCHW", inputs.shape)
        self._cropped: MutableMapping[Tensor, bool] = WeakTensorKeyDictionary()

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        """Whether torch shall load its compiler, for two seconds, so as to keep it away from this class."""
        return False  # nothing is compiled here

    def vouched(self, tensor: Tensor) -> bool:
        """Whether a tensor's last two axes are known to be rows and columns, the first one pictures."""
        names = [pure(label) for label in self._known.get(tensor) or ()]
        return names[:1] == ["N"] and names[-2:] == ["H", "W"]

    def cropped(self, tensor: Tensor) -> bool:
        """Whether a tensor that is not vouched for is computed from a part of a map's rows or columns."""
        return tensor in self._cropped

    def axes(self, tensor: Tensor) -> Axes | None:
        """The order of a tensor's axes, or why it has no map; None if what is known of it does not tell."""
        labels = self._known.get(tensor)
        return arrangement(labels, self._size) if labels else None

    def __torch_dispatch__(
        self,
        func: Any,  # noqa: ANN401 (an operation of torch)
        types: Any,  # noqa: ANN401 (torch's signature)
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:  # noqa: ANN401 (whatever the operation gives)
        """Run an operation, and note what is known of its results."""
        given = (args, kwargs or {})
        tensors = [tensor for tensor in _tensors(given) if tensor in self._known]
        labels = {id(tensor): self._known[tensor] for tensor in tensors}  # before the operation may write into them
        before = [(tuple(tensor.shape), labels[id(tensor)]) for tensor in tensors]
        output = func(*args, **(kwargs or {}))
        kind = func.overloadpacket.__name__
        if before and kind not in MADE:
            step = Step(kind, is_pointwise(func), *given, before, labels)
            for number, result in enumerate(_tensors(output)):
                known = after(step, tuple(result.shape), number)
                self._known[result] = known
                if known is None and (crops(step) or any(tensor in self._cropped for tensor in tensors)):
                    self._cropped[result] = True
                if kind == "copy_" and result._base is not None:  # noqa: SLF001 (written into)
                    self._write(result, known, args[1])
        return output

    def _write(self, part: Tensor, known: Labels | None, source: object) -> None:
        """Note what is known of a tensor of which a part was written."""
        whole = part._base  # noqa: SLF001 (torch's own)
        if whole is None:
            return
        own = isinstance(source, Tensor) and source._base is whole  # noqa: SLF001
        if not (own and is_margin(part.shape, self._known.get(whole), whole.shape)):
            self._known[whole] = written_into(known, whole.shape)


def _tensors(value: object) -> Iterator[Tensor]:
    if isinstance(value, Tensor):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from _tensors(item)
    elif isinstance(value, tuple | list):
        for item in value:
            yield from _tensors(item)
