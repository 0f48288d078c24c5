"""Promises of every method, as functions that raise when one is broken."""

from __future__ import annotations

import dataclasses
import functools
import io
import itertools
import json
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from visualize.methods.errors import InputError
from visualize.methods.method import Method, Needs
from visualize.methods.network.preprocessing import Preparation
from visualize.methods.network.probe import Probe
from visualize.methods.pictures.image_file import open_image
from visualize.methods.pictures.images import Stack
from visualize.methods.settings import settings
from visualize.methods.testing.subjects import IDENTITY, SIZE, UNITS, noise_for, tiny_network, tiny_probe
from visualize.methods.unit import Sum, Unit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from visualize.methods.result import Result

_QUICK = {"steps": 4, "count": 2, "cascade": 2, "levels": 4}  # lowered settings, for methods that have them


class BrokenPromiseError(AssertionError):
    """A method does not do what every method promises; the message says what."""


@dataclass(frozen=True)
class Check:
    """One promise, to be called without arguments.

    Args:
        method: whose.
        promise: a function of this module, whose docstring says what is promised.
    """

    method: type[Method]
    promise: Callable[[type[Method]], None]

    def __call__(self) -> None:
        """Check it.

        Raises:
            BrokenPromiseError: it is not kept.
        """
        self.promise(self.method)

    def __str__(self) -> str:
        return f"{self.method.name}-{self.promise.__name__}"


def checks(method: type[Method] | Method) -> Iterator[Check]:
    """Every promise of a method, one after the other.

    Args:
        method: its class, or an instance of it.

    Example:
        >>> from visualize.methods import Saliency
        >>> [str(check) for check in checks(Saliency)][:2]
        ['saliency-says_what_it_is', 'saliency-refuses_wrong_settings']
    """
    kind = method if isinstance(method, type) else type(method)
    return (Check(kind, promise) for promise in PROMISES)


def run(method: type[Method] | Method) -> int:
    """Check every promise of a method.

    Args:
        method: its class, or an instance of it.

    Returns:
        how many there are.

    Raises:
        BrokenPromiseError: the first that is not kept.
    """
    known = list(checks(method))
    for check in known:
        check()
    return len(known)


def says_what_it_is(kind: type[Method]) -> None:
    """A method has a name, a title and needs, and is a frozen dataclass."""
    _promised(bool(kind.name and kind.title), "a method has a name and a title")
    _promised(isinstance(kind.needs, Needs), "needs is one of visualize.methods.Needs")
    _promised(dataclasses.is_dataclass(kind), "a method is a dataclass: @dataclass(frozen=True, kw_only=True)")
    try:
        kind().seed = 1  # type: ignore[misc] # that it cannot is what is checked
    except dataclasses.FrozenInstanceError:
        return
    _promised(False, "a method is frozen: @dataclass(frozen=True, kw_only=True)")


def refuses_wrong_settings(kind: type[Method]) -> None:
    """A value that a setting's field rules out is an ``InputError`` that names the setting."""
    names = {item.name for item in settings(kind)}
    for item in settings(kind):
        _promised(set(item.setting.only_with) <= names, f"only_with of {item.name} names settings of the method")
        _promised(item.fault(item.value) is None, f"the default of {item.name} is one of its values")
        for wrong in item.wrong():
            try:
                _with(kind, {item.name: wrong})
            except InputError as fault:
                _promised(item.name in str(fault), f"the message about {item.name}={wrong!r} names it: {fault}")
            else:
                _promised(False, f"{item.name}={wrong!r} is refused with an InputError")


def leaves_everything_as_it_was(kind: type[Method]) -> None:
    """The network's weights, gradients, modes and hooks and the pictures are the same afterwards, come what may."""
    method, probe = _made(kind), tiny_probe()
    images = noise_for(method)
    pictures = [picture.copy() for picture in images.pictures] if isinstance(images, Stack) else []
    before = _state(probe.network)
    method(probe, UNITS, images)
    _alike(before, _state(probe.network), "the network is left as it was")
    for old, new in zip(pictures, images.pictures if isinstance(images, Stack) else [], strict=True):
        _promised(np.array_equal(old, new), "pictures are left as they were")

    def stop(done: int, total: int) -> None:  # noqa: ARG001 (a progress that stops the work)
        raise KeyboardInterrupt

    try:
        method(probe, UNITS, images, progress=stop)
    except KeyboardInterrupt:
        _alike(before, _state(probe.network), "the network is left as it was by an exception on the way")
    else:
        _promised(False, "progress is told, and what it raises is not caught")


def answers_for_each_unit(kind: type[Method]) -> None:
    """One result comes back for each unit, in their order, under the layer's own name."""
    method = _made(kind)
    units = [*UNITS, UNITS[0]]
    results = method(tiny_probe(), units, noise_for(method))
    _promised([result.unit for result in results] == units, "one result comes back for each unit, in their order")
    _promised(method(tiny_probe(), [], noise_for(method)) == (), "no units give no results")
    probe = Probe(tiny_network(), prepare=Preparation(SIZE), aliases={"conv5": "deep"})
    (result,) = method(probe, Unit("conv5", 1), noise_for(method))
    _promised(result.unit == Unit("deep", 1), "an alias is resolved")


def repeats_itself(kind: type[Method]) -> None:
    """One seed gives one result, however often."""
    method = _made(kind, seed=3)
    runs = [method(tiny_probe(torch.float32), UNITS, noise_for(method)) for _ in range(2)]
    for result, again in zip(*runs, strict=True):
        _same(result, again, 0)


def does_not_mix_units(kind: type[Method]) -> None:
    """A unit's result is the same alone and among others, to 1e-3."""
    method, probe = _made(kind), tiny_probe()
    for unit, result in zip(UNITS, _usual(kind).results, strict=True):
        (alone,) = method(probe, unit, noise_for(method))
        _same(result, alone, 1e-3)


def gives_frozen_results_on_the_cpu(kind: type[Method]) -> None:
    """Results are frozen; their tensors lie on the CPU and need no gradient."""
    for result in _usual(kind).results:
        try:
            result.notes = ()  # type: ignore[misc] # that it cannot is what is checked
        except dataclasses.FrozenInstanceError:
            pass
        else:
            _promised(False, "a result is frozen: @dataclass(frozen=True, kw_only=True)")
        for item in dataclasses.fields(result):
            value = getattr(result, item.name)
            if isinstance(value, Tensor):
                _promised(value.device.type == "cpu" and not value.requires_grad, f"{item.name} is a plain CPU tensor")


def can_be_drawn(kind: type[Method]) -> None:
    """Panels are pictures of bytes, and a notebook's PNG of them is not blank, for any size of pictures."""
    method = _made(kind)
    for size, units in ((SIZE, UNITS), ((31, 17), UNITS[:2])):
        probe = Probe(tiny_network(), prepare=Preparation(size))
        for result in method(probe, units, noise_for(method)):
            panels = result.panels()
            _promised(bool(panels), "there is at least one panel")
            _promised(all(panel.picture.dtype == np.uint8 for panel in panels), "panels are uint8")
            with open_image(io.BytesIO(result._repr_png_())) as drawn:
                _promised(drawn.convert("L").getextrema() != (255, 255), "the picture of a result is not blank")


def gives_numbers(kind: type[Method]) -> None:
    """Facts are JSON without NaN; arrays are finite numbers, those per picture with an axis for the pictures."""
    for result in _usual(kind).results:
        _promised(bool(json.loads(json.dumps(result.facts(), allow_nan=False))), "facts are JSON, and there are some")
        _promised(result.in_lines <= set(result.facts()), "what is told in lines is among the facts")
        arrays = result.arrays()
        _promised(bool(arrays) and result.per_picture <= set(arrays), "there are arrays, those per picture among them")
        for key, values in arrays.items():
            _promised(values.dtype.kind in "fiub" and bool(np.isfinite(values).all()), f"array {key} is finite numbers")


def says_where_it_comes_from(kind: type[Method]) -> None:
    """The provenance has the method, settings, seed, network and versions: enough to make the method again."""
    method = _made(kind, seed=7)
    (result,) = method(tiny_probe(), Unit("deep", 1), noise_for(method))
    record = result.provenance
    _promised((record.method, record.seed, record.model) == (kind.name, 7, IDENTITY), "method, seed and network")
    _promised(kind(**record.settings, seed=record.seed) == method, "the settings make the method again")
    _promised("torch" in record.versions and 0 < record.seconds < math.inf, "versions and seconds are recorded")


def refuses_what_it_cannot_look_at(kind: type[Method]) -> None:
    """Units that do not exist, missing images and sums that it cannot add are an InputError."""
    method, both = _made(kind), Sum((Unit("deep", 0), Unit("deep", 1)))
    for wrong in (Unit("dep", 0), Unit("deep", 8), Unit("deep", 0, (99, 0))):
        _refused(functools.partial(method, tiny_probe(), [Unit("deep", 0), wrong], noise_for(method)), f"{wrong}")
    if method.needs is not Needs.NOTHING:
        _refused(lambda: method(tiny_probe(), Unit("deep", 0)), "no images")
    if method.adds_units:
        _promised(method(tiny_probe(), both, noise_for(method))[0].unit == both, "a sum of units is looked at")
    else:
        _refused(lambda: method(tiny_probe(), both, noise_for(method)), "a sum of units")


def tells_its_progress(kind: type[Method]) -> None:
    """Progress goes up to its total, which stays the same."""
    told = _usual(kind).told
    _promised([done for done, _ in told] == sorted(done for done, _ in told), "progress does not go back")
    _promised(bool(told) and told[-1][0] == told[-1][1] == told[0][1], "progress ends at a total that stays the same")


PROMISES: tuple[Callable[[type[Method]], None], ...] = (
    says_what_it_is, refuses_wrong_settings, leaves_everything_as_it_was, answers_for_each_unit, repeats_itself,
    does_not_mix_units, gives_frozen_results_on_the_cpu, can_be_drawn, gives_numbers, says_where_it_comes_from,
    refuses_what_it_cannot_look_at, tells_its_progress,
)  # fmt: skip
"""All promises, cheap ones first."""


class _Usual(NamedTuple):
    """A run of a method, of which several promises are."""

    results: tuple[Result, ...]
    told: list[tuple[int, int]]


@functools.lru_cache(maxsize=1)
def _usual(kind: type[Method]) -> _Usual:
    method = _made(kind)
    told: list[tuple[int, int]] = []
    results = method(tiny_probe(), UNITS, noise_for(method), progress=lambda done, total: told.append((done, total)))
    return _Usual(results, told)


def _made(kind: type[Method], **given: object) -> Method:
    own = {item.name: item for item in settings(kind)}
    usual = {name for name, item in own.items() if not item.setting.only_with} | {"seed"}
    return _with(kind, {name: value for name, value in (_QUICK | given).items() if name in usual})


def _with(kind: Callable[..., Method], given: Mapping[str, object]) -> Method:
    return kind(**given)


def _state(network: nn.Module) -> dict[str, Any]:
    """Everything of a network that looking must not change."""
    tensors = itertools.chain(network.named_parameters(), network.named_buffers())
    state: dict[str, Any] = {}
    for name, tensor in tensors:
        state[name] = tensor.detach().clone()
        state[f"{name} (requires_grad, gradient)"] = (tensor.requires_grad, tensor.grad)
    for name, module in network.named_modules():
        hooks = (len(module._forward_hooks), len(module._forward_pre_hooks), len(module._backward_hooks))  # noqa: SLF001 (torch tells them nowhere else)
        state[f"{name} (mode, hooks)"] = (module.training, hooks)
    return state


def _alike(before: dict[str, Any], after: dict[str, Any], promise: str) -> None:
    _promised(before.keys() == after.keys(), promise)
    for name, value in before.items():
        same = torch.equal(value, after[name]) if isinstance(value, Tensor) else value == after[name]
        _promised(same, f"{promise}: {name}")


def _same(result: Result, other: Result, tolerance: float) -> None:
    _promised((result.unit, result.notes) == (other.unit, other.notes), "unit and notes are the same")
    arrays, others = result.arrays(), other.arrays()
    _promised(arrays.keys() == others.keys(), "the arrays are the same")
    for key, values in arrays.items():
        same = values.dtype == others[key].dtype and values.shape == others[key].shape
        _promised(same and np.allclose(values, others[key], rtol=tolerance, atol=tolerance), f"array {key} is the same")


def _refused(call: Callable[[], object], what: str) -> None:
    try:
        call()
    except InputError:
        return
    _promised(False, f"{what} is refused with an InputError")


def _promised(kept: bool, promise: str) -> None:  # noqa: FBT001 (as an assertion)
    if not kept:
        raise BrokenPromiseError(promise)
