from __future__ import annotations

import importlib.metadata
import inspect
import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn

import visualize as viz
from visualize.methods.errors import InputError, UnitError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from visualize.methods.network.probe import Probe
    from visualize.methods.pictures.images import Stack


def test_a_unit_has_a_card_with_all_that_can_run(probe: Probe, images: Stack) -> None:
    card = viz.unit(probe, "conv", 0, images=images, steps=2, device="cpu")
    assert list(card.results) == ["ascent", "top", "saliency", "deconv"]
    assert str(card.unit) == "conv:0"
    assert card.results["top"].facts()["images"][0]["file"] == images.file(2)  # type: ignore[index,call-overload] # JSON


def test_several_units_have_their_cards_in_the_order_given(probe: Probe) -> None:
    cards = viz.units(probe, "conv", "2,0-1", methods=["ascent"], steps=2)
    assert [str(card.unit) for card in cards] == ["conv:2", "conv:0", "conv:1"]


def test_a_look_is_a_card_of_one_method(probe: Probe, images: Stack) -> None:
    look = viz.look("saliency", probe, "conv", 0, images=images, settings={"count": 2})
    assert isinstance(look, viz.Card)
    assert (look.method, look.stem) == ("saliency", "0-saliency")
    assert look.result.facts()["images"][1]["file"] == images.file(5)  # type: ignore[index,call-overload] # JSON


def test_one_unit_at_a_time_where_one_is_asked_for(probe: Probe, images: Stack) -> None:
    with pytest.raises(InputError, match=r"3 units; visualize\.units"):
        viz.unit(probe, "conv", "all")
    with pytest.raises(InputError, match="2 units; ask for one at a time"):
        viz.look("saliency", probe, "conv", "0,1", images=images)


@pytest.mark.parametrize(
    ("keywords", "message"),
    [
        ({"unit": 3}, "0 to 2"),
        ({"unit": 0, "methods": ["top"]}, "top needs"),
        ({"unit": 0, "steps": 0}, "0 steps"),
        ({"unit": 0, "stepps": 2}, "unit takes no 'stepps'; did you mean steps"),
    ],
)
def test_a_wrong_request_is_refused(probe: Probe, keywords: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        viz.unit(probe, "conv", **keywords)  # type: ignore[arg-type] # wrong ones are among them


def test_a_wrong_setting_or_name_is_refused_before_any_work(probe: Probe, images: Stack) -> None:
    with pytest.raises(InputError, match="no setting 'kinds'; did you mean kind"):
        viz.look("saliency", probe, "conv", 0, images=images, settings={"kinds": "gradient"})
    with pytest.raises(InputError, match="no setting 'from'; it is called start here"):  # as the option is called
        viz.look("dream", probe, "conv", 0, images=images, settings={"from": "noise"})
    with pytest.raises(InputError, match="did you mean saliency"):
        viz.look("salience", probe, "conv", 0, images=images)
    with pytest.raises(UnitError, match="mean conv"):
        viz.look("saliency", probe, "cov", 0, images=images)


@pytest.mark.parametrize(
    "call", [viz.unit, viz.units, viz.look, viz.load, viz.report, viz.dissect, viz.ablate, viz.transfer, viz.text_names]
)
def test_facts_of_a_network_are_keywords_of_every_call_and_others_are_refused(call: Callable[..., object]) -> None:
    parameters = inspect.signature(call).parameters
    assert {"size", "mean", "std", "order", "prepare", "classes", "trust", "weights", "device"} <= set(parameters)
    assert parameters["size"].annotation == "int | str | Sequence[int] | None"
    with pytest.raises(InputError, match=f"{call.__name__} takes no 'sise'; did you mean size"):
        call("scenes-alexnet", sise=32)


@pytest.mark.parametrize(
    ("call", "named", "here"),
    [
        (viz.unit, "data", "images"), (viz.look, "data", "images"), (viz.ablate, "images", "data"),
        (viz.transfer, "trusted", "trust"), (viz.text_names, "unit", "units"), (viz.report, "images", "data"),
    ],
)  # fmt: skip
def test_a_keyword_that_other_calls_name_otherwise_is_told(call: Callable[..., object], named: str, here: str) -> None:
    with pytest.raises(InputError, match=f"takes no '{named}'; it is called {here} here"):
        call("scenes-alexnet", **{named: None})


@pytest.mark.parametrize(("call", "absent"), [(viz.unit, set()), (viz.units, set()), (viz.look, {"methods", "steps"})])
def test_the_keywords_of_a_request_stand_in_the_signature(call: object, absent: set[str]) -> None:
    assert callable(call)
    keywords = {"image", "images", "methods", "steps", "seed", "device", "weights"}
    parameters = inspect.signature(call).parameters
    assert keywords - absent == keywords & set(parameters)
    assert parameters["seed"].default == 0


def test_a_module_and_pictures_of_ones_own_are_looked_at_as_they_are() -> None:
    """The order of the top images is that of the plain module on plainly prepared pictures."""
    torch.manual_seed(0)
    network = nn.Sequential(nn.Conv2d(3, 4, 5), nn.ReLU())
    raw = np.random.default_rng(1).integers(0, 256, (6, 16, 16, 3), np.uint8)
    card = viz.unit(
        network, "1", 2, images=[Image.fromarray(item) for item in raw], methods=[viz.TopImages(count=6)],
        size=16, mean=0.5, std=0.25,
    )  # fmt: skip
    with torch.no_grad():
        wanted = network((torch.from_numpy(raw).permute(0, 3, 1, 2) / 255 - 0.5) / 0.25)[:, 2].amax((1, 2))
    assert list(card.results["top"].indices) == wanted.argsort(descending=True).tolist()  # type: ignore[attr-defined]
    assert any("RGB, mean 0.5, 0.5, 0.5, std 0.25" in note for note in card.notes)
    assert card.document()["preparation"] == viz.Preparation((16, 16), mean=(0.5,) * 3, std=(0.25,) * 3).document() | {
        "resize": 18
    }


def test_a_card_s_numbers_say_with_which_settings_they_were_made(probe: Probe) -> None:
    """Enough to make them again: a method of the stated settings and seed has the stated settings."""
    pictures = list(np.random.default_rng(2).integers(0, 256, (4, 16, 16, 3), np.uint8))
    document: dict[str, Any] = viz.unit(
        probe, "conv", 1, images=pictures, methods=["top", "connections"], batch=3, seed=5
    ).document()
    assert document["settings"]["top"]["batch"] == document["settings"]["connections"]["batch"] == 3
    again = viz.table()["top"](**document["settings"]["top"], seed=document["seed"])
    assert (again.batch, again.seed) == (3, 5)  # type: ignore[attr-defined]
    assert document["versions"]["torch"] == importlib.metadata.version("torch")
    assert json.loads(json.dumps(document))["settings"]["top"] == document["settings"]["top"]


def test_a_card_says_what_people_call_its_unit(probe: Probe, tmp_path: Path) -> None:
    table = tmp_path / "names.csv"
    table.write_text("layer,unit,word,kind\nconv,1,lamps,object\nconv,1,lamp,object\nconv,1,sun,object\n")
    cards = viz.units(probe, "conv", "0-1", methods=["ascent"], steps=2, names=table)
    assert [None if card.people is None else card.people.word for card in cards] == [None, "lamp"]
    assert dict(cards[1].about.facts)["Called by people"] == "lamp (object, 2 of 3 people)"
    assert cards[1].document()["people"] == {
        "word": "lamp", "kind": "object", "agreeing": 2, "people": 3, "precision": None,
    }  # fmt: skip
    assert "people" not in cards[0].document()
    assert viz.unit(probe, "conv", "1@2,2", methods=["ascent"], steps=2, names=table).people is None
    with pytest.raises(InputError, match=r"nowhere\.csv"):
        viz.unit(probe, "conv", 0, names=tmp_path / "nowhere.csv")
