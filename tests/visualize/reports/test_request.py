"""A report that is asked for: which methods, and with which settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from visualize.methods import GradientAscent, TopImages
from visualize.methods.errors import InputError
from visualize.methods.registry import table
from visualize.reports.request import ReportRequest

if TYPE_CHECKING:
    from pathlib import Path


def _settings(request: ReportRequest) -> dict[str, dict[str, object]]:
    return {method.name: vars(method) for method in request.chosen}


def test_methods_say_themselves_how_a_report_shows_them() -> None:
    browsing = {name: kind.browsing for name, kind in table().items() if kind.browsing is not None}
    chosen = _settings(ReportRequest())
    assert list(chosen) == list(browsing)
    for name, settings in browsing.items():
        assert settings.items() <= chosen[name].items()


def test_steps_and_pixels_go_to_the_methods_that_have_them() -> None:
    chosen = _settings(ReportRequest(steps=7, pixels=48, seed=3))
    assert (chosen["ascent"]["steps"], chosen["ascent"]["size"], chosen["ascent"]["seed"]) == (7, (48, 48), 3)
    assert chosen["saliency"]["steps"] is None
    assert chosen["top"]["count"] == ReportRequest().chosen[1].__dict__["count"]


def test_precision_goes_to_the_methods_that_make_pictures() -> None:
    chosen = _settings(ReportRequest(precision="bf16"))
    assert chosen["ascent"]["precision"] == "bf16"
    with pytest.raises(InputError, match="top makes no pictures"):
        ReportRequest(precision="bf16", methods=["top"])
    with pytest.raises(InputError, match=r"precision.* float32"):
        ReportRequest(precision="half")


def test_a_batch_goes_to_the_methods_that_take_one_and_to_other_processes_as_a_number() -> None:
    assert _settings(ReportRequest())["ascent"]["batch"] == 16
    request = ReportRequest(batch="auto", steps=7)
    assert {settings["batch"] for settings in _settings(request).values()} == {"auto"}
    fitted = [TopImages(batch=4), GradientAscent(steps=7, batch=2)]
    assert set(request.with_methods(fitted).chosen) == set(fitted)
    assert ReportRequest(steps=7).with_methods(fitted) == ReportRequest(steps=7)
    with pytest.raises(InputError, match="dissect takes no batch; leave out --batch"):
        ReportRequest(batch=4, methods=["dissect"])
    with pytest.raises(InputError, match="--batch is 1 or more pictures, or auto, not 0"):
        ReportRequest(batch=0)


def test_a_method_that_is_made_stays_as_it_is() -> None:
    (top, ascent) = ReportRequest(methods=[TopImages(count=3), GradientAscent(steps=5)]).chosen[::-1]
    assert top == TopImages(count=3)
    assert ascent == GradientAscent(steps=5)


def test_the_site_lies_beside_the_models_other_files(tmp_path: Path) -> None:
    assert ReportRequest(model="scenes-alexnet").folder.as_posix() == "viz-out/scenes-alexnet/report"
    assert ReportRequest(out=tmp_path / "site").folder == tmp_path / "site"


def test_what_is_no_request_is_refused() -> None:
    with pytest.raises(InputError, match="no method"):
        ReportRequest(methods=["salience"])
    with pytest.raises(InputError, match="pixels"):
        ReportRequest(pixels=5000)
