"""Cards and results next to each other, and a concept in several networks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

import visualize as viz
from tests.kit.networks import InPlace, seeded
from tests.kit.pictures import arrays
from tests.visualize.figures.made import prints, words
from visualize.methods import Preparation, Probe, Saliency, Stack
from visualize.methods.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

    from visualize.methods.result import Result


@pytest.fixture(scope="module")
def results() -> tuple[Result, ...]:
    probe = Probe(seeded(InPlace()), prepare=Preparation((40, 48)))
    return Saliency()(probe, [probe.unit(f"deep:{number}") for number in (1, 2, 3)], Stack(arrays(2, (40, 48))))


def test_results_stand_next_to_each_other_under_their_units(results: tuple[Result, ...], tmp_path: Path) -> None:
    figure = viz.side_by_side(*results, width=500)
    heads = [item for item in words(figure.block) if item.text.startswith("deep · unit")]
    assert [item.text for item in heads] == [f"deep · unit {number}" for number in (1, 2, 3)]
    assert len({item.box.top for item in heads}) == 1
    assert [item.box.left // 502 for item in heads] == [0, 1, 2]
    assert sum(item.box.width > 100 for item in prints(figure.block)) == 3 * 2
    assert repr(figure) == f"Figure({figure.image.width} x {figure.image.height} pixels)"
    assert np.array_equal(np.asarray(Image.open(figure.save(tmp_path / "a.png"))), np.asarray(figure.image))
    for name in ("a.svg", "a.pdf"):
        assert figure.save(tmp_path / name).stat().st_size > 1000
    with pytest.raises(InputError, match="written as"):
        figure.save(tmp_path / "a.jpg")


@pytest.mark.parametrize("shown", [(), ("a.png",)])
def test_what_cannot_stand_side_by_side_is_said(shown: tuple[Result, ...]) -> None:
    with pytest.raises(InputError, match="pass cards or results"):
        viz.side_by_side(*shown)
