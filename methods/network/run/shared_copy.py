"""A private twin of the user's network, so that nothing that is done while looking can change the network itself."""

from __future__ import annotations

import copy
import hashlib
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from methods.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


State = tuple[int, ...]


def twin(network: nn.Module) -> nn.Module:
    """Copy a network's structure in evaluation mode; its weights are the same memory, but ask for no gradient.

    Hooks, modes and gradients of the twin are its own. Weights changed in place show in both.

    Raises:
        InputError: the network holds something that cannot be copied.
    """
    memo: dict[int, object] = {}
    for tensor in _held(network):
        alias = tensor.detach()
        memo[id(tensor)] = nn.Parameter(alias, requires_grad=False) if isinstance(tensor, nn.Parameter) else alias
    try:
        made = copy.deepcopy(network, memo)
    except Exception as fault:
        raise InputError(
            f"the network ({type(network).__name__}) cannot be copied to look into it: {fault}; "
            f"remove what it stores beside modules and tensors"
        ) from fault
    return made.eval()


def _held(network: nn.Module) -> Iterator[Tensor]:
    """Parameters, buffers, and the tensors that forward passes left behind as plain attributes."""
    for module in network.modules():
        for value in (*module._parameters.values(), *module._buffers.values(), *vars(module).values()):  # noqa: SLF001
            if isinstance(value, Tensor):
                yield value


def state(modules: Iterable[nn.Module]) -> State:
    """Changes whenever a weight, buffer or submodule is written to, replaced or moved; cheap enough for every run.

    Writing through ``weight.data`` escapes torch's own count of changes, and so this one.

    Args:
        modules: all of a network's, as it was when they were listed.
    """
    found: list[int] = []
    with torch._C.DisableTorchFunction():  # noqa: SLF001 (a mode in force would be told of every look at a tensor)
        for module in modules:
            for held in (module._parameters, module._buffers):  # noqa: SLF001 (named_parameters: a hundred times slower)
                for tensor in held.values():
                    if tensor is not None:
                        found.append(tensor.data_ptr())
                        found.append(0 if tensor.is_inference() else tensor._version)  # noqa: SLF001
            found.extend(map(id, module._modules.values()))  # noqa: SLF001
    return tuple(found)


def weights_sha256(network: nn.Module) -> str:
    """SHA-256 over the names, shapes, dtypes and bytes of a network's parameters and buffers, in their order."""
    digest = hashlib.sha256()
    for name, tensor in network.state_dict().items():
        if not isinstance(tensor, Tensor):
            continue
        digest.update(f"{name} {tuple(tensor.shape)} {tensor.dtype}\n".encode())
        if tensor.device.type != "meta":
            dense = tensor.detach().cpu().flatten().clone(memory_format=torch.contiguous_format)
            digest.update(dense.view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()
