"""Fitting a state dict to a network, and reporting the weights that do not fit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from torch import Tensor

from methods.errors import InputError
from visualize.models.renaming import renamings

if TYPE_CHECKING:
    from pathlib import Path

    from torch import nn

    from visualize.models.model_entry import ModelEntry

State = Mapping[str, Tensor]


def fit(network: nn.Module, state: State, *, file: Path, entry: ModelEntry) -> None:
    """Load weights into a network, also under the names that wrappers, older torch and publishers gave them.

    Raises:
        InputError: names or shapes differ; the message gives the first of them.
    """
    complaints, last = [], ""
    for renamed in renamings(state, entry, list(network.state_dict())):
        try:
            result = network.load_state_dict(renamed, strict=False)
        except (RuntimeError, NotImplementedError) as fault:  # a shape differs, or a kind of tensor
            last = f"a weight cannot be copied ({str(fault).splitlines()[-1].strip()})"
            complaints.append(_complaints(network, renamed))
            continue
        missing = [key for key in result.missing_keys if not key.endswith("num_batches_tracked")]
        unexpected = [key for key in result.unexpected_keys if not key.startswith(entry.ignored or ("\n",))]
        if not missing and not unexpected:
            return
        complaints.append(_complaints(network, renamed))
    nearest = min(complaints, key=lambda complaint: sum(map(len, complaint)))
    kinds = zip(("missing", "unexpected", "of another shape"), nearest, strict=True)
    differences = "; ".join(f"{kind}: {_few(keys)}" for kind, keys in kinds if keys)
    raise InputError(f"{file} does not fit {entry.name}: {differences or last}")


def outputs(network: nn.Module) -> int | None:
    """Number of classes of a classifier: the length of its last weight that is more than a vector; None without one."""
    sizes = [len(value) for value in network.state_dict().values() if isinstance(value, Tensor) and value.dim() > 1]
    return sizes[-1] if sizes else None


def class_count(network: nn.Module, state: State, entry: ModelEntry) -> int | None:
    """Number of classes of the weights in a file, by the name of the network's last weight; None if it is not there."""
    names = list(network.state_dict())
    last = [name for name, tensor in network.state_dict().items() if tensor.dim() > 1][-1]
    for renamed in renamings(state, entry, names):
        weight = renamed.get(last)
        if weight is not None and weight.dim() > 1:
            return len(weight)
    return None


def _complaints(network: nn.Module, state: State) -> tuple[list[str], list[str], list[str]]:
    wanted = {name: tensor for name, tensor in network.state_dict().items() if isinstance(tensor, Tensor)}
    shapes = [
        f"{name} {tuple(state[name].shape)} instead of {tuple(tensor.shape)}"
        for name, tensor in wanted.items()
        if name in state and state[name].shape != tensor.shape
    ]
    missing = [name for name in wanted if name not in state and not name.endswith("num_batches_tracked")]
    return missing, [name for name in state if name not in wanted], shapes


def _few(names: list[str]) -> str:
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return ", ".join(names[:3]) + more
