"""Records of sanity checks: the numbers in words, in facts and in arrays."""

from __future__ import annotations

import functools
from dataclasses import replace

import numpy as np
import pytest
from scipy.integrate import trapezoid

from tests.kit.networks import SIZE, Classifier, seeded
from tests.kit.pictures import arrays
from visualize.methods.network.preprocessing import Preparation
from visualize.methods.network.probe import Probe
from visualize.methods.pictures.images import Stack
from visualize.methods.sanity.method import Sanity
from visualize.methods.sanity.result import SanityResult
from visualize.methods.unit import Unit


@functools.cache
def _result() -> SanityResult:
    (result,) = Sanity(steps=3, cascade=2, levels=4)(
        Probe(seeded(Classifier()), prepare=Preparation(SIZE)), Unit("deep", 1), Stack(arrays(3, SIZE))
    )
    assert isinstance(result, SanityResult)
    return result


def test_the_areas_are_those_under_the_curves_by_scipys_trapezium_rule() -> None:
    result = _result()
    maps = result.facts()["maps"]
    assert isinstance(maps, dict)
    for check in result.checks:
        curves = {"deletion": check.deletion, "insertion": check.insertion}
        for name, curve in curves.items():
            assert len(curve) == 5
            assert maps[check.name][name] == pytest.approx(trapezoid(curve, dx=1 / 4))
            np.testing.assert_allclose(result.arrays()[f"{check.name} {name}"], curve, rtol=1e-6)


def test_every_map_has_a_line_that_ends_with_its_areas() -> None:
    result = _result()
    done, _, *lines = result.lines()
    assert done.startswith(f"{len(result.files)} photograph")
    assert done.endswith(f"in {len(result.cascade)} steps, down to {result.cascade[-1].name}")
    for check, line in zip(result.checks, lines[: len(result.checks)], strict=True):
        assert line.startswith(f"{check.name}: ")
        if check.correlations:
            assert f"weights shuffled {check.correlations[-1]:.2f}" in line
        assert line.endswith(f"insertion {check.facts()['insertion']:.2f}")
    changed = [name for name, row in (("dreamed picture", result.dreamed), ("photographs", result.photographs)) if row]
    assert [line.partition(",")[0] for line in lines[len(result.checks) :]] == changed


def test_a_correlation_that_there_is_not_is_zero_in_the_arrays() -> None:
    result = _result()
    blank = replace(result.checks[0], correlations=(None, 0.5))
    arrays_of = replace(result, checks=(blank,)).arrays()
    assert arrays_of["gradient correlations"].tolist() == [0.0, 0.5]
