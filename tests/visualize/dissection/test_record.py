from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.nn import functional

from tests.visualize.dissection.made import COUNT, LAYERS, SETTINGS, held, probe
from visualize.dissection.record import Record, geometry
from visualize.methods.errors import InputError, NetworkWarning
from visualize.methods.network.preprocessing import Preparation
from visualize.methods.network.probe import Probe

if TYPE_CHECKING:
    from visualize.methods.dissection.settings import Settings


def _record(settings: Settings = SETTINGS, shard: tuple[int, int] = (1, 1)) -> Record:
    network = probe()
    layers = geometry(network, LAYERS, settings, COUNT)
    return Record.of(network, layers, held(), settings, shard=shard, source={"where": "nowhere"})


def test_a_record_survives_json() -> None:
    settings = dataclasses.replace(SETTINGS, categories=("object", "part"), rotate=0.5)
    record = Record(json.loads(json.dumps(_record(settings, (2, 3)).content)))
    assert record == _record(settings, (2, 3))
    assert (record.settings, record.preparation, record.shard) == (settings, probe().prepare, (2, 3))
    assert (record.layers, record.pictures) == (LAYERS, COUNT)


def test_a_record_says_what_results_depend_on_beside_network_and_pictures() -> None:
    class Noisy(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv = nn.Conv2d(3, 4, 3)

        def forward(self, x: Tensor) -> Tensor:
            noisy: Tensor = self.conv(functional.dropout(x))
            return noisy

    network = Probe(Noisy(), prepare=Preparation((20, 28)))
    with pytest.warns(NetworkWarning, match="random"):
        layers = geometry(network, ["conv"], SETTINGS, COUNT)
    record = Record.of(network, layers, held(), SETTINGS, shard=(1, 1), source=None)
    assert any("random" in note for note in record.content["notes"])
    assert _record().content["notes"] == []


def test_layers_are_rebuilt_from_a_record_as_the_network_gives_them() -> None:
    for rebuilt, layer in zip(
        _record().taps().values(), geometry(probe(), LAYERS, SETTINGS, COUNT).values(), strict=True
    ):
        for name in ("layer", "source", "rectify", "units", "size", "keep", "count", "field"):
            assert getattr(rebuilt, name) == getattr(layer, name), name


@given(st.integers(1, 500), st.integers(1, 40))
def test_shards_follow_each_other_and_differ_by_a_picture_at_most(pictures: int, count: int) -> None:
    ranges = [Record({"set": {"pictures": pictures}, "shard": [which, count]}).range for which in range(1, count + 1)]
    assert [first for first, _ in ranges] == [0, *(last for _, last in ranges[:-1])]
    assert ranges[-1][1] == pictures
    sizes = {last - first for first, last in ranges}
    assert max(sizes) - min(sizes) <= 1


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("model", "other", "model: 'other' there, 'Classifier' asked for"),
        ("weights_sha256", "00", "weights_sha256: '00' there"),
        ("shard", [2, 3], "shard: .2, 3. there, .1, 1. asked for"),
        ("threads", 0, "threads: 0 there"),
    ],
)
def test_the_first_thing_that_differs_is_named(key: str, value: Any, message: str) -> None:  # noqa: ANN401 (JSON)
    record = _record()
    record.require(record.content, "out")
    other = record.content | {key: value}
    with pytest.raises(InputError, match=rf"out holds a dissection .*\({message}"):
        record.require(other, "out")
    record.require(other, "out", but=(key,))


def test_a_set_of_another_name_with_the_same_pictures_is_the_same_set() -> None:
    record = _record()
    record.require(record.content | {"set": record.content["set"] | {"name": "moved"}}, "out")


def test_nothing_to_dissect_is_refused() -> None:
    with pytest.raises(InputError, match="no layer is named"):
        geometry(probe(), [], SETTINGS, COUNT)
    with pytest.raises(InputError, match="holds no pictures"):
        geometry(probe(), LAYERS, SETTINGS, 0)
