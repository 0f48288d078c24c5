"""Networks as Python hands them over: a module, a module with its preparation, or a probe."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import nn
from torch.nn.parameter import UninitializedParameter

from visualize.methods.errors import InputError
from visualize.methods.network.preprocessing import Preparation
from visualize.methods.network.probe import Probe
from visualize.methods.provenance import Identity
from visualize.models.device import AUTO, choose_device
from visualize.models.sources.torchscript import opened
from visualize.models.sources.user_function import IMAGENET

if TYPE_CHECKING:
    from visualize.models.overrides import Overrides

Product = Probe | tuple[nn.Module, Preparation]
Given = nn.Module | Probe | tuple[nn.Module, Preparation]
"""A network in Python, as the user gives it."""


def product(given: object, name: str, known: Preparation) -> Product:
    """A probe, or a network and its preparation.

    Args:
        given: what a function returned, or what the user passed.
        name: what to call it in an error.
        known: the preparation of a network that comes without; one that a module has as its attribute ``preparation``
            goes before it.

    Raises:
        InputError: it is something else, or a weight has no shape yet.
    """
    if isinstance(given, nn.Module):
        stated = getattr(given, "preparation", None)
        return shaped(given, name), stated if isinstance(stated, Preparation) else known
    if isinstance(given, Probe):
        return given
    match given:
        case (nn.Module() as network, Preparation() as preparation):
            return shaped(network, name), preparation
    raise InputError(
        f"{name} returned {_described(given)}; expected a torch.nn.Module, (torch.nn.Module, "
        f"visualize.methods.Preparation) or a visualize.methods.Probe"
    )


def _described(given: object) -> str:
    if isinstance(given, tuple):
        return f"a tuple of {', '.join(type(item).__name__ for item in given[:4]) or 'nothing'}"
    return f"a {type(given).__name__}"


def shaped(network: nn.Module, name: str) -> nn.Module:
    """The network itself, if its weights have shapes.

    Raises:
        InputError: a weight gets its shape at the first run only.
    """
    lazy = next((key for key, value in network.named_parameters() if isinstance(value, UninitializedParameter)), None)
    if lazy is None:
        return network
    raise InputError(
        f"{name} returned a network whose {lazy} gets its shape at the first run; run the network on a picture "
        f"before it is returned"
    )


def named(probe: Probe, name: str) -> Probe:
    """A probe that a user's function returned, called as the function is unless the function gave it a name."""
    if probe.identity.name != type(probe.network).__name__:
        return probe
    return probe.changed(identity=Identity(name, probe.identity.weights_sha256))


def with_overrides(probe: Probe, facts: Overrides) -> Probe:
    """A probe with what its user states of the network; the probe itself where that is nothing.

    Raises:
        InputError: it cannot be so of this network, such as another number of classes than it has outputs.
    """
    if facts.changes_input or facts.classes is not None:
        probe = probe.changed(prepare=facts.applied(probe.prepare))
    name_classes(probe, facts)
    return probe


def name_classes(probe: Probe, facts: Overrides) -> None:
    """Give a probe that nobody else has the names of classes that are stated, if any are.

    Raises:
        InputError: there are more or fewer than the network has outputs.
    """
    if facts.classes is not None:
        probe.classes = facts.classes.named(probe.output.units)


def probe_of(given: object, facts: Overrides, *, device: str | None, optimise: bool) -> Probe:
    """Probe of a network that is passed in Python, which stays where it is and as it is.

    Args:
        given: the network, (the network, its preparation), or a probe.
        facts: that the user states of it.
        device: the device that it is expected on; None is wherever it lies.
        optimise: as :class:`visualize.methods.Probe` takes it.

    Raises:
        InputError: it is no network, lies on another device, or what is stated cannot be.
    """
    if not isinstance(given, nn.Module | Probe | tuple):
        called = "; call it first, and pass what it returns" if callable(given) else ""
        raise InputError(
            f"a {type(given).__name__} is no model{called}: expected the name of one, a torch.nn.Module, "
            f"(torch.nn.Module, visualize.methods.Preparation) or a visualize.methods.Probe"
        )
    made = product(given, "the model", IMAGENET)
    if isinstance(made, Probe):
        probe = with_overrides(made, facts)
    else:
        network, preparation = made
        probe = Probe(opened(network), prepare=facts.applied(preparation), optimise=optimise)
        name_classes(probe, facts)
    require_device(probe, device)
    return probe


def require_device(probe: Probe, device: str | None) -> None:
    """Refuse another device than that on which a network lies that its user made.

    Args:
        probe: the network.
        device: where it is expected; None and "auto" are wherever it lies.

    Raises:
        InputError: it lies elsewhere, or there is no such device.
    """
    if device is None or device == AUTO:
        return
    if torch.device(choose_device(device)) in {probe.device, torch.device(probe.device.type)}:
        return
    raise InputError(
        f"the network lies on {probe.device}, and {device} is asked for; move it there by network.to({device!r}), or "
        f"leave out the device"
    )
