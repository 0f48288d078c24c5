"""Where a result comes from: the method, its settings, the seed, the network and the library versions."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Any

Json = None | bool | int | float | str | Sequence["Json"] | Mapping[str, "Json"]


_RECORDED = ("torch", "torchvision", "captum", "kornia", "numpy", "pillow")


def jsonable(value: object) -> object:
    """A mapping that is no dict, or a number of numpy's, as JSON knows it: what ``json.dumps`` takes as ``default``.

    Raises:
        TypeError: JSON has nothing like it.

    Example:
        >>> import json, numpy as np
        >>> json.dumps({"share": np.float32(0.5), "of": MappingProxyType({"n": 2})}, default=jsonable)
        '{"share": 0.5, "of": {"n": 2}}'
    """
    if isinstance(value, Mapping):
        return dict(value)
    item = getattr(value, "item", None)
    if item is None:
        raise TypeError(f"{type(value).__name__} cannot be written as JSON")
    return item()


@dataclass(frozen=True)
class Identity:
    """Network that a result speaks of.

    Args:
        name: the model's name in the zoo, or of its class.
        weights_sha256: of the weights file where there is one, else of the parameters and buffers in memory.

    Example:
        >>> import visualize as viz
        >>> viz.load("scenes-alexnet").identity.name
        'scenes-alexnet'
    """

    name: str
    weights_sha256: str


@functools.cache
def versions_in_use() -> Mapping[str, str]:
    """Versions of the libraries that numbers depend on, by name; those that are not installed are left out."""
    from importlib import metadata

    versions = {}
    for name in _RECORDED:
        with contextlib.suppress(metadata.PackageNotFoundError):
            versions[name] = metadata.version(name)
    return MappingProxyType(versions)


@dataclass(frozen=True, kw_only=True)
class Provenance:
    """Where a result comes from: enough to make it again.

    Args:
        method: the method's name.
        settings: its settings but for the seed.
        seed: of everything random in it.
        model: the network.
        versions: of the libraries that numbers depend on.
        seconds: that the work took, for each unit.
        preparation: how pictures become the network's input, as :meth:`visualize.methods.Preparation.document` gives
            it; empty where nobody said so.

    Example:
        >>> from visualize.methods import find
        >>> record = Provenance(method="saliency", settings={"kind": "input"}, seed=3, model=Identity("net", "0" * 64))
        >>> find(record.method)(**record.settings, seed=record.seed).kind
        'input'
    """

    method: str
    settings: Mapping[str, Any]
    seed: int
    model: Identity
    versions: Mapping[str, str] = field(default_factory=versions_in_use)
    seconds: float = 0.0
    preparation: Mapping[str, Json] = field(default_factory=lambda: MappingProxyType({}))
