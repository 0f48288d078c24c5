"""State dicts within what a checkpoint holds: which there are, under which keys, and in which order they are tried."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from visualize.methods.errors import InputError, suggest

if TYPE_CHECKING:
    from pathlib import Path

USUAL = (
    "state_dict", "model_state_dict", "model", "teacher", "network", "net", "weights",
    "model_state", "params", "module", "student", "encoder", "encoder_q", "backbone", "trunk", "classifier",
    "model_ema", "ema", "params_ema", "state_dict_ema", "ema_state_dict", "model_ema_state_dict", "ema_model", "shadow",
    "shadow_params",
)  # fmt: skip
"""Keys under which weights usually lie, the likeliest first."""
_TRAINING = (
    "optim",
    "sched",
    "scaler",
    "amp",
    "rng",
    "callback",
    "hyper_parameter",
    "hparams",
    "args",
    "config",
    "loss_fn",
)
_DEPTH = 6
_KINDS = "fiub"


@dataclass(frozen=True)
class Held:
    """A state dict within a file.

    Args:
        key: where it lies, as ``--weights FILE:KEY`` takes it; "" for the file's outermost.
        state: its tensors by name.
        joined: whether it is put together from several that lie side by side, such as encoder and head.
    """

    key: str
    state: Mapping[str, Tensor]
    joined: bool = False


def held(content: object) -> list[Held]:
    """State dicts in what a file holds, the likeliest first; none where there is none.

    A dictionary that holds nothing but tensors is one as it stands, as torch keeps versions of modules in an attribute
    of it. Tensors that lie among other things count last, all as one.
    """
    return sorted(_held(content, (), 0), key=lambda item: _rank(item.key))


def at(content: object, key: str, path: Path) -> object:
    """Part of what a file holds, by its key, with dots between the keys of dictionaries in one another.

    A key may also be a beginning that the names of some weights share: "student" of "student.conv1.weight".

    Raises:
        InputError: there is no such part.
    """
    part = _at(content, key)
    if part is None:
        names = list(dict.fromkeys(item.key for item in held(content) if item.key)) or _tops(content)
        raise InputError(f"{path} holds nothing under {key}; it holds {', '.join(names[:6])}{suggest(key, names)}")
    return part


def _held(content: object, keys: tuple[str, ...], depth: int) -> list[Held]:
    if not isinstance(content, Mapping) or not content or depth > _DEPTH:
        return []
    values = {name: _tensor(value) for name, value in content.items() if isinstance(name, str)}
    tensors = {name: value for name, value in values.items() if value is not None}
    if len(tensors) == len(content):
        whole = all(isinstance(value, Tensor) for value in content.values())
        return [Held(".".join(keys), content if whole else tensors)]
    inner = [
        item
        for name, value in content.items()
        if isinstance(name, str) and not name.lower().startswith(_TRAINING)
        for item in _held(value, (*keys, name), depth + 1)
    ]
    if len(inner) > 1:
        joined = [(f"{_below(item.key, keys)}.{name}", value) for item in inner for name, value in item.state.items()]
        inner.append(Held(".".join(keys), dict(joined), joined=True))
    return [*inner, Held(".".join(keys), tensors)] if tensors else inner


def _below(key: str, keys: tuple[str, ...]) -> str:
    return key.removeprefix(f"{'.'.join(keys)}.") if keys else key


def _at(content: object, key: str) -> object | None:
    if not key:
        return content
    if not isinstance(content, Mapping):
        return None
    for name in sorted(map(str, content), key=len, reverse=True):
        if key == name or key.startswith(f"{name}."):
            value = next(value for known, value in content.items() if str(known) == name)
            part = _at(value, key[len(name) + 1 :])
            if part is not None:
                return part
    below = {name.removeprefix(f"{key}."): value for name, value in content.items() if str(name).startswith(f"{key}.")}
    return below or None


def _tops(content: object) -> list[str]:
    """Beginnings of the names of weights that lie side by side."""
    return list(dict.fromkeys(str(name).split(".")[0] for name in content)) if isinstance(content, Mapping) else []


def _tensor(value: object) -> Tensor | None:
    if isinstance(value, np.ndarray) and value.dtype.kind in _KINDS:
        return torch.from_numpy(np.array(value))
    return value if isinstance(value, Tensor) else None


def _rank(key: str) -> tuple[int, ...]:
    """Place in the order in which state dicts are tried; those at the top that lie among other things come last."""
    if not key:
        return (len(USUAL) + 1,)
    return tuple(USUAL.index(part) if part in USUAL else len(USUAL) for part in key.split("."))
