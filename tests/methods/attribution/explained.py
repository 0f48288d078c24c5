"""Methods, a unit and a network that the tests of attributions share."""

from __future__ import annotations

from tests.kit.networks import SIZE, Classifier, seeded
from visualize.methods.attribution.deconvolution import Deconvolution
from visualize.methods.attribution.guided_backprop import GuidedBackpropagation
from visualize.methods.attribution.saliency import Saliency
from visualize.methods.network.preprocessing import Preparation
from visualize.methods.network.probe import Probe
from visualize.methods.unit import Unit

UNIT = Unit("deep", 1)
METHODS = (Saliency(), Deconvolution(), GuidedBackpropagation())


def classifier() -> Probe:
    """Network in float64 that takes pictures of SIZE."""
    return Probe(seeded(Classifier()).double(), prepare=Preparation(SIZE))
