"""A private twin of the user's network, so that nothing that is done while looking can change the network itself.

The idea: a copy of all modules, but not of their weights. The twin is put into evaluation mode, gets hooks, and is
frozen; the network keeps its modes, hooks and gradients, whatever happens in between, because nobody touches it.

Why it is needed: the usual way, to change the network and to change it back afterwards, fails where an exception comes
in between, where two threads look at once, or where the network is being trained meanwhile. A full copy would double
the memory, and would not follow when the weights change.

How it works:

1. :func:`twin` makes an alias of every parameter and buffer: a tensor of its own over the same memory, which asks for
   no gradient.
2. It copies the network deeply (``copy.deepcopy``), with the aliases written into deepcopy's memo, which makes deepcopy
   believe that they are the copies. So every module, and whatever it holds, is new, and no weight was copied.
3. A weight that is changed in place, as an optimiser does, therefore shows in both. Not so a weight that is replaced, a
   module that is put in, or anything derived from weights: folded batch norms, plans.
4. For those, :func:`state` sums up a network: where each weight lies and how often torch counted a change of it, and
   which modules there are. The runner asks for it before every run, and makes a new twin when it differs.

What it cannot do: copy what cannot be copied (an open file, a lock: an error says so); see a change that is written
through ``weight.data``, which torch does not count; keep a network's own Python code from changing something outside of
it. The network's own hooks run in the twin too, as deepcopy leaves them: plain functions are the same ones, while
objects that are called and bound methods are copies, with copies of what they hold.
"""

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
        copied = copy.deepcopy(network, memo)
    except Exception as fault:
        raise InputError(
            f"the network ({type(network).__name__}) cannot be copied to look into it: {fault}; "
            f"remove what it stores beside modules and tensors"
        ) from fault
    return copied.eval()


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
    summary: list[int] = []
    with torch._C.DisableTorchFunction():  # noqa: SLF001 (a mode in force would be told of every look at a tensor)
        for module in modules:
            for held in (module._parameters, module._buffers):  # noqa: SLF001 (named_parameters: a hundred times slower)
                for tensor in held.values():
                    if tensor is not None:
                        summary.append(tensor.data_ptr())
                        summary.append(0 if tensor.is_inference() else tensor._version)  # noqa: SLF001
            summary.extend(map(id, module._modules.values()))  # noqa: SLF001
    return tuple(summary)


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
