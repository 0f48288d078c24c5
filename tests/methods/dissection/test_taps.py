"""Taps that take up an interrupted scan end where one that was never interrupted does."""

from __future__ import annotations

import copy

import numpy as np
import pytest

from tests.kit.labelled import noise
from tests.kit.networks import SIZE, Classifier, seeded
from visualize.methods.dissection.counting import thresholds
from visualize.methods.dissection.scanning import Scanning
from visualize.methods.dissection.settings import Settings
from visualize.methods.dissection.store import Memory
from visualize.methods.dissection.taps import taps
from visualize.methods.network.preprocessing import Preparation
from visualize.methods.network.probe import Probe

_LAYERS = ("deep", "fc")


@pytest.mark.parametrize("stop", [1, 9, 15])
def test_a_scan_that_was_taken_up_again_ends_with_the_same_thresholds_and_pictures(stop: int) -> None:
    probe, held, asked = Probe(seeded(Classifier()), prepare=Preparation(SIZE)), noise(16, SIZE, SIZE), Settings()
    whole, first, second = (taps(probe, _LAYERS, asked, 16) for _ in range(3))
    Scanning(probe, held, whole).run(Memory(), 16)
    store = Memory()
    Scanning(probe, held, first).run(store, stop)
    for name, tap in second.items():
        peaks = first[name].peaks
        assert peaks is not None
        tap.resume(store, first[name].bounds.copy(), copy.deepcopy(peaks))
    Scanning(probe, held, second, done=stop).run(store, 16)
    cuts = thresholds(whole, asked, 16)
    for name, cut in thresholds(second, asked, 16).items():
        np.testing.assert_array_equal(cut, cuts[name])
        once, again = whole[name].peaks, second[name].peaks
        assert once is not None
        assert again is not None
        np.testing.assert_array_equal(again.indices, once.indices)
        np.testing.assert_array_equal(again.values, once.values)
