"""The table of models: their cards by name, and what of them is on this disk. Nothing here loads torch."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from methods.errors import InputError, suggest
from methods.preparation import Preparation
from visualize.models.aliases import squeezenet_aliases
from visualize.models.cache import at_hand
from visualize.models.model_card import ModelCard
from visualize.models.own import is_own, own_card
from visualize.models.torchvision_models import PREFIX, examples, torchvision_card

WEIGHTS = Path(__file__).with_name("weights")
_GITHUB = "https://raw.githubusercontent.com/"
_HERE = "visualize.models.architectures."

_CARDS = (
    ModelCard(
        name="scenes-alexnet",
        title="a small AlexNet trained on rendered scenes; comes with this package",
        task="scenes",
        architecture=f"{_HERE}scenes_alexnet:scenes_alexnet",
        preparation=Preparation(size=(128, 128), mean=(0.485, 0.456, 0.406), std=(0.229, 0.224, 0.225)),
        file="scenes-alexnet.safetensors",
        embedded=True,
        reader="safetensors",
        classes="metadata",
        licence="Apache-2.0",
        paper="made here, by examples/train_scenes.py, after Zhou et al. 2015, arXiv:1412.6856",
        default_layer="conv5",
        default_unit=53,  # pillows and headboards: an object that nobody named in training
        default_images="scenes",
    ),
    ModelCard(
        name="places-squeezenet",
        title="SqueezeNet 1.1 with batch norm, trained on Places365 by Steffen Urban",
        task="scenes",
        architecture=f"{_HERE}places_squeezenet:places_squeezenet",
        preparation=Preparation(
            size=(224, 224),
            resize=(256, 256),
            order="BGR",
            mean=(104.05, 112.51, 116.68),
            std=(255.0,) * 3,
            maximum=255.0,
        ),
        file="squeezenet_weights_places365.params",
        sources=(f"{_GITHUB}urbste/squeezenet_places365/master/squeezenet_weights_places365.params",),
        sha256="162b88966e38f586d4224bcc4324078e32fc484ac1824cc73876e9775b0fcc16",
        size=3_694_242,
        reader="places-squeezenet",
        classes="places365",
        licence="none stated by its author",
        paper="Iandola et al. 2016, SqueezeNet, arXiv:1602.07360; Zhou et al. 2017, Places",
        default_layer="fire9",
        notes=("39.5 % top-1 and 71 % top-5 on Places365, as its author reports",),
    ),
    ModelCard(
        name="imagenet-squeezenet",
        title="SqueezeNet 1.0 for ImageNet, compressed to 0.7 MB by Deep Compression",
        task="objects",
        architecture="visualize.models.torchvision_models:network",
        arguments=MappingProxyType({"name": "squeezenet1_0", "num_classes": 1000}),
        preparation=Preparation(
            size=(227, 227), resize=(256, 256), order="BGR", mean=(104.0, 117.0, 123.0), std=(1.0,) * 3, maximum=255.0
        ),
        file="compressed_SqueezeNet.net",
        sources=(f"{_GITHUB}songhan/SqueezeNet-Deep-Compression/master/compressed_SqueezeNet.net",),
        sha256="e4ab6960ae8cd81505e1c2136921201507e930966c53deaf15862a395b3a3261",
        size=675_763,
        reader="deep-compression",
        classes="imagenet",
        aliases=MappingProxyType(squeezenet_aliases("squeezenet1_0")),
        licence="none stated by its authors",
        paper="Iandola et al. 2016, SqueezeNet, arXiv:1602.07360; Han et al. 2016, Deep Compression, arXiv:1510.00149",
        default_layer="features.12",
        notes=("57.5 % top-1 on ImageNet, as its authors report",),
    ),
    ModelCard(
        name="places-alexnet",
        title="CaffeNet (AlexNet) trained on Places365: the network of Network Dissection's first figures",
        task="scenes",
        architecture=f"{_HERE}caffenet:caffenet",
        arguments=MappingProxyType({"classes": 365}),
        preparation=Preparation(
            size=(227, 227), resize=(256, 256), mean=(0.485, 0.456, 0.406), std=(0.229, 0.224, 0.225)
        ),
        file="alexnet_places365-92864cf6.pth",
        sources=("https://dissect.csail.mit.edu/models/alexnet_places365-92864cf6.pth",),
        sha256="92864cf6",
        size=233_500_000,
        classes="places365",
        licence="CC BY 4.0 (Places365)",
        paper="Zhou et al. 2017, Places; Bau et al. 2020, Understanding the role of individual units, PNAS",
        default_layer="conv5",
        notes=(
            "prepared as its publisher's own code does: RGB with ImageNet's mean and deviation, not Caffe's BGR",
            "not the checkpoint of NetDissect's published tables: unit numbers differ",
        ),
    ),
)
_TABLE = MappingProxyType({card.name: card for card in _CARDS})


@dataclass(frozen=True)
class Listed:
    """One line of a list of models.

    Args:
        name: what users type.
        title: one line that says what it is.
        task: "scenes" or "objects".
        size: of its weights file in bytes; None where it is unknown.
        on_disk: where the file lies, or None.
        source: "embedded", or the preferred address.
        notes: reported accuracy and peculiarities.
    """

    name: str
    title: str
    task: str
    size: int | None
    on_disk: Path | None
    source: str
    notes: tuple[str, ...]


def names() -> tuple[str, ...]:
    """The models with a card of their own; ``torchvision/NAME`` and networks of the user's own come on top."""
    return tuple(_TABLE)


def card(name: str) -> ModelCard:
    """The card of a model.

    Args:
        name: one of :func:`names`, ``torchvision/NAME``, ``torchvision/NAME:WEIGHTS``, ``torchvision/NAME:none``
            (random weights), ``package.module:function`` or ``path/to/file.py:function``.

    Raises:
        InputError: no model is called that; the message names close ones.
    """
    if name in _TABLE:
        return _TABLE[name]
    if name.startswith(PREFIX) and ".py:" not in name:
        return torchvision_card(name)
    if is_own(name):
        return own_card(name)
    raise InputError(
        f"no model is called {name!r}{suggest(name, (*names(), *examples()))} (known: {', '.join(names())}, "
        f"torchvision/NAME; your own: package.module:function or path/to/file.py:function)"
    )


def on_disk(card: ModelCard) -> Path | None:
    """Where the model's weights file lies, if it need not be downloaded: in the package, the mirror or the cache."""
    if card.embedded:
        path = WEIGHTS / card.file
        return path if path.is_file() else None
    return at_hand(card.resource) if card.resource else None


def notes(card: ModelCard) -> tuple[str, ...]:
    """The card's notes, and the accuracy that an embedded weights file states about itself."""
    path = on_disk(card) if card.embedded else None
    if path is None:
        return card.notes
    from visualize.models.readers.safetensors import metadata

    facts = metadata(path)
    if "accuracy" not in facts:
        return card.notes
    share, of = float(facts["accuracy"]), facts.get("held_out", "")
    return (f"names {share:.1%} of {of} held-out pictures right".replace("  ", " "), *card.notes)


def listing() -> tuple[Listed, ...]:
    """What a list of models shows: everything with a card of its own. Reads no weights and asks no network."""
    return tuple(_listed(card) for card in _CARDS)


def _listed(card: ModelCard) -> Listed:
    path = on_disk(card)
    return Listed(
        name=card.name,
        title=card.title,
        task=card.task,
        size=path.stat().st_size if path else card.size,
        on_disk=path,
        source="embedded" if card.embedded else card.sources[0],
        notes=notes(card),
    )
