"""Interface of methods: what is checked before any of them looks, and what their results record."""

from __future__ import annotations

import pytest

from visualize.methods import DeepDream, GradientAscent, InputError, Needs, Saliency, Sum, TopImages, UnitError
from visualize.methods.testing import subjects

PROBE = subjects.tiny_probe()
UNIT = subjects.UNITS[0]


def test_a_method_that_needs_pictures_asks_for_them() -> None:
    with pytest.raises(InputError, match="top needs images; pass a probe set"):
        TopImages()(PROBE, UNIT)


def test_a_method_that_looks_at_single_units_refuses_sums() -> None:
    both = Sum((subjects.UNITS[0], subjects.UNITS[1]))  # type: ignore[arg-type]
    with pytest.raises(InputError, match="saliency looks at single units"):
        Saliency()(PROBE, both, subjects.noise_for(Saliency()))
    assert GradientAscent(steps=1, size=(8, 8))(PROBE, both)[0].unit == both


def test_a_unit_that_the_network_does_not_have_is_refused() -> None:
    with pytest.raises(UnitError, match="deep"):
        GradientAscent(steps=1)(PROBE, PROBE.unit("deep:99"))


def test_no_unit_gives_no_result() -> None:
    assert GradientAscent(steps=1)(PROBE, []) == ()


def test_a_count_is_set_where_it_is_a_setting_and_nowhere_else() -> None:
    assert TopImages(count=9).counting(4) == TopImages(count=4)
    assert TopImages(region=0.3).counting(4).region == 0.3


def test_what_a_method_wants_may_depend_on_its_settings() -> None:
    assert DeepDream().wants is Needs.IMAGES
    assert DeepDream(start="noise").wants is Needs.NOTHING


def test_the_provenance_holds_every_setting_but_the_seed() -> None:
    method = TopImages(count=4, seed=7)
    record = method.provenance(PROBE, 2.0)
    assert TopImages(seed=record.seed, **record.settings) == method
    assert (record.method, record.model, record.seconds) == ("top", subjects.IDENTITY, 2.0)
    assert "seed" not in record.settings
