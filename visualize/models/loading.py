"""From a model's name to a network that can be looked into."""

from __future__ import annotations

import dataclasses
import warnings
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Unpack

import torch
from torch import Tensor, nn

from visualize.download.cache import cache_folder, digest
from visualize.keywords import spelled_out
from visualize.methods.errors import InputError, InputWarning
from visualize.methods.network.probe import Probe
from visualize.methods.network.run.chance import start
from visualize.methods.network.run.shared_copy import evaluating, weights_sha256
from visualize.methods.plain_state import plain_state
from visualize.methods.provenance import Identity
from visualize.models import registry
from visualize.models.class_names import class_names
from visualize.models.device import AUTO, checked_device, choose_device
from visualize.models.overrides import Stated, overrides
from visualize.models.products import name_classes, named, probe_of, require_device, shaped, with_overrides
from visualize.models.products import product as checked
from visualize.models.readers import read_all
from visualize.models.sources.random_weights import redraw
from visualize.models.sources.torchscript import opened
from visualize.models.state_dict import State, class_count, fit, outputs
from visualize.models.trust import trusting
from visualize.models.weights_choice import chosen
from visualize.models.weights_file import weights_file

if TYPE_CHECKING:
    from collections.abc import Sequence

    from visualize.methods.progress import Progress
    from visualize.models.model_entry import ModelEntry
    from visualize.models.products import Given, Product
    from visualize.models.readers.nested import Held
    from visualize.models.weights_choice import WeightsChoice
    from visualize.watch import Watch


_RANDOM = "random/"


@spelled_out(Stated)
@plain_state()  # a network is made and filled as in a program that has just begun
def load(
    model: str | Path | Given,
    *,
    weights: str | Path | None = None,
    device: str | None = None,
    optimise: bool = True,
    trust: bool = False,
    progress: Progress | None = None,
    **stated: Unpack[Stated],
) -> Probe:
    """A model that is ready to be looked into; its weights are downloaded if they are not on this disk.

    Args:
        model: its name, in one of the forms that :func:`visualize.models.entry_of` lists; or a network: a
            ``torch.nn.Module``, which stays where it is and as it is, (module, :class:`visualize.methods.Preparation`),
            or a :class:`visualize.methods.Probe`. A module alone is taken to be prepared for as torchvision's
            classifiers are (224 pixels, ImageNet's mean and std), unless something else is stated.
        weights: a file to load instead of the model's own: safetensors, torch's format, or the format of the model's;
            "FILE:KEY" takes the weights under a key of it, such as "net.pth:model_ema".
        device: the device that a named model is moved to: "cpu" (the default), "cuda", "cuda:1", "mps", or "auto":
            a CUDA GPU where there is one. A network that is passed, and a probe that a function returns, stay where
            they are: another device is an error.
        optimise: run the network's optimised graph, as :class:`visualize.methods.Probe` takes it. A user's function
            that returns a probe decides this itself.
        trust: let the code run that comes with a model: that of ``hub/OWNER/REPO:ENTRY``, which is downloaded, and that
            in a TorchScript file.
        progress: called with the bytes of a download that are there, and the bytes in all.
        stated: facts of the network in place of those that are known of it: ``size``, ``mean``, ``std``, ``order``,
            ``prepare`` and ``classes``, as :func:`visualize.models.overrides.overrides` explains them.

    Raises:
        InputError: no such model, file or device; the file does not fit the network; the weights cannot be fetched; or
            what is stated cannot be.

    Example:
        >>> from torch import nn
        >>> from visualize.models import load
        >>> probe = load("random/scenes-alexnet")
        >>> probe.layer("conv5").units, probe.layer("conv5").map_size
        (80, (15, 15))
        >>> load(nn.Sequential(nn.Conv2d(3, 8, 5)), size=32, mean=0.5, std=0.5).layer("0").map_size
        (28, 28)
    """
    facts = overrides(**stated)
    if not isinstance(model, str | Path):
        if weights is not None:
            raise InputError("a network that is passed has its weights; give a weights file only with a model's name")
        return probe_of(model, facts, device=device, optimise=optimise)
    name = str(model)
    entry = registry.entry_of(name)
    choice = None if weights is None else chosen(weights)
    if choice is not None and name.startswith(_RANDOM):
        raise InputError(f"{name} has random weights; give the weights file to {name.removeprefix(_RANDOM)}")
    file = choice.file if choice is not None else weights_file(entry, progress=progress)
    with trusting(yes=trust):
        product = _built(entry)
    if isinstance(product, Probe):
        require_device(product, device)
        return with_overrides(named(_without_file(product, name, file), name), facts)
    network = opened(_filled(entry, product[0], file, choice))
    whole = file is not None and not (choice is not None and choice.key)
    sha256 = digest(file) if file is not None and whole else weights_sha256(network)
    known = () if facts.classes else class_names(entry, file, online=file is not None and file.parent == cache_folder())
    probe = Probe(
        _moved(network, "cpu" if device is None else choose_device(device) if device == AUTO else device),
        prepare=facts.applied(product[1]),
        aliases=entry.aliases,
        identity=Identity(entry.name, sha256),
        classes=known if len(known) == outputs(network) else (),
        layouts=entry.layouts,
        colours=entry.colours,
        optimise=optimise,
    )
    name_classes(probe, facts)
    return probe


def load_watched(
    model: str | Path | Given,
    watch: Watch,
    *,
    device: str = AUTO,
    **asked: Any,  # noqa: ANN401 (as load takes them)
) -> Probe:
    """A network for a command or a call: one that is named is loaded in sight, one that is passed stays where it is.

    Args:
        model: its name, or a network, as :func:`load` takes it.
        watch: shows how the work goes on.
        device: that it runs on; ``"auto"`` is a CUDA GPU where there is one.
        asked: further keywords of :func:`load`.

    Raises:
        InputError: whatever :func:`load` raises.
    """
    if not isinstance(model, str | Path):
        return load(model, device=checked_device(device), **asked)
    with watch(f"loading {model}") as progress:
        return load(model, device=checked_device(device), progress=progress, **asked)


def _without_file(probe: Probe, name: str, file: Path | None) -> Probe:
    """A probe that a user's function returned.

    Raises:
        InputError: a weights file was given for it.
    """
    if file is not None:
        raise InputError(f"{name} returns a Probe, whose weights are in place; let it return the network for {file}")
    return probe


@plain_state()
def build(entry: ModelEntry, weights: Path | None) -> nn.Module:
    """A model's network in evaluation mode, on the CPU.

    Args:
        entry: the model's catalogue entry.
        weights: the file to fill the network with; None leaves the random weights that the entry's seed gives.

    Raises:
        InputError: the file is damaged, in another format, or does not fit; or the entry's function fails.
    """
    product = _built(entry)
    network = product.network if isinstance(product, Probe) else product[0]
    return _filled(entry, network, weights)


def _filled(
    entry: ModelEntry, network: nn.Module, weights: Path | None, choice: WeightsChoice | None = None
) -> nn.Module:
    """The network with the first of a file's state dicts that fits it; what a user's own file holds besides is said."""
    if weights is None:
        return evaluating(network)
    states = read_all(weights, entry.reader, choice.key if choice else "")
    first: InputError | None = None
    for item in states:
        try:
            filled = _filled_with(entry, network, item.state, weights, tell=choice is not None)
        except InputError as fault:
            first = first or fault
        else:
            if choice is not None:
                _tell_others(item, states, weights)
            return filled
    raise first or InputError(f"{weights} holds no weights")


def _tell_others(taken: Held, states: Sequence[Held], file: Path) -> None:
    """Say which of several state dicts was taken, and how to take another."""
    others = [
        item.key
        for item in states
        if item.key not in {"", taken.key} and not item.joined and 2 * len(item.state) >= len(taken.state)
    ]
    if taken.key and others:
        more = " ..." if len(others) > 4 else ""
        warnings.warn(
            f"the weights are those under {taken.key} of {file}, which holds others under "
            f"{', '.join(others[:4])}{more}: --weights {file}:{others[0]} takes those",
            InputWarning,
            stacklevel=2,
        )


def _filled_with(entry: ModelEntry, network: nn.Module, state: State, weights: Path, *, tell: bool) -> nn.Module:
    count = class_count(network, state, entry) if "num_classes" in entry.arguments else None
    if count is not None and count != entry.arguments["num_classes"]:
        arguments = MappingProxyType({**entry.arguments, "num_classes": count})
        product = _built(dataclasses.replace(entry, arguments=arguments))
        network = network if isinstance(product, Probe) else product[0]
    spoilt = next((name for name, value in state.items() if _undefined(value)), None)
    if spoilt is not None:
        raise InputError(f"{weights} is of no use: {spoilt} holds values that are no numbers (NaN)")
    fit(network, state, file=weights, entry=entry, tell=tell)
    return evaluating(network)


def _undefined(value: Tensor) -> bool:
    return value.is_floating_point() and not value.is_meta and bool(value.isnan().any())


def _built(entry: ModelEntry) -> Product:
    """The result of the entry's function, equal at every call; the caller's random numbers go on undisturbed.

    Raises:
        InputError: the function returns something else than a network, a network and its preparation, or a probe.
    """
    with torch.random.fork_rng(devices=[]):
        start(entry.seed)
        product = entry.architecture.load()(**entry.arguments)
        if entry.redrawn:
            product = _redrawn(product, entry)
    return checked(product, entry.name, entry.preparation)


def _redrawn(product: object, entry: ModelEntry) -> object:
    """A user's network, or the pair that holds it, with random weights."""
    network = product[0] if isinstance(product, tuple) and product else product
    if isinstance(network, Probe):
        raise InputError(f"{entry.name}: the function returns a Probe; let it return the network for an untrained twin")
    if isinstance(network, nn.Module):
        redraw(shaped(network, entry.name))
    return product


def _moved(network: nn.Module, device: str) -> nn.Module:
    empty = next((name for name, value in network.named_parameters() if value.is_meta), None)
    if empty is not None:
        raise InputError(f"{empty} of the network has a shape but no values (it is on the meta device); fill it first")
    try:
        return network.to(torch.device(device))
    except (RuntimeError, AssertionError) as fault:
        raise InputError(f"no device {device!r} here ({str(fault).splitlines()[0]}); cpu always works") from fault
