"""Fitting a state dict to a network, and reporting the weights that do not fit."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import TYPE_CHECKING

from torch import Tensor

from visualize.methods.errors import InputError, InputWarning
from visualize.methods.phrases import counted, first_few
from visualize.models.renaming import renamings, unwrapped, whole_prefixes

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from torch import nn

    from visualize.models.model_entry import ModelEntry

State = Mapping[str, Tensor]
_NAMED = 3  # weights that a message names
_COUNTERS = {"n_averaged", "num_batches_tracked", "num_updates", "total_ops", "total_params", "initted"}


def fit(network: nn.Module, state: State, *, file: Path, entry: ModelEntry, tell: bool = False) -> None:
    """Load weights into a network, also under the names that wrappers, older torch and publishers gave them.

    Weights of parts that the network does not have (a projector, a loss) are left out; those of a part that it has,
    such as further blocks, show that the file is of another network.

    Args:
        network: takes them.
        state: weights by name.
        file: that they come from.
        entry: the network's catalogue entry.
        tell: warn of weights that are left out.

    Raises:
        InputError: names or shapes differ; the message gives the first of them.
    """
    complaints, last = [], ""
    partly: tuple[int, State] | None = None
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
            if tell:
                _tell_left_out(state, renamed, file)
            return
        strange = _strange(network, unexpected)
        if not missing and not strange and (partly is None or len(unexpected) < partly[0]):
            partly = len(unexpected), renamed
        complaints.append(_complaints(network, renamed))
    if partly is not None:
        network.load_state_dict(partly[1], strict=False)
        if tell:
            _tell_left_out(state, {key: partly[1][key] for key in partly[1] if key in network.state_dict()}, file)
        return
    nearest = min(complaints, key=lambda complaint: sum(map(len, complaint)))
    kinds = zip(("missing", "unexpected", "of another shape"), nearest, strict=True)
    differences = "; ".join(f"{kind}: {first_few(keys, _NAMED)}" for kind, keys in kinds if keys)
    names = list(network.state_dict())
    several = max((whole_prefixes(given, names) for given in (state, unwrapped(state))), key=len)
    choose = f"; it holds all under {' and '.join(several)}: --weights {file}:{several[0]}" if len(several) > 1 else ""
    raise InputError(f"{file} does not fit {entry.name}: {differences or last}{choose}")


def _strange(network: nn.Module, names: Sequence[str]) -> list[str]:
    """Names of weights that belong to a part that a network has, and that are none of it."""
    parts = {name.rpartition(".")[0] for name in names}  # each is asked once: a file may have a hundred thousand names
    outside = {part for part in parts if _is_outside(network, part)}
    return [
        name
        for name, (part, _, last) in ((name, name.rpartition(".")) for name in names)
        if last not in _COUNTERS and part not in outside
    ]


def _is_outside(network: nn.Module, part: str) -> bool:
    """Whether a network does not have a part, or has no weights in it."""
    module = network
    for name in part.split(".") if part else ():
        inner = dict(module.named_children()).get(name)
        if inner is None:
            return module is network or not module.state_dict()
        module = inner
    return not module.state_dict()


def _tell_left_out(state: State, used: State, file: Path) -> None:
    """Say how many of a file's weights have no place in the network."""
    tensors = {id(value) for value in used.values()}
    rest = [
        name for name, value in state.items() if id(value) not in tensors and name.rpartition(".")[2] not in _COUNTERS
    ]
    if rest:
        warnings.warn(
            f"{counted(len(rest), 'weight')} of the {len(state):,} of {file} have no place in the network and were "
            f"left out: {first_few(rest, _NAMED)}",
            InputWarning,
            stacklevel=2,
        )


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
