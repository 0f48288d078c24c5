"""A network of a sweep that is at hand, and its layers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from visualize.cards.resolve import ALL, EVERY, last_map, named_layers
from visualize.methods.errors import InputError
from visualize.methods.provenance import Identity
from visualize.models.device import checked_device
from visualize.models.loading import load
from visualize.models.registry import entry_of

if TYPE_CHECKING:
    from visualize.methods.network.probe import Probe
    from visualize.sweeps.plan import Plan, PlannedNetwork
    from visualize.watch import Watch


@dataclass(frozen=True, eq=False)
class Subject:
    """A network that is looked into.

    Args:
        planned: as the plan has it.
        probe: the network.
        layers: their own names.
        implied: those of them that were not named one by one.
        unknown: names of layers that it does not have -> why.
    """

    planned: PlannedNetwork
    probe: Probe
    layers: tuple[str, ...]
    implied: frozenset[str]
    unknown: dict[str, str]

    def mapped(self, layer: str) -> bool:
        """Whether a layer has a map of several positions, or was asked for by its name all the same."""
        return layer not in self.implied or self.probe.layer(layer).map_size != (1, 1)


def opened(planned: PlannedNetwork, plan: Plan, watch: Watch) -> Subject:
    """Load a network, and find its layers.

    Raises:
        InputError: it cannot be loaded.
    """
    with watch(f"loading {planned.name}") as progress:
        probe = load(
            planned.model, weights=planned.weights, device=checked_device(plan.device), progress=progress,
            **planned.facts,
        )  # fmt: skip
    if planned.name != probe.identity.name:
        probe = probe.changed(identity=Identity(planned.name, probe.identity.weights_sha256))
    asked = planned.layers or (entry_of(planned.model).default_layer or last_map(probe),)
    named: dict[str, bool] = {}
    unknown: dict[str, str] = {}
    for name in asked:
        try:
            for layer in named_layers([name], probe):
                own = probe.layer(layer).name
                named[own] = named.get(own, True) and name in {ALL, EVERY}
        except InputError as fault:
            unknown[name] = str(fault)
    implied = frozenset(name for name, is_implied in named.items() if is_implied)
    return Subject(planned, probe, tuple(named), implied, unknown)


def usual_data(planned: PlannedNetwork) -> str:
    """Name of the pictures that come with a model; "" where there are none."""
    return entry_of(planned.model).default_images or ""
