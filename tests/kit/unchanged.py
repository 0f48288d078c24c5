"""Guests must leave a network as it was: a snapshot of everything that a network holds."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass
class _Snapshot:
    tensors: dict[str, Tensor] = field(default_factory=dict)
    facts: dict[str, object] = field(default_factory=dict)


def _snapshot(network: nn.Module) -> _Snapshot:
    snapshot = _Snapshot()
    for name, module in network.named_modules():
        for key, tensor in (*module._parameters.items(), *module._buffers.items()):
            if tensor is not None:
                full = f"{name}.{key}"
                snapshot.tensors[full] = tensor.detach().clone()
                snapshot.facts[full] = (id(tensor), tensor.data_ptr(), tensor._version, tensor.requires_grad)
                snapshot.tensors[f"{full}.grad"] = torch.zeros(0) if tensor.grad is None else tensor.grad.clone()
        snapshot.facts[f"{name} attributes"] = {key: _fact(value) for key, value in vars(module).items()}
    return snapshot


def _fact(value: object) -> object:
    """Something that can be compared later, without holding on to the value."""
    if isinstance(value, dict):
        return {key: id(item) for key, item in value.items()}
    return value if isinstance(value, bool | int | float | str | tuple) else id(value)


@contextmanager
def unchanged(network: nn.Module) -> Iterator[None]:
    """Fail if anything of a network differs afterwards: weights, buffers, gradients, modes, hooks, attributes."""
    before = _snapshot(network)
    yield
    after = _snapshot(network)
    assert after.facts == before.facts
    assert after.tensors.keys() == before.tensors.keys()
    for name, tensor in before.tensors.items():
        assert torch.equal(tensor, after.tensors[name]), name
