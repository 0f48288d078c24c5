"""Gradient of a unit's activation with respect to the network's input, at one position of each picture's map."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING, NamedTuple

import torch
from torch import Tensor

from visualize.methods.errors import InputError, UnitError
from visualize.methods.network.activation import activation_at
from visualize.methods.network.rectifiers.override import rectified
from visualize.methods.network.rectifiers.reach import out_of_reach
from visualize.methods.network.run.way_back import way_back

if TYPE_CHECKING:
    from visualize.methods.network.probe import Probe
    from visualize.methods.network.rectifiers.rules import Rule
    from visualize.methods.unit import Unit

Positions = Tensor  # N x 2 of whole numbers: (row, column) of the unit's map, for each picture


class Explained(NamedTuple):
    """Explanations of some pictures, on the network's device.

    Args:
        attribution: N x C x H x W, of every value of the network's prepared input.
        activations: N values of the unit at these positions.
        positions: N x 2, (row, column) of the unit's map for each picture.
        steps: N whole numbers: gradients that were made of each picture.
    """

    attribution: Tensor
    activations: Tensor
    positions: Positions
    steps: Tensor


def gradient(
    probe: Probe, inputs: Tensor, unit: Unit, positions: Positions | None = None, rule: Rule | None = None
) -> Explained:
    """Gradient of a unit's activation at one position of its map with respect to the network's input.

    Args:
        probe: the network; it runs as far as the unit's layer.
        inputs: N x C x H x W as :meth:`~visualize.methods.network.probe.Probe.prepared` gives them; left as they are.
        unit: its position, if it has one, is not looked at.
        positions: N x 2, of its map; by default where the unit is most active on each picture.
        rule: of the rectifiers on the way back; by default torch's own derivatives.

    Raises:
        InputError: no gradient leads from the layer to the input.
        UnitError: a position outside the map.
    """
    with torch.inference_mode(mode=False), torch.enable_grad():
        leaf = (inputs.clone() if inputs.is_inference() else inputs.detach()).requires_grad_()
        with nullcontext() if rule is None else rectified(rule):
            maps = probe.respond(leaf, [unit.layer])[unit.layer]
        unit_maps = maps.detach()[:, unit.index]
        at = peaks(unit_maps) if positions is None else _inside(positions, unit_maps, unit)
        signal = torch.zeros_like(maps)  # in the maps' own memory format, which the way back keeps to
        signal[torch.arange(len(unit_maps), device=unit_maps.device), unit.index, at[:, 0], at[:, 1]] = 1
        attribution = way_back([maps], leaf, [signal]) if maps.requires_grad else None
    if attribution is None:
        raise no_gradient(unit)
    return Explained(attribution, activation_at(unit_maps, at), at, torch.ones(len(unit_maps), dtype=torch.long))


def no_gradient(unit: Unit) -> InputError:
    """Error for a unit that the picture reaches only through operations without a derivative."""
    return InputError(
        f"no gradient leads from {unit.layer} back to the picture, so that nothing there can be explained by one; "
        f"choose a layer that the picture reaches through differentiable operations"
    )


def keeping(probe: Probe, inputs: Tensor, layer: str, rule: Rule) -> tuple[str, ...]:
    """Operations on the way to a layer that keep a gradient of their own and may be rectifiers, by torch's names.

    Args:
        probe: the network.
        inputs: N x C x H x W, prepared; what they show does not matter.
        layer: its name.
        rule: of the rectifiers on the way back.
    """
    with torch.inference_mode(mode=False), torch.enable_grad():
        leaf = inputs.clone().requires_grad_()
        with rectified(rule):
            maps = probe.respond(leaf, [layer])[layer]
        return out_of_reach([maps])


def peaks(maps: Tensor) -> Positions:
    """Positions where maps are largest: N x rows x columns -> N x 2; the first of equals."""
    places = maps.flatten(1).argmax(1)
    return torch.stack([places // maps.shape[2], places % maps.shape[2]], 1)


def _inside(positions: Positions, maps: Tensor, unit: Unit) -> Positions:
    at = positions.to(maps.device)
    limit = at.new_tensor(maps.shape[1:])
    if at.shape != (len(maps), 2) or bool(((at < 0) | (at >= limit)).any()):
        raise UnitError(
            f"positions are one (row, column) for each of {len(maps)} pictures, inside the map of {unit.layer}, which "
            f"is {maps.shape[1]} x {maps.shape[2]}; not {positions.tolist()}"
        )
    return at
