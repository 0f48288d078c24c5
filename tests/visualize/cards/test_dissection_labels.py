from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

import visualize
from tests.kit.shared import shared
from tests.visualize.cli.kit import one_line, viz
from tests.visualize.cli.shops import dissecting, of_labels
from visualize.dissection.at_hand import default_folder
from visualize.dissection.kept_tests import read_tests

pytestmark = pytest.mark.usefixtures("here")


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return of_labels(tmp_path_factory.mktemp("shop"))


def test_a_card_bears_the_name_that_a_dissection_at_hand_gives(shop: Path) -> None:
    card = ("unit", "--model", f"{shop}/tiny.py:tiny", "--layer", "relu", "--unit", "2", "--images", shop / "set")
    asked: list[str | Path] = [*card, "--methods", "top", "--json"]
    before = viz(*asked)
    assert before.status == 0, before.err
    assert viz(*dissecting(shop, "--quiet")).status == 0
    after = json.loads(viz(*asked).out)
    assert json.loads(before.out)["results"] == after["results"]
    (origin,) = [note for note in after["notes"] if note.startswith("Named by")]
    assert all(word in origin for word in (after["named"]["folder"], "set, 12 pictures", "quantile 0.1"))
    (fit,) = [fit for fit in visualize.find("sky", top=9) if fit.unit == 2]
    for key in ("ceiling", "chance", "out_of_reach", "quantile", "cut"):
        assert after["named"][key] == getattr(fit, key)
    assert "named" not in json.loads(before.out)
    folder = Path(after["named"]["folder"])
    table = csv.DictReader((folder / "relu.csv").read_text().splitlines())
    row = next(row for row in table if row["unit"] == "3")  # it counts from 1
    assert (after["named"]["label"], after["named"]["category"]) == (row["label"], row["category"]) == ("sky", "object")
    assert after["named"]["iou"] == pytest.approx(float(row["score"]), abs=1e-5)
    assert after["named"]["detector"] is True
    sure = after["named"]["certainty"]
    assert fit.interval == (sure["low"], sure["high"]) == (float(row["low"]), float(row["high"]))
    assert (sure["kept"], sure["second"]) == (float(row["kept"]), row["second"])
    headline = f"  sky, IoU {fit.iou:.3g} (95 %: {sure['low']:#.3g} to {sure['high']:#.3g})"
    assert headline in viz(*card, "--methods", "top").out.splitlines()


def test_a_card_says_how_the_name_did_when_it_was_tested(shop: Path) -> None:
    card = ("unit", "--model", f"{shop}/tiny.py:tiny", "--layer", "relu", "--unit", "2", "--images", shop / "set")
    assert viz(*dissecting(shop, "--quiet", "--verify", "--resamples", "20")).status == 0
    told = json.loads(viz(*card, "--methods", "top", "--json").out)
    (folder,) = {told["named"]["folder"]}
    kept = read_tests(folder, "relu")
    assert kept is not None
    half, scenes = kept.of(2)
    assert scenes is None
    assert half is not None
    assert told["named"]["other_half"] == half.facts()
    assert f"P(with > without) = {half.auc:.2f}" in " ".join(told["notes"])


@pytest.mark.parametrize("where", [("--out", "found"), ("--out", "."), ("--count", "8", "--seed", "3"), ("--colors",)])
def test_a_card_finds_dissections_near_by_however_the_pictures_were_chosen(
    shop: Path, where: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VIZ_MIRROR", str(shared("reference")))
    assert viz(*dissecting(shop, "--quiet", "--categories", "object", *where)).status == 0
    card = ("unit", "--model", f"{shop}/tiny.py:tiny", "--layer", "relu", "--unit", "2", "--images", shop / "set")
    ran = viz(*card, "--methods", "top", "--json")
    assert ran.status == 0, ran.err
    assert json.loads(ran.out)["named"]["label"] == "sky"


def test_a_card_is_not_named_by_what_only_looks_like_a_dissection(shop: Path, tmp_path: Path) -> None:
    (tmp_path / "dissection.json").write_text('{"weights_sha256": 3}')
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "dissection.json").write_text("no JSON")
    card = ("unit", "--model", f"{shop}/tiny.py:tiny", "--layer", "relu", "--unit", "2", "--images", shop / "set")
    assert viz(*card, "--methods", "top").status == 0
    ran = viz("compare", "dissection.json")
    assert ran.status == 2
    assert "does not hold what a dissection writes there" in one_line(ran.err)


def test_dissect_is_a_way_of_looking_for_a_card(shop: Path) -> None:
    card = ("unit", "--model", f"{shop}/tiny.py:tiny", "--layer", "relu", "--unit", "1", "--images", shop / "set")
    ran = viz(*card, "--methods", "dissect", "--json")
    assert ran.status == 0, ran.err
    facts = json.loads(ran.out)["results"]["dissect"]
    assert (facts["label"], facts["category"]) == ("leaf", "object")
    named = json.loads(ran.out)["named"]
    assert named == {key: facts[key] for key in ("label", "category", "iou", "detector")} | {"folder": None}


def test_other_units_that_a_result_speaks_of_are_named_too(shop: Path) -> None:
    card = ("unit", "--model", f"{shop}/tiny.py:tiny", "--layer", "head", "--unit", "0", "--images", shop / "set")
    assert viz(*dissecting(shop, "--quiet")).status == 0  # of relu, which head is fed by
    ran = viz(*card, "--methods", "connections", "--json")
    assert ran.status == 0, ran.err
    names = {end["unit"]: end["name"] for end in json.loads(ran.out)["results"]["connections"]["into"]}
    assert names[2] == "sky"


def test_a_dissection_of_turned_units_or_of_other_weights_names_nothing(shop: Path, tmp_path: Path) -> None:
    card = ("unit", "--model", f"{shop}/tiny.py:tiny", "--layer", "relu", "--unit", "2", "--images", shop / "set")
    assert viz(*dissecting(shop, "--quiet", "--out", "turned", "--rotate", "1")).status == 0
    assert "named" not in json.loads(viz(*card, "--methods", "top", "--json").out)
    assert viz(*dissecting(shop, "--quiet", "--out", "whole")).status == 0
    assert "named" in json.loads(viz(*card, "--methods", "top", "--json").out)
    manifest = tmp_path / "whole" / "dissection.json"
    content = json.loads(manifest.read_text())
    manifest.write_text(json.dumps({**content, "weights_sha256": "0" * 64}))
    assert "named" not in json.loads(viz(*card, "--methods", "top", "--json").out)


def test_a_dissection_lies_in_a_folder_of_its_model_and_its_set() -> None:
    assert default_folder("torchvision/resnet18", "broden 224") == Path(
        "viz-out/torchvision-resnet18/dissect/broden-224"
    )
