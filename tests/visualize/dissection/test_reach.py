"""Concepts out of reach against the numbers of the files, and the random twin's command by running it."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.visualize.cli.kit import viz
from tests.visualize.cli.shops import dissecting, of_labels
from tests.visualize.dissection.made import SETTINGS, dissected
from visualize.dissection.reach import of_folder, sentence, twin_command, twins, unreachable

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("dissected")
    dissected(out)
    return out


def test_concepts_are_out_of_reach_whose_sizes_allow_no_iou_above_the_cut(made: Path) -> None:
    held, arrays = of_folder(made), np.load(made / "deep.npz")
    category = arrays["concept_categories"]
    share = arrays["truth"] / arrays["area"][category]
    masks, truth = arrays["activation"][:, category], arrays["truth"]
    most = np.maximum(arrays["ceiling"], (np.minimum(masks, truth) / np.maximum(masks, truth)).max(0))
    for cut in (0.04, float(np.median(most)), 0.99):
        expected = {name for name, top in zip(arrays["concept_names"], most, strict=True) if top <= cut}
        found = unreachable(held, "deep", cut)
        assert {item.concept for item in found} == expected
        assert [item.share for item in found] == sorted((item.share for item in found), reverse=True)
        for item in found:
            place = arrays["concept_names"].tolist().index(item.concept)
            assert (item.share, item.ceiling) == pytest.approx((share[place], most[place]))


def test_the_sentence_names_the_quantile_that_is_needed(made: Path) -> None:
    held = of_folder(made)
    concepts = unreachable(held, "deep", 0.99)
    words = sentence(held, concepts, 6)
    large = max(item.share for item in concepts)
    assert large > SETTINGS.quantile
    assert words.startswith(f"{len(concepts)} of 6 concepts are out of reach")
    assert f"--quantile above {SETTINGS.cut * large:.3g}" in words
    small = [item for item in concepts if item.share <= SETTINGS.quantile]
    assert "--quantile" not in sentence(held, small, 6)


def test_the_twins_command_makes_the_dissection_that_the_summary_then_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    shop = of_labels(tmp_path)
    ran = viz(*dissecting(shop, "--categories", "object", "--count", "10", "--seed", "2", "--out", "whole"))
    assert ran.status == 0, ran.err
    held = of_folder(tmp_path / "whole")
    command = twin_command(held)
    assert command is not None
    assert command in ran.out
    assert not twins(held)
    assert viz(*shlex.split(command)[1:], "--device", "cpu").status == 0
    (twin,) = twins(held).values()
    again = viz(*dissecting(shop, "--categories", "object", "--count", "10", "--seed", "2", "--out", "whole"))
    assert f"the random twin has {twin.count().detectors} detectors" in again.out
    assert command not in again.out
    random = of_folder(next((tmp_path / "viz-out").glob("random*/dissect/*")))
    assert twin_command(random) is None
