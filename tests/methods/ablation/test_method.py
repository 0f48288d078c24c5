from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pytest
import torch

from tests.kit.ablation import COLOURS, ablated_by_hook, planted_probe
from tests.visualize.transfers.kit import coloured
from visualize.methods import Ablation, AblationResult, Connections, Stack, Unit
from visualize.methods.ablation.halves import halves
from visualize.methods.pictures.images import Subset

_HELD, _NAMES = coloured(60)


@dataclass(frozen=True)
class _Sorted(Stack):
    """Pictures whose set says what they show."""

    def kind(self, index: int) -> str:
        return COLOURS[_NAMES[index]].upper()


def test_a_unit_s_result_says_which_class_loses_it() -> None:
    probe = planted_probe()
    results = Ablation()(probe, [Unit("relu", 0), Unit("relu", 3), Unit("conv", 2)], _Sorted(_HELD, "sorted"))
    red, useless, blue = results
    assert isinstance(red, AblationResult)
    assert isinstance(useless, AblationResult)
    assert isinstance(blue, AblationResult)
    assert (red.labels, red.headline, red.notes) == ("given", "without it: red 100 -> 0 %", ())
    assert red.serves == ("red", "green")  # red pictures are false alarms of green
    assert useless.serves == ()
    assert "no class" in useless.headline
    assert blue.headline == "without it: blue 100 -> 0 %"
    assert red.lines()[1] == "red 100 -> 0 % (10 of 10 lost)"
    facts = red.facts()
    assert facts["reported_on"] == 30
    assert red.panels()[0].wide


def test_rates_are_those_of_plain_hooks() -> None:
    probe = planted_probe()
    (result,) = Ablation(by="mean", seed=4)(probe, Unit("conv", 1), _Sorted(_HELD, "sorted"))
    assert isinstance(result, AblationResult)
    inputs = probe.prepared(torch.from_numpy(np.stack(_HELD)).permute(0, 3, 1, 2).float() / 255)
    with torch.no_grad():
        means = probe.activations(inputs / 1.0, ["conv"])["conv"].mean((0, 2, 3))
    called = ablated_by_hook(probe.network, "conv", inputs, [1], means).argmax(1).numpy()
    half = halves(_NAMES, 4)
    for place, number in enumerate(range(3)):
        right, own = called[half] == number, _NAMES[half] == number
        assert result.after[place].tolist() == [right[own].mean(), 1 - right[~own].mean()]


@pytest.mark.parametrize("method", [Ablation, Connections])
def test_how_many_pictures_are_looked_at_together_changes_nothing(method: type[Ablation | Connections]) -> None:
    sizes: list[int | Literal["auto"]] = [1, 7, 8, "auto"]
    probe, pictures = planted_probe(), _Sorted(_HELD[:30], "sorted")
    alone, *others = [method(batch=batch)(probe, Unit("relu", 0), pictures)[0].facts() for batch in sizes]
    assert all(other == alone for other in others)


def test_pictures_without_names_are_what_the_network_calls_them() -> None:
    (result,) = Ablation()(planted_probe(), Unit("relu", 2), Stack(_HELD, "colours"))
    assert isinstance(result, AblationResult)
    assert result.labels == "network"
    assert result.headline.endswith("blue 100 -> 0 %")
    assert "agreement with itself" in result.notes[0]
    named = Subset(_Sorted(_HELD, "sorted"), tuple(range(30)))
    (part,) = Ablation()(planted_probe(), Unit("relu", 2), named)
    assert isinstance(part, AblationResult)
    assert (part.labels, part.reported) == ("given", 15)


def test_too_few_pictures_are_said_and_drawn() -> None:
    (result,) = Ablation(least=20)(planted_probe(), Unit("relu", 2), Stack(_HELD[:12], "few"))
    assert isinstance(result, AblationResult)
    assert result.classes == ()
    assert any("no class has 20 pictures" in note for note in result.notes)
    assert result.panels()[0].picture.shape[1] == 620
    assert all(len(values) == 0 for values in result.arrays().values())


@pytest.mark.parametrize("position", [None, (3, 4)])
def test_a_position_stands_for_the_whole_unit(position: tuple[int, int] | None) -> None:
    (result,) = Ablation()(planted_probe(), Unit("relu", 0, position), _Sorted(_HELD, "sorted"))
    assert isinstance(result, AblationResult)
    assert result.after[0].tolist() == [0.0, 1.0]
