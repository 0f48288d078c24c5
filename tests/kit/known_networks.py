"""Examinations and graphs of plain networks, each made once for all tests that are about something else.

Every probe examines and traces its network when it is first run, and half of the tests build the same few networks.
"""

from __future__ import annotations

import dataclasses
import hashlib
from typing import TYPE_CHECKING

import torch
from torch import nn
from torch.nn.parameter import is_lazy

from visualize.methods.network.examination.experiments import examine
from visualize.methods.network.run.graph import trace

if TYPE_CHECKING:
    from collections.abc import Hashable

    from torch import Tensor

    from visualize.methods.network.examination.examination import Examination
    from visualize.methods.network.run.graph import Trace

_PLAIN = (
    "torch.nn.modules.", "torchvision.models.", "torchvision.ops.", "visualize.methods.testing.subjects",
    "visualize.models.architectures.", "tests.kit.networks",
)  # fmt: skip
_MOST = 32 << 20  # bytes of weights of which a digest takes less time than runs of the network
_EXAMINED: dict[Hashable, Examination] = {}
_TRACED: dict[Hashable, Trace | None] = {}


def examined(network: nn.Module, pictures: Tensor) -> Examination:
    """The examination of a network, from an earlier test where that examined an equal one of plain modules."""
    structure, content = _structure(network), _content(network, pictures)
    if structure is None or content is None:
        return examine(network, pictures)
    if (structure, content) not in _EXAMINED:
        _EXAMINED[structure, content] = examine(network, pictures)
    return _EXAMINED[structure, content]


def traced(network: nn.Module) -> Trace | None:
    """The graph of a network, which names its modules, likewise."""
    structure = _structure(network)
    if structure is None:
        return trace(network)
    if structure not in _TRACED:
        _TRACED[structure] = trace(network)
    known = _TRACED[structure]
    return known and dataclasses.replace(known, network=network)


def _structure(network: nn.Module) -> Hashable | None:
    """Modules with all their attributes; None where others than plain ones, or hooks, may know more."""
    places: dict[int, int] = {}
    modules: list[Hashable] = []
    for name, module in network.named_modules(remove_duplicate=False):
        kind = type(module)
        if not kind.__module__.startswith(_PLAIN) or "forward" in vars(module):
            return None
        if module._forward_hooks or module._forward_pre_hooks:
            return None
        place = places.setdefault(id(module), len(places))
        held = sorted((key, repr(value)) for key, value in vars(module).items() if not isinstance(value, dict))
        modules.append((name, place, kind, kind.forward, kind.__call__, tuple(held)))
    return tuple(modules)


def _content(network: nn.Module, pictures: Tensor) -> str | None:
    """A digest of weights and pictures; None of those that have no values, or too many."""
    tensors = {**dict(network.named_parameters()), **dict(network.named_buffers()), "": pictures}
    if any(is_lazy(tensor) or tensor.is_meta or tensor.layout is not torch.strided for tensor in tensors.values()):
        return None
    if sum(tensor.nbytes for tensor in tensors.values()) > _MOST:
        return None
    digest = hashlib.sha256()
    for name, tensor in tensors.items():
        digest.update(f"{name} {tensor.dtype} {tuple(tensor.shape)} {tensor.device}".encode())
        digest.update(
            tensor.detach()
            .cpu()
            .clone(memory_format=torch.contiguous_format)
            .flatten()
            .view(torch.uint8)
            .numpy()
            .tobytes()
        )
    return digest.hexdigest()
