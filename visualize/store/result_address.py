"""Everything that a result depends on, as words: equal for two calls that give the same numbers, bit for bit."""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import json
from typing import TYPE_CHECKING

from visualize.methods.method import Needs
from visualize.methods.pictures.labelled import Labelled
from visualize.methods.registry import table
from visualize.store.libraries import library, program
from visualize.store.machine import machine
from visualize.store.network_address import layouts, network_address
from visualize.store.picture_address import picture_address
from visualize.store.value_digest import UnidentifiedError, digest_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from visualize.methods.method import Method
    from visualize.methods.network.probe import Probe
    from visualize.methods.pictures.images import Images
    from visualize.methods.unit import Target


def key(address: Mapping[str, str]) -> str:
    """SHA-256 of an address."""
    return hashlib.sha256(json.dumps(dict(address), sort_keys=True).encode()).hexdigest()


def may_be_kept(method: Method) -> bool:
    """Whether results of a method can be told apart: it is ours, or its class states the version of its numbers."""
    kind = type(method)
    return library(kind.__module__) == "viz" or bool(vars(kind).get("version"))


class Addresses:
    """Gives results of one network their addresses; what they share is found out once.

    Args:
        probe: the network.
        loaded: this program made the network just now, from the weights that its identity states.
    """

    def __init__(self, probe: Probe, *, loaded: bool) -> None:
        self._probe, self._loaded = probe, loaded
        self._last: tuple[Images, str | None] | None = None

    def of(self, method: Method, units: Sequence[Target], images: Images | None) -> list[dict[str, str]] | None:
        """Address of the result of each unit of a call.

        Args:
            method: what is called.
            units: under their layers' own names.
            images: the probe set.

        Returns:
            one for each unit; None if something that the results depend on cannot be told apart.
        """
        shared = self.network
        pictures: str | None = "none"
        if images is not None and method.wants is not Needs.NOTHING:
            pictures = self._pictures(images, with_labels=method.wants in {Needs.LABELLED, Needs.WORDED})
        settings = _settings(method)
        if shared is None or pictures is None or settings is None:
            return None
        company = method.company(units)
        return [
            {
                **shared,
                "method": _name(type(method)),
                "settings": settings,
                "pictures": pictures,
                "unit": str(unit),
                "layouts": layouts(self._probe, [unit]),
                "company": json.dumps(words),
            }
            for unit, words in zip(units, company, strict=True)
        ]

    @property
    def network(self) -> dict[str, str] | None:
        """Part of every address that is the network's and the machine's; None if something cannot be told apart."""
        return None if self._network is None else {**self._network, **machine(self._probe.device)}

    @functools.cached_property
    def _network(self) -> dict[str, str] | None:
        network = network_address(self._probe, loaded=self._loaded)
        try:
            others = [digest_of(kind) for kind in table().values() if library(kind.__module__) != "viz"]
        except UnidentifiedError:  # a method may look at what others in the table say
            return None
        if network is None:
            return None
        return {"program": program(), "others": " ".join(others), **network}

    def _pictures(self, images: Images, *, with_labels: bool) -> str | None:
        """The address of a set, which is asked for again and again."""
        if self._last is None or self._last[0] is not images:
            self._last = (images, picture_address(images))
        address = self._last[1]
        if with_labels and address is not None and isinstance(images, Labelled):
            return f"{address} {images.fingerprint}"
        return address


def _name(kind: type[Method]) -> str:
    return f"{kind.__module__}.{kind.__qualname__} {vars(kind).get('version', '')}"


def _settings(method: Method) -> str | None:
    """Digest of a method's settings, with its seed, and of its code where that is not ours."""
    try:
        return digest_of(type(method), {item.name: getattr(method, item.name) for item in dataclasses.fields(method)})
    except UnidentifiedError:
        return None
