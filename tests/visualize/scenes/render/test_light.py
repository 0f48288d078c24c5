from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from visualize.scenes.random_stream import Dice
from visualize.scenes.render.light import Light, indoors, outdoors


@given(st.floats(0, 1000), st.floats(1, 1000))
def test_haze_takes_its_share_exponentially(depth: float, reach: float) -> None:
    assert Light(reach=reach).mist(depth) == pytest.approx(1 - math.exp(-depth / reach))


def test_nothing_behind_the_camera_is_in_the_haze() -> None:
    assert Light(reach=10).mist(-5) == 0


@given(st.floats(-math.pi, math.pi))
def test_an_upright_surface_is_the_brighter_the_more_it_faces_the_sun(angle: float) -> None:
    light = Light(sun=(0.0, 0.6, -0.8))
    normal = (math.sin(angle), 0.0, -math.cos(angle))
    assert light.on(normal) == pytest.approx(0.80 + 0.24 * max(0.0, 0.8 * math.cos(angle)))


def test_what_faces_up_is_brighter_than_what_faces_down() -> None:
    light = Light(sun=(1.0, 0.0, 0.0))
    assert light.on((0, 1, 0)) == pytest.approx(0.85)
    assert light.on((0, -1, 0)) == pytest.approx(0.75)


@pytest.mark.parametrize(("make", "share"), [(outdoors, 0.18), (indoors, 0.25)])
def test_it_is_night_as_often_as_it_should_be_and_darker_then(make: object, share: float) -> None:
    assert callable(make)
    lights = [make(Dice(seed)) for seed in range(600)]
    nights = [sum(light.tint) for light in lights if light.night]
    days = [sum(light.tint) for light in lights if not light.night]
    assert stats.binomtest(len(nights), len(lights), share).pvalue > 0.01
    assert max(nights) < sum(days) / len(days)
