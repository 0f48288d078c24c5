"""Where a result comes from: the method, its settings, the seed, the network and the library versions."""

from __future__ import annotations

import functools
import importlib.metadata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Any

Json = None | bool | int | float | str | Sequence["Json"] | Mapping[str, "Json"]


_RECORDED = ("torch", "torchvision", "captum", "kornia", "numpy", "pillow")


@dataclass(frozen=True)
class Identity:
    """Which network a result speaks of.

    Args:
        name: the model's name in the zoo, or of its class.
        weights_sha256: of the weights file where there is one, else of the parameters and buffers in memory.
    """

    name: str
    weights_sha256: str


@functools.cache
def versions_in_use() -> Mapping[str, str]:
    """The versions of the libraries that numbers depend on."""
    found = {}
    for name in _RECORDED:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return MappingProxyType(found)


@dataclass(frozen=True, kw_only=True)
class Provenance:
    """Where a result comes from: enough to make it again."""

    method: str
    settings: Mapping[str, Any]
    seed: int
    model: Identity
    versions: Mapping[str, str] = field(default_factory=versions_in_use)
    seconds: float = 0.0
