"""Tests of names, kept beside the table that they are of."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.visualize.cli.kit import viz
from tests.visualize.cli.shops import dissecting, of_labels
from visualize.dissection import read_scores
from visualize.dissection.kept_tests import read_tests, write_tests
from visualize.dissection.verification import Verification
from visualize.methods.dissection.held_out import predictions
from visualize.methods.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    shop = of_labels(tmp_path_factory.mktemp("shop"))
    ran = viz(*dissecting(shop, "--out", shop / "out", "--verify", "--resamples", "20", "--quiet"))
    assert ran.status == 0, ran.err
    return shop / "out"


def test_verify_leaves_the_tests_of_every_name_in_the_folder(out: Path) -> None:
    kept = read_tests(out, "relu")
    assert kept is not None
    assert list(kept.halves) == predictions(read_scores(out, "relu"), 0.04)
    assert kept.scenes is None  # these are photographs
    assert kept.survivors == (sum(item.survives for item in kept.halves), 0)


def test_tests_on_scenes_are_read_as_they_were_written(out: Path) -> None:
    scenes = [Verification(unit=3, label="car", category="object", pairs=9, gains=0.75, auc=0.7, shift=1.5, p=0.01)]
    halves = predictions(read_scores(out, "relu"), 0.04)
    write_tests(out, "relu", halves, scenes)
    kept = read_tests(out, "relu")
    assert kept is not None
    assert kept.scenes == tuple(scenes)
    assert kept.halves == tuple(halves)


def test_a_changed_number_is_noticed(out: Path) -> None:
    write_tests(out, "relu", predictions(read_scores(out, "relu"), 0.04), None)
    file = out / "relu.tests.json"
    content = json.loads(file.read_text())
    content["other_half"][0]["auc"] = 0.5
    file.write_text(json.dumps(content))
    with pytest.raises(InputError, match=r"relu\.tests\.json is damaged"):
        read_tests(out, "relu")
    table = out / "relu.csv"
    written = table.read_bytes()
    table.write_bytes(written.replace(b"apple", b"appel", 1))
    with pytest.raises(InputError, match=r"relu\.csv is damaged"):
        read_tests(out, "relu")
    table.write_bytes(written)


def test_tests_of_another_table_are_not_taken_for_its_own(out: Path) -> None:
    file = out / "relu.tests.json"
    content = {key: value for key, value in json.loads(file.read_text()).items() if key != "sha256"}
    file.write_text(json.dumps({**content, "table_sha256": "0" * 64}))
    assert read_tests(out, "relu") is None
    file.write_text(json.dumps({**content, "other_half": [{"unit": "x"}]}))
    with pytest.raises(InputError, match=r"other_half\[0\]"):
        read_tests(out, "relu")
    with pytest.raises(InputError, match="holds no layer 'conv'"):
        read_tests(out, "conv")
    file.unlink()
    assert read_tests(out, "relu") is None
