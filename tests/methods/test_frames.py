"""Facts as rows, and the one line where pandas is missing."""

from __future__ import annotations

import sys
import types
from typing import TYPE_CHECKING

import pytest

from tests.kit.networks import InPlace, seeded
from tests.kit.pictures import arrays
from visualize.methods import GradientAscent, Preparation, Probe, Saliency, Stack
from visualize.methods.errors import InputError
from visualize.methods.frames import frame, rows

if TYPE_CHECKING:
    from visualize.methods.provenance import Json


def test_there_is_a_row_for_each_item_of_the_longest_list() -> None:
    facts: dict[str, Json] = {
        "activation": 3.0, "activations": [3.0, 2.0], "field": {"theoretical": [3, 3]}, "broken": [],
    }  # fmt: skip
    assert rows(facts) == [{"activation": 3.0}, {"activation": 2.0}]
    assert rows({"steps": 4, "broken": []}) == [{"steps": 4}]


def test_without_pandas_one_line_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(InputError, match="pip install pandas"):
        frame([{"a": 1}])


def test_a_result_s_frame_has_a_row_for_each_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pandas", types.SimpleNamespace(DataFrame=list))
    probe = Probe(seeded(InPlace()), prepare=Preparation((40, 48)))
    (result,) = Saliency()(probe, probe.unit("deep:2"), Stack(arrays(3, (40, 48))))
    table = result.frame()
    assert [row["file"] for row in table] == list(result.files)  # type: ignore[attr-defined]
    assert [row["activation"] for row in table] == list(result.activations)  # type: ignore[attr-defined]


def test_a_result_is_printed_in_one_line() -> None:
    probe = Probe(seeded(InPlace()), prepare=Preparation((40, 48)))
    (result,) = GradientAscent(steps=2, size=(16, 16), count=2)(probe, probe.unit("deep:2"))
    assert repr(result).count("\n") == 0
    assert all(part in repr(result) for part in ("deep:2", "ascent", "2 x 3 x 16 x 16"))
