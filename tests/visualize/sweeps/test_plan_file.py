from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.visualize.cli.kit import one_line, viz
from visualize.methods.errors import InputError
from visualize.sweeps.plan_file import plan_of, read_plan

if TYPE_CHECKING:
    from pathlib import Path

GOOD: dict[str, Any] = {"models": ["scenes-alexnet"], "methods": ["dissect", "top"]}


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"modles": ["x"]}, "modles is no key of a sweep; did you mean models"),
        ({"layer": "conv5"}, "layer is no key of a sweep; did you mean layers"),
        ({"models": 3}, r"models\[0\]: expected text"),
        ({"models": []}, "models: expected a list of 1"),
        ({"methods": ["dissect", 3]}, r"methods\[1\]: expected text"),
        ({"methods": ["dissect", "tpo"]}, r"methods\[1\]: no method is called 'tpo'; did you mean top"),
        ({"methods": ["transfr"]}, r"methods\[0\].* did you mean transfer"),
        ({"layers": ["conv4", "conv4"]}, r"layers\[1\]: expected each item once"),
        ({"layers": [""]}, r"layers\[0\]: expected"),
        ({"data": []}, "data: expected a list of 1"),
        ({"models": ["scenes-alexnt"]}, r"models\[0\]: no model is called .* did you mean scenes-alexnet"),
        (
            {"models": [{"model": "scenes-alexnet", "wieghts": "x"}]},
            r"models\[0\] knows no wieghts; did you mean weights",
        ),
        ({"models": [{"weights": "x"}]}, r"models\[0\] names no model"),
        ({"models": [{"model": "scenes-alexnet", "weights": "no*.pth"}]}, r"models\[0\]: no file is called"),
        ({"models": [{"model": "scenes-alexnet", "weights": "no.pth"}]}, r"models\[0\]: the weights file"),
        ({"models": [{"model": "scenes-alexnet", "size": "big"}]}, r"models\[0\]: .*size"),
        ({"models": ["scenes-alexnet", {"model": "scenes-alexnet"}]}, r"models\[0\] and models\[1\] have one name"),
        ({"seed": -1}, "seed: expected a whole number"),
        ({"seed": "0"}, "seed: expected a whole number"),
        ({"dissect": {"quantil": 0.1}}, r"\[dissect\] knows no quantil; did you mean quantile"),
        ({"dissect": {"quantile": "much"}}, r"\[dissect\]: quantile is"),
        ({"dissect": {"count": 0}}, r"\[dissect\]: count: expected a whole number"),
        ({"dissect": 3}, "dissect is no key"),
        ({"top": {"count": 0}}, r"\[top\]: count is"),
        ({"transfer": {"count": 3}}, r"\[transfer\] is of no method that is asked for"),
        ({"methods": ["transfer"], "transfer": {"protocol": "vsm"}}, r"\[transfer\]: protocol: expected one of"),
        ({"dissect": {"batch": "many"}}, r"\[dissect\]: batch: expected"),
        ({"top": {"batch": 0}}, r"\[top\]: batch is 1 or more, or auto"),
        ({"methods": ["transfer"], "transfer": {"batch": 0}}, r"\[transfer\]: batch: expected"),
        ({"methods": ["ablate"], "ablate": {"sizes": [0]}}, r"\[ablate\]: sizes\[0\]: expected"),
    ],
)
def test_whatever_is_wrong_is_named_by_its_key(change: dict[str, Any], match: str) -> None:
    with pytest.raises(InputError, match=match):
        plan_of({**GOOD, **change})


def test_a_batch_may_be_as_large_as_fits() -> None:
    methods = ["dissect", "transfer", "ablate", "top"]
    plan = plan_of({**GOOD, "methods": methods, **{name: {"batch": "auto"} for name in methods}})
    assert plan.look("top").batch == "auto"  # type: ignore[attr-defined]
    assert {name: plan.settings_of(name)["batch"] for name in methods} == dict.fromkeys(methods, "auto")
    assert plan.dissection() == plan_of(GOOD).dissection()


@pytest.mark.parametrize("missing", ["models", "methods"])
def test_what_is_missing_is_named(missing: str) -> None:
    with pytest.raises(InputError, match=f"{missing} is missing; write {missing} ="):
        plan_of({key: value for key, value in GOOD.items() if key != missing})


@pytest.mark.parametrize(
    "content", [b"models = [", b"\xff\xfe", b"[" * 5000, b"models = 1\nmodels = 2", b'{"models": ["x"]}', b""]
)
def test_a_file_that_is_no_plan_is_one_line(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "plan.toml").write_bytes(content)
    ran = viz("sweep", tmp_path / "plan.toml")
    assert (ran.status, ran.out) == (2, "")
    assert "plan.toml" in one_line(ran.err)


def test_a_file_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    for path in (tmp_path / "none.toml", tmp_path):
        ran = viz("sweep", path)
        assert ran.status == 2
        one_line(ran.err)


def test_weights_by_a_pattern_are_a_network_each(tmp_path: Path) -> None:
    for name in ("b.pth", "a.pth", "c.txt"):
        (tmp_path / name).write_bytes(b"")
    (tmp_path / "plan.toml").write_text(
        f'models = [{{model = "scenes-alexnet", weights = "{tmp_path}/*.pth", layers = "conv5"}}, '
        '"random/scenes-alexnet"]\nmethods = "ascent"\nlayers = ["conv3", "conv4"]\n[ascent]\nsteps = 4\n'
    )
    plan = read_plan(tmp_path / "plan.toml", out=tmp_path / "out")
    assert [(item.name, item.layers) for item in plan.networks] == [
        ("scenes-alexnet (a.pth)", ("conv5",)),
        ("scenes-alexnet (b.pth)", ("conv5",)),
        ("random/scenes-alexnet", ("conv3", "conv4")),
    ]
    assert len({item.folder for item in plan.networks}) == 3
    method = plan.look("ascent")
    assert (method.steps, method.size) == (4, (128, 128))  # type: ignore[attr-defined] # as reports show it, but for these
