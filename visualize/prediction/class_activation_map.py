"""Maps of where in a photograph the evidence for a class lies: CAM where the head allows it, Grad-CAM elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from visualize.methods.errors import InputError
from visualize.methods.network.axes import as_maps
from visualize.methods.network.run.hooks import gradient_at
from visualize.methods.network.run.run_names import module_of
from visualize.methods.network.upsample import upsample
from visualize.methods.pictures.scan import gradient_not_finite
from visualize.methods.plain_state import plain_state

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from visualize.methods.network.probe import Probe
    from visualize.methods.provenance import Json


CAM, GRAD_CAM = "class activation map", "Grad-CAM"
NO_MAP = (
    "no layer of the network has a map on which the class depends: there is no activation map to draw; which pixels "
    "matter says viz saliency --layer logits --unit CLASS --image FILE"
)
_CONSTANT = 1e-4  # relative: how alike the gradient must be over a map for the head to be linear after pooling
_PASSING = ("Pool", "Dropout", "Identity", "Flatten")  # what only hands a map on


class NoMapError(InputError):
    """The class depends on no layer with a map, as in a network of linear layers alone."""


@dataclass(frozen=True, eq=False)
class ActivationMap:
    """The map of one class on one photograph.

    Args:
        method: ``CAM`` or ``GRAD_CAM``.
        layer: the last layer with a map, whose units are weighed.
        values: rows x columns, at the layer's own resolution.
    """

    method: str
    layer: str
    values: Tensor

    def over(self, shape: tuple[int, int]) -> NDArray[np.float64]:
        """The map in 0..1 (its least and largest value), scaled up bilinearly to H x W."""
        scaled = upsample(self.values.double(), shape)
        low, high = float(scaled.min()), float(scaled.max())
        span = high - low
        shares: NDArray[np.float64] = ((scaled - low) / span if span else torch.zeros_like(scaled)).numpy()
        return shares

    def document(self) -> dict[str, Json]:
        """Method, layer and the values row by row, ready for JSON."""
        return {"method": self.method, "layer": self.layer, "values": self.values.tolist()}


@plain_state(gradients=True)
def activation_map(probe: Probe, pictures: Tensor, index: int) -> ActivationMap:
    """The activation map of a class on one photograph.

    Zhou et al. 2016, eq. 2: ``M_c(x, y) = sum_k w_k^c f_k(x, y)``, where the class score is linear in the average of
    each ``f_k`` over its map: then the gradient of the score is the same at every position, ``w_k^c`` over their
    number, whether the weights stand in a linear layer or in a convolution before the pooling. A rectifier that is no
    layer of its own (DenseNet's last) is told by its gradient, which is zero where ``f_k`` is not above zero, and
    ``f_k`` is rectified with it. Where a network ends in a softmax or a sigmoid, the score is what goes into that.
    Elsewhere Grad-CAM,
    Selvaraju et al. 2017, eq. 1-2: the average of the gradient over the map in place of ``w``, and what is negative of
    the sum is left out.

    Args:
        probe: a classifier.
        pictures: 1 x 3 x H x W, RGB in 0..1.
        index: the class's number, from 0.

    Raises:
        NoMapError: no layer has a map on which the class depends.
    """
    network = probe.runner.copy()
    like = next((value for value in network.parameters()), pictures)
    inputs = probe.prepare(pictures.to(like))
    shape = (pictures.shape[2], pictures.shape[3])
    for layer in _candidates(probe):
        with probe.runner.still():
            seen = gradient_at(network, layer, inputs.clone(), index)
        if seen is None:
            continue
        maps, gradient = (as_maps(values, probe.layout(layer), shape) for values in seen)
        if gradient is not None and not bool(gradient.isfinite().all()):
            raise gradient_not_finite(f"class {index} at {layer}", "no map of it is drawn")
        if maps is not None and gradient is not None and gradient.abs().amax() > 0:
            return _weighed(layer, maps[0].double(), gradient[0].double())
    raise NoMapError(NO_MAP)


def _weighed(layer: str, maps: Tensor, gradient: Tensor) -> ActivationMap:
    mean = gradient.mean((1, 2), keepdim=True)
    slack = _CONSTANT * gradient.abs().amax()
    if (gradient - mean).abs().amax() <= slack:
        return ActivationMap(CAM, layer, (mean * maps).sum(0).cpu() * maps[0].numel())
    above = maps > 0
    counts = above.sum((1, 2), keepdim=True)
    weight = (gradient * above).sum((1, 2), keepdim=True) / counts.clamp(min=1)
    if int(counts.max()) > 1 and (gradient - weight * above).abs().amax() <= slack:
        return ActivationMap(CAM, layer, (weight * maps.clamp(min=0)).sum(0).cpu() * maps[0].numel())
    return ActivationMap(GRAD_CAM, layer, (mean * maps).sum(0).clamp(min=0).cpu())


def _candidates(probe: Probe) -> list[str]:
    """Layers with a map, the last first, without those that only pool or pass on what another one made."""
    layers = list(probe.layers.items())
    kinds: list[str] = []
    for number, (name, layer) in enumerate(layers):
        inner = (
            number and layers[number - 1][0].startswith(f"{name}.") and layers[number - 1][1].map_size == layer.map_size
        )
        kinds.append(kinds[-1] if inner else layer.kind)  # a group is what its last member is
    return [
        name
        for (name, layer), kind in zip(reversed(layers), reversed(kinds), strict=True)
        if layer.map_size != (1, 1) and module_of(name) == name and not any(word in kind for word in _PASSING)
    ]
