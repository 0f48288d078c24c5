from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from tests.visualize.transfers.kit import colour_task, small_network, small_probe
from visualize.methods.errors import InputError, UnitError
from visualize.models.catalogue.supervisions import SUPERVISIONS
from visualize.transfers.api import transfer
from visualize.transfers.labelling import Labelling, turns
from visualize.transfers.scoring import random_area


@pytest.mark.parametrize("several", [False, True])
def test_colours_are_read_off_every_layer_and_shuffled_labels_are_not(*, several: bool) -> None:
    worth = transfer(small_probe(), data=colour_task(150, several=several), layers="0,3")
    (network,) = worth.networks
    assert network.twin is not None
    for item in network.layers:
        assert item.score == pytest.approx(1.0)
        assert (item.low, item.high) == (1.0, 1.0)
        assert item.shuffled is not None
        assert item.shuffled < worth.chance + 0.25
    assert worth.chance == pytest.approx(random_area(15, 45) if several else 1 / 3)
    rows = worth.rows()
    assert [row["layer"] for row in rows] == ["0", "3"]
    assert all(row["untrained"] is not None for row in rows)


def test_the_gain_over_the_untrained_network_is_paired() -> None:
    worth = transfer(small_probe(), data=_blurred(150), layers="0,3", numbers=1)
    (network,) = worth.networks
    told_of = json.loads(json.dumps(network.document()))["layers"]
    for item, row, told in zip(network.layers, worth.rows(), told_of, strict=True):
        gain, twin = network.gain(item.layer), network.untrained(item.layer)
        assert gain is not None
        assert twin is not None
        assert gain.value == pytest.approx(item.score - twin.score)
        assert gain.low <= gain.value <= gain.high
        assert gain.high - gain.low < (item.high - item.low) + (twin.high - twin.low)
        assert (row["gain"], row["gain_low"], row["gain_high"]) == (gain.value, gain.low, gain.high)
        assert told["beyond_untrained"] == {"score": gain.value, "interval": [gain.low, gain.high]}
    alone = transfer(small_probe(), data=_blurred(150), layers="3", numbers=1, twin=False)
    assert alone.networks[0].gain("3") is None
    assert alone.rows()[0]["gain"] is None


def _blurred(count: int) -> Labelling:
    """Three colours of which a fifth is called by another's name, so that no score is perfect."""
    task = colour_task(count)
    names = np.arange(count) % 3
    names[::5] = (names[::5] + 1) % 3
    return replace(task, labels=np.eye(3, dtype=np.int8)[names])


def test_a_module_is_measured_as_its_probe_is() -> None:
    one = transfer(small_probe(), data=colour_task(60), layers="3", twin=False)
    other = transfer(small_network(), data=colour_task(60), layers="3", twin=False, stated={"size": 16})
    assert other.rows()[0]["score"] == one.rows()[0]["score"]
    assert other.networks[0].best.features == one.networks[0].best.features


def test_without_a_model_it_is_the_embedded_networks_each_beside_its_own_twin(monkeypatch: pytest.MonkeyPatch) -> None:
    few = {name: SUPERVISIONS[name] for name in ("labels", "sound", "moco", "nothing")}
    monkeypatch.setattr("visualize.transfers.api.SUPERVISIONS", few)
    task = colour_task(30)
    worth = transfer(data=task, protocol="knn", layers="conv1", numbers=40)
    assert [network.model for network in worth.networks] == ["scenes-alexnet-plain", "scenes-sound", "scenes-moco"]
    for network in (worth.networks[0], worth.networks[-1]):
        (alone,) = transfer(network.model, data=task, protocol="knn", layers="conv1", numbers=40).networks
        assert network.document() == alone.document()


def test_facts_without_a_model_are_of_the_default_network() -> None:
    worth = transfer(data=colour_task(30), layers="conv1", protocol="knn", twin=False, stated={"size": 64})
    assert [network.model for network in worth.networks] == ["scenes-alexnet"]


def test_as_many_pictures_as_fit_give_the_same_scores() -> None:
    task = colour_task(30)
    rows = [transfer(small_probe(), data=task, layers="3", batch=batch, twin=False).rows() for batch in (8, "auto")]
    assert rows[0] == rows[1]


def test_folds_give_the_mean_of_what_each_part_gives_as_the_test() -> None:
    task = _blurred(90)
    worth = transfer(small_probe(), data=task, layers="3", numbers=1, folds=3)
    (network,) = worth.networks
    alone = []
    for item in turns(task, count=3):
        parts = tuple("test" if test else "train" for test in item.test)
        alone.append(transfer(small_probe(), data=replace(task, parts=parts), layers="3", numbers=1).networks[0])
    assert network.best.score == pytest.approx(np.mean([each.best.score for each in alone]))
    assert network.untrained("3").score == pytest.approx(np.mean([each.untrained("3").score for each in alone]))  # type: ignore[union-attr]
    assert network.best.confusion is not None
    assert network.best.confusion.sum() == 90
    widths = [each.best.high - each.best.low for each in alone]
    assert network.best.high - network.best.low == pytest.approx(np.linalg.norm(widths) / 3, rel=0.2)
    assert worth.pictures == (60, 90)


def test_labels_of_noise_are_at_chance_within_the_interval() -> None:
    task = colour_task(240)
    labels = np.eye(3, dtype=np.int8)[np.random.default_rng(5).permutation(np.arange(240) % 3)]
    noise = Labelling(task.images, task.classes, labels, several=False)
    worth = transfer(small_probe(), data=noise, layers="3", twin=False)
    best = worth.networks[0].best
    assert best.low < worth.chance < best.high


def test_the_network_is_left_as_it_was() -> None:
    import torch

    probe = small_probe()
    before = {name: value.clone() for name, value in probe.network.state_dict().items()}
    transfer(probe, data=colour_task(30), layers="3")
    assert all(torch.equal(value, before[name]) for name, value in probe.network.state_dict().items())


def test_what_cannot_be_asked_is_refused() -> None:
    with pytest.raises(UnitError, match="nowhere"):
        transfer(small_probe(), data=colour_task(30), layers="nowhere")
    with pytest.raises(InputError, match="did you mean svm"):
        transfer(small_probe(), data=colour_task(30), protocol="svn")
    with pytest.raises(InputError, match="1 times for 2 models"):
        transfer("scenes-alexnet", "scenes-context", data=colour_task(30), weights="net.pth")
    with pytest.raises(InputError, match="transfer takes no 'colour'"):
        transfer(small_probe(), data=colour_task(30), colour="red")
