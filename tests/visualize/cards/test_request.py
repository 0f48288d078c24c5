from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.kit.labelled import noise
from visualize.cards.request import Request
from visualize.methods.errors import InputError
from visualize.methods.registry import table

if TYPE_CHECKING:
    from pathlib import Path

    from visualize.methods.network.probe import Probe
    from visualize.methods.pictures.images import Stack


@pytest.mark.parametrize(
    ("keywords", "message"),
    [
        ({"seed": -1}, f"between 0 and {2**32 - 1}"),
        ({"seed": 2**32}, f"between 0 and {2**32 - 1}"),
        ({"steps": 0}, "1 or more"),
        ({"units": -1}, "count from 0"),
        ({"units": ""}, "no units are named"),
        ({"image": "a.png", "images": "scenes"}, "given twice"),
        ({"weights": "nowhere.pth"}, "nowhere.pth does not exist"),
        ({"methods": []}, "no methods are named; the known ones are ascent, top"),
        ({"methods": ["accent"]}, "did you mean ascent"),
        ({"methods": ["saliency"], "alone": True, "settings": {"samples": 0}}, "1 or more"),
    ],
)
def test_what_cannot_be_is_refused_before_any_work(keywords: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        Request(**keywords)  # type: ignore[arg-type] # wrong ones


def test_weights_are_for_a_model_that_is_named(probe: Probe, tmp_path: Path) -> None:
    (tmp_path / "a.pth").touch()
    assert Request(model="scenes-alexnet", weights=tmp_path / "a.pth").weights == tmp_path / "a.pth"
    with pytest.raises(InputError, match="a network that is passed has its weights"):
        Request(model=probe, weights=tmp_path / "a.pth")


def test_by_default_all_that_suits_every_card_and_can_run_is_chosen(images: Stack) -> None:
    usual = [name for name, kind in table().items() if kind.by_default]
    without, plain = ([method.name for method in Request().chosen(given)] for given in (None, images))
    assert set(without) < set(plain) <= set(usual)
    assert without == ["ascent"]
    assert plain == ["ascent", "top", "saliency", "deconv"]


def test_a_method_that_was_named_must_be_able_to_run(images: Stack) -> None:
    with pytest.raises(InputError, match="top needs images; add --images FOLDER"):
        Request(methods=["ascent", "top"]).chosen(None)
    with pytest.raises(InputError, match="saliency needs images; add --image FILE"):
        Request(methods=["saliency"]).chosen(None)
    with pytest.raises(InputError, match="and reds has no labels; give a labelled probe set"):
        Request(methods=["dissect"]).chosen(images)
    labelled = noise(3, (12, 12), (6, 6))
    assert [method.name for method in Request(methods=["dissect"]).chosen(labelled)] == ["dissect"]


def test_labels_are_needed_only_by_a_method_that_looks_at_them() -> None:
    assert Request(methods=["top", "dissect"]).needs_labels
    assert not Request(methods=["top"]).needs_labels
    assert not Request().needs_labels


def test_seed_and_steps_reach_every_method_that_has_them(images: Stack) -> None:
    ascent, top, dream = Request(seed=7, steps=3, methods=["ascent", "top", "dream"]).chosen(images)
    assert [getattr(method, "seed", None) for method in (ascent, dream)] == [7, 7]
    assert [getattr(method, "steps", None) for method in (ascent, top, dream)] == [3, None, 3]
