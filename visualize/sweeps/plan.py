"""Plan of a sweep: networks, layers, probe sets and methods, checked as far as that goes without a network."""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003 (fields are looked at)
from dataclasses import dataclass, field
from pathlib import Path  # noqa: TC003 (likewise)
from typing import Any

from visualize.cards.named_methods import configured, kind_of
from visualize.files import safe
from visualize.methods.dissection.settings import Settings
from visualize.methods.errors import InputError
from visualize.methods.method import Method, Needs
from visualize.reports.wording import Wording, place_of

DISSECT, TRANSFER, ABLATE = "dissect", "transfer", "ablate"
MEASURED = (DISSECT, TRANSFER, ABLATE)
"""Methods that measure whole layers; all others look at every unit."""
_OF_THE_RUN = ("count", "colours", "batch")  # entries of [dissect] that are no settings of it


@dataclass(frozen=True, kw_only=True)
class PlannedNetwork:
    """A network of a sweep.

    Args:
        model: its name, as all commands take it.
        name: what it is called in the results.
        layers: names or aliases; "all" and "every" stand for several; none is the model's own.
        weights: a file in place of the model's own weights.
        facts: stated of it: size, mean, std, order, classes.
        key: where the file of the plan names it, such as ``"models[1]"``.
    """

    model: str
    name: str
    layers: tuple[str, ...] = ()
    weights: str | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    key: str = ""

    @property
    def folder(self) -> str:
        """Name of its folder among the results."""
        return safe(self.name)


@dataclass(frozen=True, kw_only=True)
class Plan:
    """Plan of a sweep.

    Args:
        networks: in their order.
        data: the probe sets; none is each model's own.
        methods: names of ways of looking and of measurements.
        settings: of methods, by their names.
        seed: of everything random.
        device: that networks run on.
        out: the folder of the results.
        source: the file that it comes from, for messages.
    """

    networks: tuple[PlannedNetwork, ...]
    data: tuple[str, ...]
    methods: tuple[str, ...]
    settings: Mapping[str, Mapping[str, Any]]
    seed: int
    device: str
    out: Path
    source: str

    def settings_of(self, method: str) -> Mapping[str, Any]:
        """Settings of a method as they stand in the file."""
        return self.settings.get(method, {})

    @property
    def looks(self) -> tuple[str, ...]:
        """Names of the methods that look at every unit, each by itself."""
        return tuple(name for name in self.methods if name not in MEASURED)

    def dissection(self) -> Settings:
        """Settings of the dissections.

        Raises:
            InputError: one of them cannot be.
        """
        given = {name: value for name, value in self.settings_of(DISSECT).items() if name not in _OF_THE_RUN}
        if isinstance(categories := given.get("categories"), list):
            given["categories"] = tuple(categories)
        return Settings(**given, seed=self.seed)

    def look(self, name: str) -> Method:
        """A method with its settings, those for browsing where the file says nothing else.

        Raises:
            InputError: it has no such setting, or one cannot have its value.
        """
        usual, given = dict(kind_of(name).browsing or {}), dict(self.settings_of(name))
        plain = {key: tuple(value) if isinstance(value, list) else value for key, value in given.items()}
        return configured(name, {"seed": self.seed}, {**usual, **plain})

    @property
    def needs_pictures(self) -> bool:
        """Whether a method looks at pictures."""
        return any(name in MEASURED or self.look(name).wants is not Needs.NOTHING for name in self.methods)

    def require_names(self) -> None:
        """Refuse networks that have one name: their results would have one place.

        Raises:
            InputError: two have, or would on pages, which tell no paths.
        """
        places: dict[str, str] = {}
        for network in self.networks:
            shown = Wording.of(place_of(network.model)).name(network.name) if self.looks else ""
            for place in filter(None, (network.folder, safe(shown) if shown else "")):
                if (other := places.setdefault(place, network.key)) != network.key:
                    raise InputError(
                        f"{self.source}: {other} and {network.key} have one name, {place}; give one of them another "
                        f'with name = "..."'
                    )
