"""The embedded networks on the embedded task: whatever they learned from, they have learned something of use."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from visualize.data.sets.labelled_scenes import LabelledScenes
from visualize.methods import Preparation, Stack
from visualize.models.catalogue.supervisions import SUPERVISIONS
from visualize.transfers.api import transfer
from visualize.transfers.sources.concepts import read_concepts

if TYPE_CHECKING:
    from visualize.transfers.labelling import Labelling

_LAYERS = "conv3,conv5"


@pytest.fixture(scope="module")
def objects() -> Labelling:
    """Which objects are in 200 of the built-in scenes, which are drawn once for all networks."""
    task = read_concepts(LabelledScenes(200).only(("object",)), pixels=100, progress=lambda *_: None)
    held = [np.asarray(task.images.load(index, Preparation((128, 128)))) for index in range(len(task.images))]
    return replace(task, images=Stack(held, "scenes"))


def test_every_supervision_beats_the_untrained_network_at_its_best_layer(objects: Labelling) -> None:
    """The twin is the same for all: their first weights were."""
    models = tuple(SUPERVISIONS.values())
    worth = transfer(*models, data=objects, layers=_LAYERS, protocol="knn", numbers=400, twin=False)
    *trained, twin = worth.networks
    assert (len(trained), twin.model) == (8, "random/scenes-alexnet-plain")
    for item in trained:
        network = replace(item, twin=twin)
        gain = network.gain(network.best.layer)
        assert gain is not None
        assert gain.low > 0, item.model
