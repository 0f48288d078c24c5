"""A private twin of the user's network, so that nothing that is done while looking can change the network itself.

The idea: a copy of all modules, but not of their weights. The twin is put into evaluation mode, gets hooks, and is
frozen; the network keeps its modes, hooks and gradients, whatever happens in between, because nobody touches it.

Why it is needed: the usual way, to change the network and to change it back afterwards, fails where an exception comes
in between, where two threads look at once, or where the network is being trained meanwhile. A full copy would double
the memory, and would not follow when the weights change.

How it works:

1. :func:`twin` copies all modules and what they hold, except their weights: those of the twin are aliases, tensors of
   its own over the same memory, which ask for no gradient (:mod:`visualize.methods.network.run.duplicate`). Buffers,
   and tensors that are kept beside them, are copied: there are networks that write into them as they run.
2. Of the network's hooks it gives the twin those that are part of what the network computes, as weight norm is; the
   user's own are neither called nor copied (:mod:`visualize.methods.network.run.own_hooks`).
3. A weight that is changed in place, as an optimiser does, shows in both. Not so a buffer, a weight that is replaced, a
   module that is put in, or anything derived from weights: folded batch norms, plans.
4. For those, :func:`state` sums up a network: where each weight lies and how often torch counted a change of it, and
   which modules and hooks there are. The runner asks for it before every run, and makes a new twin when it differs.

What it cannot do: copy what cannot be copied (an open file: the twin has the network's own, and a line says so); see a
change that is written through ``weight.data``, which torch does not count; keep a network's own Python code from
changing something outside of it.
"""

from __future__ import annotations

import hashlib
import warnings
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from visualize.methods.errors import InputWarning
from visualize.methods.network.run.duplicate import duplicate
from visualize.methods.network.run.own_hooks import is_own, may_change, may_give
from visualize.methods.plain_state import plain_state

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from visualize.methods.network.run.duplicate import Duplicate


State = tuple[int, ...]

_LOCKS = ("lock", "RLock", "Condition", "Event", "Semaphore", "BoundedSemaphore", "_local")  # as good when shared


def twin(network: nn.Module, *, weights: bool = True, tell: bool = True) -> nn.Module:
    """Copy a network's structure in evaluation mode; its weights are the same memory, but ask for no gradient.

    Modes, gradients and buffers of the twin are its own, and so are its hooks. Weights changed in place show in both. A
    hook that may change what the network computes and is left out, and what cannot be copied, is told in a warning.

    Args:
        network: what is copied.
        weights: share the memory of weights; False copies them too, for networks that write into them as they run.
        tell: warn of what is left out or shared.

    Raises:
        InputError: the network's weights have no values, or one of its modules refuses to be copied.
    """
    made = duplicate(network, weights=weights)
    left = _hook(made)
    if tell:
        _tell_left(left)
        _tell_shared(made.shared)
    theirs = {id(parameter) for parameter in network.parameters()}
    for parameter in made.network.parameters():
        if parameter.requires_grad and parameter.is_leaf and id(parameter) not in theirs:
            parameter.requires_grad_(False)
    for module in made.network.modules():
        if isinstance(module, nn.DataParallel):
            module.device_ids = module.device_ids[:1]  # replicas on other devices would hide what runs in them
    return evaluating(made.network)


def evaluating(network: nn.Module) -> nn.Module:
    """Put a network into evaluation mode, also one that torch.export made, which has no such mode to be put into."""
    try:
        return network.eval()
    except NotImplementedError:
        for module in network.modules():
            module.training = False
        return network


def _hook(made: Duplicate) -> tuple[str, ...]:
    """Give a copy the hooks that are the network's own; names of others that may change what it computes."""
    left: dict[str, None] = {}
    for module in made.modules:
        copied = made.counterpart(module)
        if isinstance(copied, nn.Module):
            left |= dict.fromkeys(f"{name} on {type(module).__name__}" for name in _hook_one(made, module, copied))
    return tuple(left)


def _tell_left(left: tuple[str, ...]) -> None:
    if left:
        warnings.warn(
            f"hooks of yours may change what the network computes, and do not run while it is looked into: "
            f"{', '.join(left)}; put what they compute into a module to look at it too",
            InputWarning,
            stacklevel=4,
        )


def _hook_one(made: Duplicate, module: nn.Module, copied: nn.Module) -> Iterator[str]:
    """Give one module's copy the hooks that are the network's own; names of those that may change what it computes."""
    for kind in ("forward_pre", "forward"):
        for key, hook in _table(module, f"_{kind}_hooks").items():
            if is_own(hook, lambda value: made.counterpart(value) is not None):
                _table(copied, f"_{kind}_hooks")[key] = made.rebound(hook)
                for flags in (f"_{kind}_hooks_with_kwargs", f"_{kind}_hooks_always_called"):
                    _table(copied, flags).update({key: True} if key in _table(module, flags) else {})
            elif may_change(hook):
                yield _name(hook)
    for kind in ("backward_pre", "backward"):
        yield from (f"{_name(hook)} (backward)" for hook in _table(module, f"_{kind}_hooks").values() if may_give(hook))


def _table(module: nn.Module, name: str) -> dict[int, object]:
    """Hooks of one kind, or what was said of them when they were registered."""
    held: dict[int, object] = vars(module).get(name, {})
    return held


def _name(hook: object) -> str:
    return getattr(hook, "__qualname__", type(hook).__qualname__)


def _tell_shared(shared: dict[str, str]) -> None:
    told = [f"{name} ({kind})" for name, kind in shared.items() if kind not in _LOCKS]
    if told:
        warnings.warn(
            f"the network holds what cannot be copied, and is looked into with its own: {', '.join(told)}",
            InputWarning,
            stacklevel=4,
        )


def state(modules: Iterable[nn.Module]) -> State:
    """Changes whenever a weight, buffer, submodule or hook is written to, replaced or moved; cheap, for every run.

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
                        summary.append(tensor.data_ptr() if tensor.layout is torch.strided else id(tensor))
                        summary.append(0 if tensor.is_inference() else tensor._version)  # noqa: SLF001
            summary.extend(map(id, module._modules.values()))  # noqa: SLF001
            for hooks in (module._forward_pre_hooks, module._forward_hooks):  # noqa: SLF001
                summary.extend(hooks)
    return tuple(summary)


@plain_state()
def weights_sha256(network: nn.Module) -> str:
    """SHA-256 over the names, shapes, dtypes and bytes of a network's parameters and buffers, in their order."""
    digest = hashlib.sha256()
    for name, tensor in _saved(network).items():
        if not isinstance(tensor, Tensor):
            continue
        digest.update(f"{name} {tuple(tensor.shape)} {tensor.dtype}\n".encode())
        if tensor.device.type != "meta":
            plain = tensor.int_repr() if tensor.is_quantized else tensor.to_dense()
            dense = plain.detach().cpu().flatten().clone(memory_format=torch.contiguous_format)
            digest.update(dense.view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()


def _saved(network: nn.Module) -> dict[str, object]:
    """State dictionary of a network, without a call of the hooks that its owner may have put on it."""
    if any(type(module).state_dict is not nn.Module.state_dict for module in network.modules()):
        return dict(network.state_dict())
    saved: dict[str, object] = {}
    for name, module in network.named_modules(remove_duplicate=False):
        module._save_to_state_dict(saved, f"{name}." if name else "", keep_vars=False)  # noqa: SLF001 (state_dict calls hooks)
    return saved
