"""Reasons why a network does not take a picture, found by trying what it takes instead, and what to write then.

Each reason is a function that gives its words, or "" where something else is the reason. None is believed that was not
tried: a network that is said to take clips ran on one.
"""

from __future__ import annotations

import inspect
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from visualize.methods.network.run.first_tensor import first_tensor
from visualize.methods.network.run.hooks import Stop, follow
from visualize.methods.phrases import listed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_SIZES = (224, 227, 256, 299, 192, 128, 384, 112, 96, 64, 48, 32, 28, 16, 512)  # that networks are made for
_FRAMES = (8, 16, 4, 32)
_CHANNELS = (1, 2, 3, 4, 6, 9, 10, 12, 13)
_ENOUGH = 4.0  # seconds of trying
_WORDS, _LENGTH = 16, 1024  # of a sentence, of a signal
_WRAP = "wrap it in a module with"


@dataclass(frozen=True)
class Refused:
    """A network that stopped on a picture, for trying what else it takes.

    Args:
        network: a copy that may be run.
        blank: the picture, 1 x C x H x W.
        stop: where and why it stopped.
        before: the modules that had run by then.
        began: the work of this thread so far, seconds.
    """

    network: nn.Module
    blank: Tensor
    stop: Stop
    before: tuple[str, ...]
    began: float

    @property
    def module(self) -> nn.Module:
        """The innermost module in which it stopped."""
        return self.network.get_submodule(self.stop.module)

    @property
    def first(self) -> nn.Module:
        """The first module that ran, or began to."""
        return self.network.get_submodule(self.before[0] if self.before else self.stop.module)

    @property
    def at_once(self) -> bool:
        """Whether it stopped in the first module that ran."""
        return not self.before

    def takes(self, *given: object, **named: object) -> tuple[object, str | None]:
        """Output of the network for another input, and the module in which it stops; None where it does not."""
        if time.thread_time() - self.began > _ENOUGH:
            return None, self.stop.module
        output, stop = follow(_Called(self.network, given, named), None, lambda *_: None)
        return output, None if stop is None else stop.module.removeprefix("network.").removeprefix("network")

    def runs(self, *given: object, **named: object) -> bool:
        """Whether the network runs on another input."""
        return self.takes(*given, **named)[1] is None

    def zeros(self, *shape: int) -> Tensor:
        """An input of another shape."""
        return self.blank.new_zeros(shape)


class _Called(nn.Module):
    """A network that is called with what it is given here."""

    def __init__(self, network: nn.Module, given: tuple[object, ...], named: Mapping[str, object]) -> None:
        super().__init__()
        self.network, self.given, self.named = network, given, named

    def forward(self, _: object) -> object:
        return self.network(*self.given, **self.named)


def refusal(network: nn.Module, blank: Tensor) -> str:
    """Reason why a network does not run on a picture to its end, and what to do, in one line; "" where it does.

    Args:
        network: a copy of the network that may be run.
        blank: the picture, 1 x C x H x W.
    """
    before: list[str] = []
    _, stop = follow(network, blank.clone(), lambda name, _module, _output: before.append(name))
    if stop is None:
        return ""
    refused = Refused(network, blank, stop, tuple(before), time.thread_time())
    reasons: tuple[Callable[[Refused], str], ...] = (
        _no_forward, _more_arguments, _other_argument, _dictionary, _collection, _words, _vector, _signal, _channels,
        _clip, _size, _several, _mixed,
    )  # fmt: skip
    for words in (attempt(refused) for attempt in reasons):
        if words:
            return words
    return (
        f"it stops {stop}; no other size or number of channels that was tried helps: mend it there, or {_WRAP} "
        f"def forward(self, picture) that gives it what it takes"
    )


def _no_forward(refused: Refused) -> str:
    if getattr(refused.network.forward, "__func__", None) is not nn.Module.forward:
        return ""
    return f"{type(refused.network).__name__} has no forward; put its modules into one that runs, such as nn.Sequential"


def _parameters(refused: Refused) -> list[inspect.Parameter]:
    try:
        parameters = inspect.signature(refused.network.forward).parameters.values()
    except (TypeError, ValueError):
        return []
    return [item for item in parameters if item.kind not in {item.VAR_POSITIONAL, item.VAR_KEYWORD}]


def _more_arguments(refused: Refused) -> str:
    """More arguments than one are asked for."""
    wanted = [item.name for item in _parameters(refused) if item.default is item.empty]
    if not isinstance(refused.stop.problem, TypeError) or refused.stop.module or len(wanted) < 2:
        return ""
    pair = len(wanted) == 2 and refused.runs(**dict.fromkeys(wanted, refused.blank))
    first, others = wanted[0], ", ".join(f"{name}={wanted[0] if pair else '...'}" for name in wanted[1:])
    what = "two pictures" if pair else f"{len(wanted)} inputs"
    return (
        f"its forward takes {what} ({', '.join(wanted)}) and is given one; {_WRAP} "
        f"def forward(self, {first}): return self.network({first}, {others})"
    )


def _other_argument(refused: Refused) -> str:
    """The picture is another argument than the first."""
    parameters = _parameters(refused)
    for item in parameters[1:]:
        if item.kind is not item.POSITIONAL_ONLY and refused.runs(**{item.name: refused.blank}):
            return (
                f"it takes pictures as its argument {item.name}, and the first is {parameters[0].name}; {_WRAP} "
                f"def forward(self, picture): return self.network({item.name}=picture)"
            )
    return ""


class _Asked(dict[str, object]):
    """A dictionary, or a record, that has the picture under every name, and notes under which it is asked for."""

    def __init__(self, picture: Tensor) -> None:
        super().__init__()
        self.__dict__["picture"], self.__dict__["asked"] = picture, []

    def __missing__(self, name: str) -> Tensor:
        picture: Tensor = self.__dict__["picture"]
        self.__dict__["asked"].append(name)
        return picture

    def get(self, name: str, _: object = None) -> Any:  # noqa: ANN401 (as a dictionary's)
        return self[name]

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str)

    def __getattr__(self, name: str) -> Tensor:
        if name.startswith("_") or hasattr(Tensor, name):
            raise AttributeError(name)
        return self.__missing__(f".{name}")


def _dictionary(refused: Refused) -> str:
    asked = _Asked(refused.blank)
    runs = refused.runs(asked)
    names = [name for name in dict.fromkeys(asked.__dict__["asked"]) if isinstance(name, str)]
    if not names or not (runs or not names[0].startswith(".")):
        return ""
    if names[0].startswith("."):
        fields = ", ".join(f"{name[1:]}=picture" for name in names)
        return (
            f"it takes a record with {listed(name[1:] for name in names)}, no picture; {_WRAP} "
            f"def forward(self, picture): return self.network(types.SimpleNamespace({fields}))"
        )
    entries = ", ".join(f"{name!r}: {'picture' if not place else '...'}" for place, name in enumerate(names))
    return (
        f"it takes a dictionary with {listed(map(repr, names))}, no picture; {_WRAP} "
        f"def forward(self, picture): return self.network({{{entries}}})"
    )


def _collection(refused: Refused) -> str:
    """Lists of pictures of any size, as detectors take, or of several views."""
    picture = refused.blank
    for words, given, written in (
        ("a list of pictures C x H x W", [picture[0]], "list(picture)"),
        ("a list of batches, such as views", [picture, picture], "[picture, picture]"),
    ):
        if refused.runs(given):
            return f"it takes {words}; {_WRAP} def forward(self, picture): return self.network({written})"
    return ""


def _words(refused: Refused) -> str:
    """Numbers of words."""
    if isinstance(refused.module, nn.Embedding) and refused.at_once:
        tokens = torch.zeros(1, _WORDS, dtype=torch.long, device=refused.blank.device)
        runs = refused.runs(tokens)
        if runs or "indices" in str(refused.stop.problem):
            return "it takes numbers of words (token ids), no pictures; give the part of the network that sees"
    return ""


def _vector(refused: Refused) -> str:
    """Vectors, for a generator of pictures or a network on features."""
    module, shapes = refused.first, list[tuple[int, ...]]()
    if isinstance(module, nn.Linear):
        shapes.append((1, module.in_features))
    elif isinstance(module, nn.ConvTranspose2d):
        shapes += [(1, module.in_channels, 1, 1), (1, module.in_channels, 4, 4)]
    for shape in shapes:
        output, stop = refused.takes(refused.zeros(*shape))
        if stop is not None:
            continue
        answer = first_tensor(output)
        given = " x ".join(map(str, shape[1:])).removesuffix(" x 1 x 1")
        if answer is not None and answer.dim() == 4 and answer.shape[-1] > shape[-1] * bool(len(shape) > 2):
            return (
                f"it is a generator: it makes pictures of vectors of {given} numbers and takes none; look into a "
                f"network that takes pictures, such as its discriminator or encoder"
            )
        return (
            f"it takes {given} numbers for each picture, no picture; {_WRAP} "
            f"def forward(self, picture): return self.network(features_of(picture))"
        )
    return ""


def _signal(refused: Refused) -> str:
    module = refused.module
    if not refused.at_once or not isinstance(module, nn.Conv1d):
        return ""
    if not refused.runs(refused.zeros(1, module.in_channels, _LENGTH)):
        return ""
    return (
        f"it takes signals, N x {module.in_channels} x length, no pictures; {_WRAP} def forward(self, picture): "
        f"return self.network(signal_of(picture))"
    )


def _channels(refused: Refused) -> str:
    """Another number of channels gets it to its end, or at least further."""
    given, (height, width) = refused.blank.shape[1], refused.blank.shape[2:]
    first = getattr(refused.module, "in_channels", None) if refused.at_once else None
    for count in dict.fromkeys((*((first,) if isinstance(first, int) else ()), *_CHANNELS)):
        if count == given or isinstance(refused.module, nn.Conv3d | nn.Conv1d):
            continue
        stop = refused.takes(refused.zeros(1, count, height, width))[1]
        if stop is None or (refused.at_once and stop != refused.stop.module and first == count):
            return _of_channels(count, given, None if stop is None else _fitting(refused, count))
    return ""


def _of_channels(count: int, given: int, size: int | None) -> str:
    many = f"{count} channel{'s' if count > 1 else ''}"
    at = f" of {size} x {size}" if size else ""
    words = f"it takes {many}{at}, and the preparation gives {given}"
    sized = f"size=({size}, {size}), " if size else ""
    if count == 1:
        return (
            f'{words}; state its input in the preparation: Preparation({sized}order="L", mean=(0.5,), std=(0.5,)) '
            f"(--order grey --mean 0.5 --std 0.5{f' --size {size}' if size else ''})"
        )
    if count == 3:
        return f'{words}; state its input in the preparation: Preparation({sized}order="RGB")'
    more = f"; and state {sized.rstrip(', ')} in its preparation" if size else ""
    return (
        f"{words}; {_WRAP} def forward(self, picture): return self.network(torch.cat([picture] * "
        f"{-(-count // given)}, 1)[:, :{count}]), or with what the other channels should hold{more}"
    )


def _clip(refused: Refused) -> str:
    """Clips or volumes."""
    channels, height, width = refused.blank.shape[1:]
    counts = dict.fromkeys((channels, getattr(refused.module, "in_channels", channels)))
    for frames in _FRAMES:
        for count in counts:
            if refused.runs(refused.zeros(1, count, frames, height, width)):
                first = "picture" if count == channels else f"picture[:, :{count}]"
                return (
                    f"it takes clips or volumes, N x {count} x T x H x W, no pictures; {_WRAP} def forward(self, "
                    f"picture): return self.network({first}[:, :, None].expand(-1, -1, {frames}, -1, -1))"
                )
        if refused.runs(refused.zeros(1, frames, channels, height, width)):
            return (
                f"it takes clips, N x T x {channels} x H x W, no pictures; {_WRAP} def forward(self, picture): "
                f"return self.network(picture[:, None].expand(-1, {frames}, -1, -1, -1))"
            )
    return ""


def _fitting(refused: Refused, channels: int) -> int | None:
    """The side of a square picture on which it runs."""
    sides = (side for side in _SIZES if side != max(refused.blank.shape[2:]))
    return next((side for side in sides if refused.runs(refused.zeros(1, channels, side, side))), None)


def _size(refused: Refused) -> str:
    height, width = refused.blank.shape[2:]
    given = refused.blank.shape[1]
    side = _fitting(refused, given)
    if side is None:
        other = 1 if given > 1 else 3
        side = _fitting(refused, other)
        return "" if side is None else _of_channels(other, given, side)
    smallest = _smallest(refused, max(height, width), side)
    least = ", the smallest that was found" if side > max(height, width) else ""
    return (
        f"it stops {refused.stop}; it runs on {smallest} x {smallest}{least}, not on {height} x {width}: "
        f"state size=({smallest}, {smallest}) in its preparation (--size {smallest})"
    )


def _smallest(refused: Refused, fails: int, runs: int) -> int:
    """The smallest side on which it runs, between one on which it does not and a larger one on which it does."""
    while runs - fails > 1:
        middle = (fails + runs) // 2
        if refused.runs(refused.zeros(1, refused.blank.shape[1], middle, middle)):
            runs = middle
        else:
            fails = middle
    return runs


def _several(refused: Refused) -> str:
    """Other pictures beside one are needed."""
    if not refused.runs(refused.blank.repeat(2, 1, 1, 1)):
        return ""
    return (
        f"it stops {refused.stop}; it runs on several pictures at once and not on one alone, so that what it gives for "
        f"one depends on the others; let it normalise by statistics of its own (track_running_stats=True)"
    )


def _mixed(refused: Refused) -> str:
    """Parts of it have numbers of different kinds, or lie on different devices."""
    weights = list(refused.network.parameters())
    for what, kinds in (
        ("numbers of different kinds", {str(weight.dtype) for weight in weights if weight.is_floating_point()}),
        ("weights on different devices", {str(weight.device) for weight in weights}),
    ):
        if len(kinds) > 1:
            held = listed(sorted(kinds))
            return f"it stops {refused.stop}; it has {what} ({held}): bring them together by network.to(...) first"
    return ""
