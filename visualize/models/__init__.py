"""The zoo: networks by name, with their weights, preparation and layer names.

Names are loaded when they are first used, so that listing the models needs no torch.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from visualize.models.loading import load
    from visualize.models.model_card import ModelCard, Resource
    from visualize.models.zoo import Listed, card, listing, names, notes, on_disk

_WHERE = {
    "ModelCard": "model_card",
    "Resource": "model_card",
    "load": "loading",
    "Listed": "zoo",
    "card": "zoo",
    "listing": "zoo",
    "names": "zoo",
    "notes": "zoo",
    "on_disk": "zoo",
}

__all__ = ["Listed", "ModelCard", "Resource", "card", "listing", "load", "names", "notes", "on_disk"]


def __getattr__(name: str) -> object:
    if name not in _WHERE:
        raise AttributeError(f"module 'visualize.models' has no attribute {name!r}")
    return getattr(importlib.import_module(f"visualize.models.{_WHERE[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
