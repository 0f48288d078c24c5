"""Whatever tells a network, as it is looked into, apart from all others."""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING

from torch import nn

from visualize.methods.unit import layers
from visualize.store.value_digest import UnidentifiedError, digest_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from torch import Tensor

    from visualize.methods.network.probe import Probe
    from visualize.methods.network.run.runner import Runner
    from visualize.methods.unit import Target

_SEEN: weakref.WeakKeyDictionary[Runner, str] = weakref.WeakKeyDictionary()
"""Networks of users as they were when last looked at: writing to ``weight.data`` escapes torch's own count."""


def network_address(probe: Probe, *, loaded: bool) -> dict[str, str] | None:
    """Parts of an address that tell a network apart: weights, code and structure, what it is given, names of classes.

    Args:
        probe: the network.
        loaded: this program made the network just now, from the weights that its identity states; of any other network
            the numbers in memory are read, whatever its identity says.

    Returns:
        the parts by name; None if something of it cannot be told apart, so that nothing may be kept of it.
    """
    try:
        code = digest_of(probe.network, known=_saved(probe.network) if loaded else ())
        prepared, classes = digest_of(probe.prepare), digest_of(probe.classes)
    except UnidentifiedError:
        return None
    if not loaded and _SEEN.get(probe.runner) != code:  # what is made of it now is of these numbers
        probe.runner.renew()
        _SEEN[probe.runner] = code
    return {
        "network": code,
        "weights": f"{probe.identity.name} {probe.identity.weights_sha256}" if loaded else "",
        "preparation": prepared,
        "classes": classes,
        "colours": repr(probe.colours),
        "optimised": str(probe.runner.optimise),
        "examination": repr(probe.examination.notes),
    }


def layouts(probe: Probe, targets: Sequence[Target]) -> str:
    """Order of the axes of the layers that some targets lie in."""
    return repr([(layer, probe.layout(layer)) for layer in sorted(layers(targets))])


def _saved(network: nn.Module) -> Iterator[Tensor]:
    """Parameters and buffers that a weights file holds; none of a network that says itself what is saved."""
    if any(type(module).state_dict is not nn.Module.state_dict for module in network.modules()):
        return
    yield from network.parameters()
    for module in network.modules():
        passing: set[str] = getattr(module, "_non_persistent_buffers_set", set())
        yield from (buffer for name, buffer in module.named_buffers(recurse=False) if name not in passing)
