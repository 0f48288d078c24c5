"""Examinations of plain networks, of which each is made once for all tests that are about something else.

Every probe examines its network when it is first run, and half of the tests build the same few networks anew.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import torch
from torch import nn
from torch.nn.parameter import is_lazy

from visualize.methods.network.examination.experiments import examine

if TYPE_CHECKING:
    from collections.abc import Hashable

    from torch import Tensor

    from visualize.methods.network.examination.examination import Examination

_PLAIN = ("torch.nn.modules.", "visualize.methods.testing.subjects", "tests.kit.networks")
_KNOWN: dict[Hashable, Examination] = {}


def examined(network: nn.Module, pictures: Tensor) -> Examination:
    """The examination of a network, from an earlier test where that examined an equal one of plain modules."""
    signs = _signs(network, pictures)
    if signs is None:
        return examine(network, pictures)
    if signs not in _KNOWN:
        _KNOWN[signs] = examine(network, pictures)
    return _KNOWN[signs]


def _signs(network: nn.Module, pictures: Tensor) -> Hashable | None:
    """All that an examination of plain modules depends on; None where other modules, or hooks, may know more."""
    places: dict[int, int] = {}
    modules: list[Hashable] = []
    for name, module in network.named_modules(remove_duplicate=False):
        kind = type(module)
        plain = kind.__module__.startswith(_PLAIN) and "forward" not in vars(module)
        if not plain or module._forward_hooks or module._forward_pre_hooks:
            return None
        place = places.setdefault(id(module), len(places))
        held = sorted((key, repr(value)) for key, value in vars(module).items() if not isinstance(value, dict))
        modules.append((name, place, kind, kind.forward, kind.__call__, tuple(held)))
    digest = hashlib.sha256()
    for name, tensor in {**dict(network.named_parameters()), **dict(network.named_buffers()), "": pictures}.items():
        if is_lazy(tensor) or tensor.is_meta or tensor.layout is not torch.strided:
            return None
        digest.update(f"{name} {tensor.dtype} {tuple(tensor.shape)} {tensor.device}".encode())
        digest.update(tensor.detach().cpu().contiguous().flatten().view(torch.uint8).numpy().tobytes())
    return tuple(modules), digest.hexdigest()
