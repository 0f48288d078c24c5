"""One run of a network, with samples of what all its modules gave, and how two runs are compared."""

from __future__ import annotations

import math
from collections import Counter, deque
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from visualize.methods.network.run.chance import seeded
from visualize.methods.network.run.first_tensor import first_tensor
from visualize.methods.network.run.hooks import Stop, follow
from visualize.methods.network.run.run_names import WHOLE, run_names
from visualize.methods.network.tensor_version import tensor_version
from visualize.methods.phrases import counted

if TYPE_CHECKING:
    from collections.abc import Iterator

_SAMPLED, _SHORT = 4096, 4  # values of a picture that are compared, at most; an axis that is kept as it is
_HELD = 32  # of the last outputs, among which the network's own is looked for
_ROUNDING = {torch.float16: 3e-2, torch.bfloat16: 1e-1}
_BITS = 1e-7  # between two runs of the same pictures on a CPU
_BESIDE = 1e-2  # of that, between two batches of one length of which single rows are compared
_FEW = 0.02  # of values, near 0, that rounding may change by more than their own
_FINE, _COARSE = 1e-3, 1e-2  # of the largest value: on a CPU, and where products are rounded to fewer bits (TF32)


@dataclass(frozen=True)
class Sample:
    """Some values of what one run of a module gave.

    Args:
        module: the module's name; "" for the network itself.
        shape: of the whole output.
        values: with the axes of the output, long ones thinned out.
        precision: how far two results may differ by rounding alone, relatively.
    """

    module: str
    shape: tuple[int, ...]
    values: Tensor
    precision: float

    @property
    def rows(self) -> int:
        """How long the first axis is."""
        return self.shape[0] if self.shape else 0


@dataclass(frozen=True)
class Pass:
    """One run of a network.

    Args:
        samples: of every run of every module, in the order in which they ended, the network itself last.
        output: the tensor that stands for what it gave; None where there is none.
        given: what it gave.
        runs: names of module runs that gave this very tensor, the last first.
        stop: where and why it ended early; None where it did not.
        wrote: it wrote into its input.
        drew: it drew random numbers.
    """

    samples: tuple[Sample, ...]
    output: Tensor | None
    given: object
    runs: tuple[str, ...]
    stop: Stop | None
    wrote: bool
    drew: bool = False


def one_pass(network: nn.Module, pictures: Tensor, seed: int = 0) -> Pass:
    """Run a network on a copy of some pictures, everything random from one seed.

    Args:
        network: a twin that may be changed.
        pictures: N x C x H x W, prepared.
        seed: of what is random.
    """
    names: list[str] = []
    samples: list[Sample] = []
    last: deque[tuple[int, Tensor, int]] = deque(maxlen=_HELD)

    def see(name: str, _: nn.Module, output: object) -> None:
        tensor = first_tensor(output)
        if tensor is not None:
            names.append(name)
            samples.append(sample(name, tensor))
            last.append((len(names) - 1, tensor, tensor_version(tensor)))

    inputs = pictures.clone()
    before = tensor_version(inputs)
    with seeded(seed, pictures.device) as drawn, untouched_modes(network):
        given, stop = follow(network, inputs, see)
        drew = drawn()
    output = first_tensor(given)
    wrote = tensor_version(inputs) != before or not torch.equal(inputs, pictures)
    if output is not None:
        samples.append(sample(WHOLE, output))
    full = run_names(names)
    same = [(full[place], tensor) for place, tensor, version in reversed(last) if _same(tensor, output, version)]
    same.sort(key=lambda item: output is None or item[1].data_ptr() != output.data_ptr())  # by memory before by values
    runs = tuple(name for name, _ in same)
    return Pass(tuple(samples), output, given, runs, stop, wrote, drew)


@contextmanager
def untouched_modes(network: nn.Module) -> Iterator[None]:
    """Leave torch's own switches as they were, whatever the network does to them."""
    enabled, kind = torch.is_grad_enabled(), torch.get_default_dtype()
    try:
        yield
    finally:
        torch.set_grad_enabled(enabled)
        torch.set_default_dtype(kind)
        network.eval()


def sample(module: str, tensor: Tensor) -> Sample:
    """Some values of an output, evenly spread over each of its axes."""
    shape = tuple(tensor.shape)
    long = sum(length > _SHORT for length in shape)
    most = max(_SHORT, int(_SAMPLED ** (1 / max(1, long))))
    values = tensor.detach()
    if values.is_quantized:
        values = values.dequantize()
    for axis, length in enumerate(shape):
        if length > most:
            values = values[(slice(None),) * axis + (slice(None, None, math.ceil(length / most)),)]
    if values.is_complex():
        values = torch.view_as_real(values.resolve_conj())
    precision = _ROUNDING.get(tensor.dtype, _FINE if tensor.device.type == "cpu" else _COARSE)
    return Sample(module, shape, values.double().clone(), precision)


def difference(first: Pass, second: Pass) -> str | None:
    """The first module that gave something else in another run of the same pictures; None where none did."""
    for one, other in zip(first.samples, second.samples, strict=False):
        if one.module != other.module or one.shape != other.shape:
            return other.module
        if not _close(one.values, other.values, _BITS if one.values.device.type == "cpu" else one.precision):
            return other.module
    if len(first.samples) != len(second.samples):
        return WHOLE
    return None


def batch_axis(alone: Sample, together: Sample, count: int) -> int | None:
    """The axis of a module's output that counts pictures: 1 long for one, and as long as there are pictures for more.

    Args:
        alone: of one picture.
        together: of several.
        count: how many these are.
    """
    if len(alone.shape) != len(together.shape):
        return None
    grown = [axis for axis, length in enumerate(alone.shape) if together.shape[axis] != length]
    if len(grown) != 1 or (alone.shape[grown[0]], together.shape[grown[0]]) != (1, count):
        return None
    return grown[0]


def against_alone(alone: list[Pass], together: Pass, count: int) -> str | None:
    """The first module that gave a picture something else in a batch than when it ran alone; None where none did.

    Outputs that have not one row for each picture are passed over.

    Args:
        alone: runs of the first pictures of the batch, one picture each.
        together: a run of the batch.
        count: how many pictures the batch has.
    """
    lists = [_by_run(part) for part in alone]
    for key, batch in _by_run(together).items():
        scale = float(batch.values.nan_to_num(0, 0, 0).abs().amax()) if batch.values.numel() else 0.0
        for row, part in enumerate(part.get(key) for part in lists):
            axis = None if part is None else batch_axis(part, batch, count)
            if part is None or axis is None:
                continue
            if not _close(part.values.select(axis, 0), batch.values.select(axis, row), batch.precision, scale):
                return batch.module
    return None


def between_others(alone: Pass, together: Pass, others: Pass, count: int) -> str | None:
    """The first module that gave the second picture of a batch something else beside other ones; None where none did.

    Batches are of one length, and the picture has the same place, so that next to nothing is rounded otherwise: this
    finds what :func:`against_alone` takes for rounding.

    Args:
        alone: a run of that picture.
        together: a run of a batch.
        others: a run of a batch that has that picture in common, at the second place.
        count: how many pictures these have.
    """
    single, beside = _by_run(alone), _by_run(others)
    for key, batch in _by_run(together).items():
        part, other = single.get(key), beside.get(key)
        axis = None if part is None else batch_axis(part, batch, count)
        if axis is None or other is None or other.shape != batch.shape:
            continue
        if not _alike(batch.values.select(axis, 1), other.values.select(axis, 1), batch.precision):
            return batch.module
    return None


def _alike(one: Tensor, other: Tensor, precision: float) -> bool:
    """Whether two samples differ by no more than sums of other lengths would, the largest values and most others."""
    if torch.equal(one, other):  # in one look, as most samples are
        return True
    if not _close(one, other, _BESIDE * precision):
        return False
    finite = one.isfinite()
    one, other = one[finite], other[finite]
    if not one.numel():
        return True
    apart = (one - other).abs() > precision * torch.maximum(one.abs(), other.abs())
    return float(apart.double().mean()) <= _FEW


def uneven(alone: Pass, together: Pass, count: int) -> dict[str, str]:
    """Modules that do not give one row for each picture, and what they give.

    Args:
        alone: a run of one picture.
        together: a run of several.
        count: how many these are.
    """
    calls, calls_together = (Counter(item.module for item in part.samples) for part in (alone, together))
    single, batch = _by_run(alone), _by_run(together)
    found: dict[str, str] = {}
    for (module, number), item in single.items():
        other = batch.get((module, number))
        if other is None or not module or module in found or batch_axis(item, other, count) is not None:
            continue
        if calls_together[module] > calls[module]:
            found[module] = "called several times for a batch"
        elif item.rows == other.rows:
            found[module] = f"{counted(item.rows, 'row')} for any number of pictures"
        else:
            found[module] = f"{item.rows} rows for one picture, {other.rows} for {count}"
    return found


def _by_run(part: Pass) -> dict[tuple[str, int], Sample]:
    """Samples by module and number of its run."""
    numbers: Counter[str] = Counter()
    runs = {}
    for item in part.samples:
        runs[item.module, numbers[item.module]] = item
        numbers[item.module] += 1
    return runs


def _close(one: Tensor, other: Tensor, precision: float, scale: float = 0.0) -> bool:
    """Whether two samples are the same up to rounding, and not finite at the same places."""
    if torch.equal(one, other):
        return True
    finite = one.isfinite()
    if one.shape != other.shape or not torch.equal(finite, other.isfinite()):
        return False
    one, other = one[finite], other[finite]
    if not one.numel():
        return True
    scale = max(scale, float(one.abs().amax()), float(other.abs().amax()))
    return float((one - other).abs().amax()) <= precision * scale


def _same(tensor: Tensor, output: Tensor | None, version: int) -> bool:
    """Whether a module's output is the network's, perhaps in another shape, and was not written into since."""
    if output is None or tensor.numel() != output.numel() or tensor_version(tensor) != version:
        return False
    if tensor.shape[:1] != output.shape[:1] or tensor.dtype != output.dtype:
        return False
    return bool(torch.equal(tensor.flatten(), output.flatten()))
