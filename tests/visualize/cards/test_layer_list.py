"""Layers of a network in one call: what the command prints."""

from __future__ import annotations

import inspect
import json
from typing import TYPE_CHECKING

import pytest
from torch import nn

from tests.visualize.cli.kit import TINY, viz
from visualize.cards.layer_list import layers
from visualize.methods.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path


def test_a_call_gives_what_the_command_prints(tmp_path: Path) -> None:
    (tmp_path / "tiny.py").write_text(TINY)
    model = f"{tmp_path}/tiny.py:tiny"
    table = layers(model)
    assert table.rows() == json.loads(viz("layers", model, "--json").out)
    told, lines = repr(table).splitlines()[:-1], viz("layers", model).out.splitlines()
    assert [line.split() for line in told] == [line.split() for line in lines[: len(told)]]
    html = table._repr_html_()
    assert all(f"{layer.name}" in html for layer in table.layers if layer.name in table.blocks)
    assert list(table.frame()["layer"]) == [layer.name for layer in table.layers]


def test_a_network_is_taken_with_what_is_stated_of_it() -> None:
    table = layers(nn.Sequential(nn.Conv2d(3, 8, 5), nn.ReLU()), size=(32, 20))
    assert [row["map_size"] for row in table.rows()] == [[28, 16], [28, 16]]
    assert set(inspect.signature(layers).parameters) >= {"weights", "size", "mean", "std", "order", "trust", "classes"}
    with pytest.raises(InputError, match="layers takes no 'siz'; did you mean size"):
        layers("scenes-alexnet", siz=3)  # type: ignore[call-arg]
