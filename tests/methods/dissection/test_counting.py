"""Counting of parts of a probe set adds up."""

from __future__ import annotations

import hypothesis.strategies as st
import numpy as np
from hypothesis import given, settings

from tests.kit.labelled import noise
from tests.kit.networks import SIZE, Classifier, seeded
from visualize.methods.dissection.counting import Counting, thresholds
from visualize.methods.dissection.pipeline import dissect
from visualize.methods.dissection.scanning import Scanning
from visualize.methods.dissection.settings import Settings
from visualize.methods.dissection.store import Memory
from visualize.methods.dissection.taps import taps
from visualize.methods.network.preprocessing import Preparation
from visualize.methods.network.probe import Probe


@settings(max_examples=8, deadline=None)
@given(st.integers(1, 15))
def test_tallies_of_two_parts_add_up(cut: int) -> None:
    probe, held, asked = (
        Probe(seeded(Classifier()), prepare=Preparation(SIZE)),
        noise(16, SIZE, (10, 14)),
        Settings(quantile=0.05),
    )
    tapped, stores = taps(probe, ["deep"], asked, 16), (Memory(), Memory())
    Scanning(probe, held, tapped, done=0).run(stores[0], cut)
    Scanning(probe, held, tapped, first=cut, done=cut).run(stores[1], 16)
    cuts = thresholds(tapped, asked, 16)
    parts = []
    for store in stores:
        counting = Counting(held, probe.prepare, asked, taps=tapped, thresholds=cuts)
        for chunk in store:
            counting.add(chunk)
        parts.append(counting)
    whole = dissect(probe, ["deep"], held, asked).layers["deep"]
    np.testing.assert_array_equal(sum(part.tallies["deep"].intersection for part in parts), whole.intersection)
    np.testing.assert_array_equal(sum(part.tallies["deep"].activation for part in parts), whole.activation)
    np.testing.assert_array_equal(sum(part.truth.concepts for part in parts), whole.truth)
