"""Units as people type them, with the names of classes."""

from __future__ import annotations

import pytest
import torch

from tests.kit.networks import SIZE, Classifier, seeded
from visualize.methods.errors import UnitError
from visualize.methods.network.preprocessing import Preparation
from visualize.methods.network.probe import Probe
from visualize.methods.unit import Sum, Unit

_CLASSES = ("coffee mug, cup", "temple/asia", "living_room", "Egyptian cat", "7-eleven")


def _classified(names: tuple[str, ...] = _CLASSES) -> Probe:
    network = seeded(Classifier())
    network.fc = torch.nn.Linear(network.fc.in_features, len(_CLASSES))
    return Probe(network, prepare=Preparation(SIZE), classes=names)


@pytest.mark.parametrize(
    ("text", "index"),
    [
        ("fc:temple/asia", 1),
        ("logits:temple/asia", 1),
        ("logits:Living Room", 2),
        ("logits:living-room", 2),
        ("logits:cup", 0),
        ("logits:coffee mug, cup", 0),
        ("logits:egyptian_cat", 3),
        ("logits:7-eleven", 4),
        ("logits:3", 3),
        ("fc:4", 4),
    ],
)
def test_a_class_is_found_by_its_name_or_number(text: str, index: int) -> None:
    assert _classified().unit(text) == Unit("fc", index)


def test_other_units_and_sums_are_read_as_ever() -> None:
    probe = _classified()
    assert probe.unit("deep:1@2,3") == Unit("deep", 1, (2, 3))
    assert probe.unit("deep:1+conv:0") == Sum((Unit("deep", 1), Unit("conv", 0)))
    assert probe.unit("logits:cup+logits:living room") == Sum((Unit("fc", 0), Unit("fc", 2)))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("logits:egyptian kat", "did you mean Egyptian cat"),
        ("conv:Egyptian cat", "logits:NAME"),
        ("fcc:Egyptian cat", "no layer 'fcc'"),
        ("fc:", "write LAYER:UNIT"),
        ("fc", "write LAYER:UNIT"),
        ("fc:12@", "write LAYER:UNIT"),
        ("fc:5", "from 0 to 4"),
    ],
)
def test_what_is_no_class_is_said_in_one_line(text: str, message: str) -> None:
    with pytest.raises(UnitError, match=message) as fault:
        _classified().unit(text)
    assert "\n" not in str(fault.value)


def test_a_network_without_names_asks_for_a_number() -> None:
    with pytest.raises(UnitError, match="give a number"):
        _classified(()).unit("logits:cat")


def test_the_score_of_a_class_is_the_networks_own_output() -> None:
    probe = _classified()
    pictures = torch.rand(2, 3, *SIZE, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        wanted = probe.network.eval()(pictures)[:, 3]
    torch.testing.assert_close(probe.scores(pictures, probe.unit("logits:Egyptian cat")), wanted)
