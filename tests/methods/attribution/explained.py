"""Methods, a unit and a network that the tests of attributions share."""

from __future__ import annotations

from methods.attribution.deconvolution import Deconvolution
from methods.attribution.guided_backprop import GuidedBackpropagation
from methods.attribution.saliency import Saliency
from methods.network.preprocessing import Preparation
from methods.network.probe import Probe
from methods.unit import Unit
from tests.kit.networks import SIZE, Classifier, seeded

UNIT = Unit("deep", 1)
METHODS = (Saliency(), Deconvolution(), GuidedBackpropagation())


def classifier() -> Probe:
    """Network in float64 that takes pictures of SIZE."""
    return Probe(seeded(Classifier()).double(), prepare=Preparation(SIZE))
