"""Several units of one call: what is missing is made as it would have been made with all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pytest

import visualize as viz
from visualize.methods.ascent.method import GradientAscent
from visualize.methods.top_images.method import TopImages
from visualize.methods.unit import Unit

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tests.visualize.store.counting import Counting
    from visualize.methods.method import Method
    from visualize.methods.network.probe import Probe
    from visualize.methods.pictures.images import Stack
    from visualize.methods.unit import Target


def _units(*numbers: int) -> list[Unit]:
    return [Unit("2", number) for number in numbers]


def test_units_of_a_batch_of_ascent_are_one_company() -> None:
    company = GradientAscent(batch=4, count=2).company(_units(3, 4, 5, 6, 7))
    assert company == (("2:3", "2:4"), ("2:3", "2:4"), ("2:5", "2:6"), ("2:5", "2:6"), ("2:7",))


@pytest.mark.parametrize("method", [GradientAscent(batch=3), TopImages(), TopImages(empirical=1)])
def test_a_company_alone_is_the_same_company(method: Method) -> None:
    units = _units(*range(8))
    company = method.company(units)
    for words in set(company):
        group = [unit for unit, each in zip(units, company, strict=True) if each == words]
        assert method.company(group) == (words,) * len(group)


def test_units_made_in_parts_are_those_made_together(cache: Path, probe: Probe, counted: Counting) -> None:
    method = GradientAscent(steps=3, batch=2)
    together = viz.units(probe, "2", range(5), methods=[method], cache=False)
    assert counted.taken() == [("ascent", "2:0,2:1,2:2,2:3,2:4")]
    parts = viz.units(probe, "2", range(5), methods=[method])
    assert [units for _, units in counted.taken()] == ["2:0,2:1", "2:2,2:3", "2:4"]
    again = viz.units(probe, "2", range(5), methods=[method])
    assert counted.taken() == []
    for one, two, three in zip(together, parts, again, strict=True):
        for key in one.arrays:
            assert np.array_equal(one.arrays[key], two.arrays[key])
            assert np.array_equal(one.arrays[key], three.arrays[key])


class Stopping:
    """Interrupts the ascent of one batch."""

    units: ClassVar[str] = "2:2,2:3"

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        look = GradientAscent.look

        def stopped(method: Any, probe: Any, units: Sequence[Target], *rest: Any) -> Any:  # noqa: ANN401
            if ",".join(map(str, units)) == self.units:
                raise KeyboardInterrupt("by the test")
            return look(method, probe, units, *rest)

        patch.setattr(GradientAscent, "look", stopped)


def test_what_was_interrupted_goes_on_where_it_was(cache: Path, probe: Probe, images: Stack, counted: Counting) -> None:
    def cards() -> Any:  # noqa: ANN401 (cards)
        return viz.units(probe, "2", range(5), methods=[GradientAscent(steps=2, batch=2), "top"], images=images)

    with pytest.MonkeyPatch.context() as patch:
        Stopping(patch)
        with pytest.raises(KeyboardInterrupt, match="by the test"):
            cards()
    counted.taken()
    made = cards()
    assert counted.taken() == [("ascent", "2:2,2:3"), ("ascent", "2:4")]
    assert [sorted(card.kept) for card in made] == [["ascent", "top"]] * 2 + [["top"]] * 3


def test_another_method_or_unit_does_not_make_the_first_again(
    cache: Path, probe: Probe, images: Stack, counted: Counting
) -> None:
    viz.unit(probe, "2", 3, methods=["ascent", "top"], images=images, steps=2)
    counted.taken()
    card = viz.unit(probe, "2", 3, methods=["ascent", "top", "saliency"], images=images, steps=2)
    assert [name for name, _ in counted.taken()] == ["saliency"]
    assert list(card.kept) == ["ascent", "top"]
    viz.units(probe, "2", [3, 4], methods=["top"], images=images)
    assert counted.taken() == [("top", "2:4")]
