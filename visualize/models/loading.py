"""From a model's name to a network that can be looked into."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn
from torch.nn.parameter import UninitializedParameter

from methods.errors import InputError
from methods.network.preprocessing import Preparation
from methods.network.probe import Probe
from methods.network.run.shared_copy import weights_sha256
from methods.provenance import Identity
from visualize.download.cache import cache_folder, digest
from visualize.models import registry
from visualize.models.class_names import class_names
from visualize.models.readers import read
from visualize.models.sources.random_weights import redraw
from visualize.models.sources.torchscript import opened
from visualize.models.state_dict import class_count, fit, outputs
from visualize.models.trust import trusting
from visualize.models.weights_file import weights_file

if TYPE_CHECKING:
    from methods.progress import Progress
    from visualize.models.model_card import ModelCard


def load(
    name: str,
    *,
    weights: str | Path | None = None,
    device: str = "cpu",
    optimise: bool = True,
    trust: bool = False,
    progress: Progress | None = None,
) -> Probe:
    """A model that is ready to be looked into; its weights are downloaded if they are not on this disk.

    Args:
        name: what :func:`visualize.models.card` takes.
        weights: a file to load instead of the model's own: safetensors, torch's format, or the model's.
        device: where the network goes: "cpu", "cuda", ...
        optimise: see :class:`methods.Probe`. A user's function that returns a probe decides this, and the device.
        trust: let ``hub/OWNER/REPO:ENTRY`` download that repository's code and run it.
        progress: told how many bytes of a download there are.

    Raises:
        InputError: no such model, file or device; the file does not fit the network; the weights cannot be fetched.
    """
    card = registry.card(name)
    file = Path(weights) if weights is not None else weights_file(card, progress=progress)
    with trusting(yes=trust):
        made = _made(card)
    if isinstance(made, Probe):
        if file is not None:
            raise InputError(
                f"{name} returns a Probe, whose weights are in place; let it return the network for {file}"
            )
        return made
    network = opened(_filled(card, made[0], file))
    sha256 = digest(file) if file is not None else weights_sha256(network)
    classes = class_names(card, file, online=file is not None and file.parent == cache_folder())
    return Probe(
        _moved(network, device),
        prepare=made[1],
        aliases=card.aliases,
        identity=Identity(card.name, sha256),
        classes=classes if len(classes) == outputs(network) else (),
        layouts=card.layouts,
        optimise=optimise,
    )


def build(card: ModelCard, weights: Path | None) -> nn.Module:
    """The network of a card in evaluation mode, on the CPU.

    Args:
        card: the card.
        weights: the file to fill it with; None leaves the random weights that seed 0 gives.

    Raises:
        InputError: the file is damaged, in another format, or does not fit; or the card's function fails.
    """
    made = _made(card)
    network = made.network if isinstance(made, Probe) else made[0]
    return _filled(card, network, weights)


def _filled(card: ModelCard, network: nn.Module, weights: Path | None) -> nn.Module:
    if weights is None:
        return network.eval()
    state = read(weights, card.reader)
    count = class_count(network, state, card) if "num_classes" in card.arguments else None
    if count is not None and count != card.arguments["num_classes"]:
        arguments = MappingProxyType({**card.arguments, "num_classes": count})
        made = _made(dataclasses.replace(card, arguments=arguments))
        network = network if isinstance(made, Probe) else made[0]
    spoilt = next((name for name, value in state.items() if _undefined(value)), None)
    if spoilt is not None:
        raise InputError(f"{weights} is of no use: {spoilt} holds values that are no numbers (NaN)")
    fit(network, state, file=weights, card=card)
    return network.eval()


def _undefined(value: Tensor) -> bool:
    return value.is_floating_point() and not value.is_meta and bool(value.isnan().any())


def _made(card: ModelCard) -> Probe | tuple[nn.Module, Preparation]:
    """What the card's function returns, the same at every call; the caller's random numbers go on undisturbed.

    Raises:
        InputError: it returns something else than a network, a network and its preparation, or a probe.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(card.seed)
        made = card.architecture.load()(**card.arguments)
        if card.redrawn:
            made = _redrawn(made, card)
    if isinstance(made, nn.Module):
        stated = getattr(made, "preparation", None)
        return _shaped(made, card), stated if isinstance(stated, Preparation) else card.preparation
    if isinstance(made, Probe):
        return made
    match made:
        case (nn.Module() as network, Preparation() as preparation):
            return _shaped(network, card), preparation
    raise InputError(
        f"{card.name} returned a {type(made).__name__}; expected a torch.nn.Module, (torch.nn.Module, "
        f"methods.Preparation) or a methods.Probe"
    )


def _redrawn(made: object, card: ModelCard) -> object:
    """The same, with random weights."""
    network = made[0] if isinstance(made, tuple) and made else made
    if isinstance(network, Probe):
        raise InputError(f"{card.name}: the function returns a Probe; let it return the network for an untrained twin")
    if isinstance(network, nn.Module):
        redraw(_shaped(network, card))
    return made


def _shaped(network: nn.Module, card: ModelCard) -> nn.Module:
    """The network itself, if its weights have shapes.

    Raises:
        InputError: some are made at the first run only.
    """
    lazy = next((name for name, value in network.named_parameters() if isinstance(value, UninitializedParameter)), None)
    if lazy is None:
        return network
    raise InputError(
        f"{card.name} returned a network whose {lazy} gets its shape at the first run; run the network on a picture "
        f"before it is returned"
    )


def _moved(network: nn.Module, device: str) -> nn.Module:
    empty = next((name for name, value in network.named_parameters() if value.is_meta), None)
    if empty is not None:
        raise InputError(f"{empty} of the network has a shape but no values (it is on the meta device); fill it first")
    try:
        return network.to(torch.device(device))
    except (RuntimeError, AssertionError) as fault:
        raise InputError(f"no device {device!r} here ({str(fault).splitlines()[0]}); cpu always works") from fault
