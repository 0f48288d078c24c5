"""Clusters of sounds: k-means as scikit-learn has it, the shipped centres, and the script that makes them."""

from __future__ import annotations

import importlib
import re
import sys
from typing import TYPE_CHECKING

import numpy as np
import pytest
from scipy.cluster.vq import vq
from sklearn.cluster import KMeans

from tests.kit.checkout import ROOT
from visualize.methods.errors import InputError
from visualize.scenes import Scenes
from visualize.scenes.sound import CLUSTERS, GROUPS, SIZE, clustered, shipped, soundtrack, texture
from visualize.scenes.sound.clusters import nearest

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    Numbers = NDArray[np.float64]


def blobs(count: int, each: int, spread: float) -> tuple[Numbers, NDArray[np.intp]]:
    """Statistics about some middles, and whose each is."""
    random = np.random.default_rng(7)
    owner = np.repeat(np.arange(count), each)
    return random.normal(size=(count, SIZE))[owner] + spread * random.normal(size=(count * each, SIZE)), owner


def test_clusters_that_are_there_are_found() -> None:
    points, owner = blobs(5, 20, 0.05)
    result = clustered(points, 5)
    found = nearest(result.standardised(points), result.centres)
    assert len(set(zip(owner.tolist(), found.tolist(), strict=True))) == 5
    assert [result.of(point) for point in points] == found.tolist()


def test_scikit_learn_finds_nothing_to_improve() -> None:
    points, _ = blobs(4, 30, 3.0)
    result = clustered(points, 6, seed=2)
    standardised = result.standardised(points)
    theirs = KMeans(6, init=result.centres, n_init=1, tol=0).fit(standardised)
    np.testing.assert_allclose(theirs.cluster_centers_, result.centres, atol=1e-9)
    np.testing.assert_array_equal(nearest(standardised, result.centres), vq(standardised, result.centres)[0])


def test_groups_of_statistics_count_the_same_and_outliers_no_more_than_three_deviations() -> None:
    points, _ = blobs(1, 400, 1.0)
    points[:, 5] = 4.0  # the same for all sounds
    points[0, 7] = 1e6
    standardised = clustered(points, 1).standardised(points)
    ends = np.cumsum(list(GROUPS.values()))
    powers = [np.square(part).sum(1).mean() for part in np.split(standardised, ends[:-1], axis=1)]
    np.testing.assert_allclose(powers, 1, rtol=0.1)
    assert not standardised[:, 5].any()
    assert np.abs(standardised).max() <= 3 / np.sqrt(min(GROUPS.values())) + 1e-12


def test_the_same_seed_gives_the_same_clusters() -> None:
    points, _ = blobs(8, 10, 2.0)
    np.testing.assert_array_equal(clustered(points, 4, 3).centres, clustered(points, 4, 3).centres)
    assert (clustered(points, 4, 3).centres != clustered(points, 4, 4).centres).any()


def test_more_clusters_than_sounds_are_refused() -> None:
    with pytest.raises(InputError, match="2 sounds make no 3 clusters"):
        clustered(np.zeros((2, SIZE)), 3)


def test_equal_sounds_make_clusters_too() -> None:
    result = clustered(np.ones((5, SIZE)), 2)
    assert result.of(np.ones(SIZE)) == 0
    assert np.isfinite(result.centres).all()


@pytest.fixture(scope="module")
def heard() -> Numbers:
    """Statistics of held-out scenes, the twelve kinds in turn."""
    scenes = Scenes(60, seed=6, split="held-out")
    return np.stack([texture(soundtrack(scenes.scene(index), scenes.number(index))) for index in range(60)])


def test_the_shipped_clusters_are_of_these_sounds(heard: Numbers) -> None:
    """Sounds drawn anew have the mean and the deviation that stand in the file: neither has been left behind."""
    steps = (heard - shipped().mean) / shipped().deviation
    assert np.abs(np.median(steps, 0)).max() < 1
    assert np.abs(steps.mean(0)).mean() < 0.15
    assert np.sqrt(np.square(np.clip(steps, -3, 3)).mean(0)).mean() == pytest.approx(0.95, abs=0.1)
    assert shipped().centres.shape == (CLUSTERS, SIZE)


def test_what_is_heard_tells_much_of_where_one_is(heard: Numbers) -> None:
    clusters = np.array([shipped().of(sound) for sound in heard]).reshape(-1, 12)
    beach, others = clusters[:, 9], np.delete(clusters, 9, axis=1)
    assert not np.isin(others, beach).any()
    rooms, land = set(clusters[:, :5].ravel().tolist()), set(clusters[:, 5:].ravel().tolist())
    assert np.isin(clusters, list(rooms & land)).mean() < 0.15
    assert len(rooms | land) > CLUSTERS / 2


def test_the_script_makes_the_same_clusters_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "clusters.npz"
    monkeypatch.setattr(sys, "path", [str(ROOT / "examples"), *sys.path])
    script = importlib.import_module("cluster_sounds")
    few = ["--scenes", "12", "--clusters", "4", "--held-out", "12", "--workers", "1", "--seed", "3"]
    script.main([*few, "--out", str(out)])
    assert re.search(r"that of \d+\.\d% of 12 held-out scenes", capsys.readouterr().out)
    scenes = Scenes(12, 3, split="train")
    sounds = np.stack([texture(soundtrack(scenes.scene(index), scenes.number(index))) for index in range(12)])
    expected = clustered(sounds, 4, 3)
    with np.load(out) as file:
        for name in ("mean", "deviation", "centres"):
            np.testing.assert_array_equal(file[name], getattr(expected, name).astype(np.float32))
