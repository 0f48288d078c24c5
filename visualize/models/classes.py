"""The names of a model's classes: decoration. A model whose names are not at hand counts its classes instead."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from methods.errors import InputError
from visualize.models.cache import at_hand, mismatch
from visualize.models.download import fetch
from visualize.models.model_card import ModelCard, Resource

if TYPE_CHECKING:
    from pathlib import Path

PLACES365 = Resource(
    file="categories_places365.txt",
    sources=("https://raw.githubusercontent.com/CSAILVision/places365/master/categories_places365.txt",),
    sha256="2affba635eb657e7ca95f4e6cc69bd9fac29ef4c32aeb83cafdfcd06ec6a1ea6",
    size=6833,
)
_PATIENCE = 5.0  # seconds that a mere list of names may keep a user waiting
_LINE = re.compile(r"/./(?P<name>\S+) (?P<number>\d+)")


def class_names(card: ModelCard, weights: Path | None, *, online: bool = False) -> tuple[str, ...]:
    """The names of the model's classes in the order of its outputs, or none where they are not at hand.

    Args:
        card: its ``classes`` says where they come from: "imagenet" (torchvision), "places365" (a published list, looked
            for in the mirror and the cache), "metadata" (a JSON list in the safetensors file), or "" (nowhere).
        weights: the weights file, for "metadata".
        online: a published list that is not at hand may be downloaded.
    """
    if card.classes == "imagenet":
        return _imagenet()
    if card.classes == "places365":
        return _places365(online=online)
    if card.classes == "metadata" and weights is not None:
        from visualize.models.readers.safetensors import metadata

        names = json.loads(metadata(weights).get("classes", "[]"))
        return tuple(str(name) for name in names)
    return ()


def parse_places365(text: str) -> tuple[str, ...]:
    """Names from lines such as ``/t/temple/asia 330``, by their numbers; none if the lines are otherwise."""
    found = [_LINE.fullmatch(line.strip()) for line in text.splitlines() if line.strip()]
    numbered = {int(line["number"]): line["name"] for line in found if line}
    complete = len(numbered) == len(found) and set(numbered) == set(range(len(found)))
    return tuple(numbered[number] for number in range(len(found))) if complete else ()


def _places365(*, online: bool) -> tuple[str, ...]:
    path = at_hand(PLACES365)
    try:
        if path is None or mismatch(path, PLACES365):
            if not online:
                return ()
            path = fetch(PLACES365, timeout=_PATIENCE)
        return parse_places365(path.read_text("utf-8"))
    except (InputError, OSError):
        return ()


def _imagenet() -> tuple[str, ...]:
    from torchvision.models import AlexNet_Weights

    return tuple(str(name) for name in AlexNet_Weights.DEFAULT.meta["categories"])
