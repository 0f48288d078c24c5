"""Against NetDissect-Lite's own table of a real network on real photographs, and a trained network against chance."""

from __future__ import annotations

import numpy as np
import pytest

import visualize
from tests.kit.shared import shared
from visualize.data import open_labelled
from visualize.dissection import read_csv
from visualize.methods.dissection.pipeline import dissect
from visualize.methods.dissection.settings import Settings
from visualize.methods.network.probe import Probe
from visualize.models.architectures.scenes_alexnet import scenes_alexnet


def test_netdissect_lites_table(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its thresholds are sketched to about half a per cent, so that its IoUs are near ours and not equal."""
    monkeypatch.setenv("VIZ_MIRROR", str(shared("weights")))
    table = read_csv(shared("reference/netdissect-lite/places-squeezenet_fire9_camvid.csv"))
    labelled = open_labelled(shared("data/camvid-broden"))
    probe = visualize.load("places-squeezenet")
    scores = dissect(probe, ["fire9"], labelled, Settings(alignment="resize")).layers["fire9"]
    iou, verdicts = scores.iou, scores.verdicts()
    columns = {(concept.category, concept.name): column for column, concept in enumerate(scores.concepts)}
    assert len(table.verdicts) == scores.units == 512
    clear = 0
    for theirs, ours in zip(table.verdicts, verdicts, strict=True):
        for name, best in theirs.bests.items():
            assert iou[theirs.unit, columns[name, best.label]] == pytest.approx(best.iou, abs=1e-3)
            assert ours.bests[name].iou == pytest.approx(best.iou, abs=1e-3)
            assert scores.truth[columns[name, best.label]] == best.truth
        second, first = np.sort(iou[ours.unit])[-2:]
        if first - second > 1e-3:
            clear += 1
            assert (ours.category, ours.label) == (theirs.category, theirs.label)
    assert clear > 400


def test_a_trained_network_has_more_detectors_than_one_of_random_weights() -> None:
    labelled = open_labelled("scenes", count=60)
    trained = visualize.load("scenes-alexnet-plain")
    chance = Probe(scenes_alexnet(), prepare=trained.prepare)
    counts = [
        sum(
            verdict.iou > 0.04 for verdict in dissect(probe, ["conv5"], labelled, Settings()).layers["conv5"].verdicts()
        )
        for probe in (trained, chance)
    ]
    assert counts[0] > 1.5 * counts[1]
