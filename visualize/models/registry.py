"""The catalogue: models by name, and which of their files are on this disk. Nothing here loads torch."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from visualize.download.cache import at_hand
from visualize.methods.errors import InputError, suggest
from visualize.models.catalogue import caffe, netdissect, places, self_supervised, supervisions
from visualize.models.catalogue import squeezenets as house
from visualize.models.sources import timm, torch_hub, torchvision
from visualize.models.sources.user_function import UserFunction, functions, user_entry

if TYPE_CHECKING:
    from visualize.models.model_entry import ModelEntry


WEIGHTS = Path(__file__).with_name("weights")
RANDOM = "random/"
_SHOWN = 6
_FAMILIES = (
    house.CARDS,
    supervisions.CARDS,
    caffe.CARDS,
    places.CARDS,
    self_supervised.CARDS,
    netdissect.CARDS,
)
CATALOGUE = MappingProxyType({entry.name: entry for cards in _FAMILIES for entry in cards})
"""Name -> catalogue entry of every model that has one of its own, in the order of the list of models."""


@dataclass(frozen=True)
class Listed:
    """A line in the list of models.

    Args:
        name: the name that users type.
        title: one line that describes the model.
        task: "scenes", "objects" or "self-supervised".
        size: size of the weights file in bytes; None where it is unknown.
        on_disk: path of the weights file; None where it would be downloaded.
        source: "embedded", or the preferred address of the weights file.
        notes: reported accuracy and peculiarities.
        licence: licence of the weights, as their publisher states it.
        paper: the publication that describes them.

    Example:
        >>> from visualize.models import listing
        >>> [line.name for line in listing() if line.source == "embedded"][:2]
        ['scenes-alexnet', 'scenes-alexnet-plain']
    """

    name: str
    title: str
    task: str
    size: int | None
    on_disk: Path | None
    source: str
    notes: tuple[str, ...]
    licence: str
    paper: str


def names() -> tuple[str, ...]:
    """Names of the models in the catalogue; ``torchvision/NAME`` and networks of the user's own come on top."""
    return tuple(CATALOGUE)


def entry_of(name: str) -> ModelEntry:
    """The catalogue entry of a model, by the model's name; nothing is downloaded for it.

    Args:
        name: one of :func:`names`; ``torchvision/NAME``, ``torchvision/NAME:WEIGHTS`` or ``torchvision/NAME:none``
            (random weights); ``timm/NAME``, ``timm/NAME:TAG`` or ``timm/NAME:none``; ``hub/OWNER/REPO:ENTRY``
            (torch.hub); ``random/NAME`` or ``random/NAME#SEED``, an untrained twin of any of these;
            ``package.module:function`` or ``path/to/file.py:function``; the path of a TorchScript file.

    Raises:
        InputError: no model is called that; the message names close ones.
    """
    if name in CATALOGUE:
        return CATALOGUE[name]
    prefix = next((prefix for prefix in _PREFIXES if name.startswith(prefix)), None)
    if prefix is not None and not _lies_there(name):
        return _PREFIXES[prefix](name)
    function = UserFunction.parse(name)
    if function is not None:
        return user_entry(function)
    if Path(name).is_file():
        return _of_file(name)
    raise InputError(
        f"no model is called {name!r}{suggest(name, (*names(), *torchvision.examples()))} (expected one of viz models, "
        f"torchvision/NAME, timm/NAME, hub/OWNER/REPO:ENTRY or random/NAME, or your own: package.module:function, "
        f"path/to/file.py:function or a TorchScript file)"
    )


def _lies_there(name: str) -> bool:
    """Whether a name is that of a file, or of a function in one, in a folder that is called as a prefix is."""
    source = name.rpartition(":")[0]
    return source.endswith(".py") and Path(source).is_file()


def _random(name: str) -> ModelEntry:
    """The untrained twin of a model: its architecture with the random weights that a seed gives."""
    asked, mark, seed = name.removeprefix(RANDOM).partition("#")
    if mark and not seed.isdecimal():
        raise InputError(f"{name}: the seed {seed!r} is no whole number; write random/NAME#7")
    if asked.startswith(RANDOM):
        raise InputError(f"{name}: {asked} is an untrained twin already")
    twin = entry_of(asked)
    arguments = dict(twin.arguments)
    if asked.startswith(torch_hub.PREFIX):
        arguments["pretrained"] = False
    if twin.architecture in {house.SCENES_ALEXNET, supervisions.SCENES_TRUNK}:
        arguments["seed"] = int(seed or 0)  # it draws its weights from a generator of its own
    return replace(
        twin,
        name=name,
        title=f"an untrained twin of {asked}",
        task="self-supervised" if twin.task == "self-supervised" else "",
        arguments=MappingProxyType(arguments),
        file="",
        sources=(),
        others=(),
        embedded=False,
        classes="",
        licence="",
        default_unit=0,
        seed=int(seed or 0),
        redrawn=asked not in CATALOGUE and not asked.startswith((torchvision.PREFIX, timm.PREFIX)),
        notes=(f"its weights are random, drawn with seed {int(seed or 0)}",),
    )


def _of_file(name: str) -> ModelEntry:
    from visualize.models.sources.torchscript import is_scripted, scripted_entry

    if is_scripted(Path(name)):
        return scripted_entry(name)
    if name.endswith(".py"):
        known = functions(Path(name)) or ("function",)
        raise InputError(
            f"{name} is a Python file; say which of its functions gives the network: "
            f"{', '.join(f'{name}:{function}' for function in known[:_SHOWN])}"
        )
    raise InputError(
        f"{name} holds no network (weights alone, perhaps): name the network by --model, as torchvision/resnet18 or "
        f"path/to/file.py:function, and give this file by --weights"
    )


_PREFIXES = MappingProxyType(
    {
        torchvision.PREFIX: torchvision.torchvision_entry,
        timm.PREFIX: timm.timm_entry,
        torch_hub.PREFIX: torch_hub.hub_entry,
        RANDOM: _random,
    }
)


def on_disk(entry: ModelEntry) -> Path | None:
    """Path of a model's weights file in the package, the mirror or the cache; None if it would be downloaded."""
    if entry.embedded:
        path = WEIGHTS / entry.file
        return path if path.is_file() else None
    return next((path for path in map(at_hand, entry.resources) if path is not None), None)


def notes(entry: ModelEntry) -> tuple[str, ...]:
    """Sentences that a user should know of a model, with what an embedded weights file states of its accuracy."""
    path = on_disk(entry) if entry.embedded else None
    if path is None:
        return entry.notes
    from visualize.models.readers.safetensors import metadata

    facts = metadata(path)
    if "solved" in facts:
        share, chance = float(facts["solved"]), float(facts["chance"])
        solved = f"says {facts['question']}: {share:.1%} right on {facts['held_out']} held-out scenes"
        return (f"{solved}, where chance gives {chance:.1%}", *entry.notes)
    if "accuracy" not in facts:
        return entry.notes
    share, of = float(facts["accuracy"]), facts.get("held_out", "")
    return (f"names {share:.1%} of {of} held-out pictures right".replace("  ", " "), *entry.notes)


def listing() -> tuple[Listed, ...]:
    """The list of models: a line for each one in the catalogue. Reads no weights and asks no server."""
    return tuple(_listed(entry) for entry in CATALOGUE.values())


def _listed(entry: ModelEntry) -> Listed:
    path = on_disk(entry)
    return Listed(
        name=entry.name,
        title=entry.title,
        task=entry.task,
        size=path.stat().st_size if path else entry.size,
        on_disk=path,
        source="embedded" if entry.embedded else entry.sources[0],
        notes=notes(entry),
        licence=entry.licence,
        paper=entry.paper,
    )
