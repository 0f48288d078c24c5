"""What every method promises, whoever wrote it: this suite takes whatever the table of methods holds."""

from __future__ import annotations

import dataclasses
import io
import json
import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from PIL import Image

from methods.errors import InputError
from methods.method import Method, Needs
from methods.network.preprocessing import Preparation
from methods.network.probe import Probe
from methods.pictures.images import Stack
from methods.provenance import Identity
from methods.registry import table
from methods.unit import Sum, Target, Unit
from tests.kit.labelled import noise
from tests.kit.networks import SIZE, Classifier, seeded, unchanged
from tests.kit.pictures import arrays

if TYPE_CHECKING:
    from methods.pictures.images import Images
    from methods.result import Result

METHODS = table()
_QUICK = {"steps": 4, "count": 2, "cascade": 2, "levels": 4}  # lowered settings, for methods that have them

every_method = pytest.mark.parametrize("name", METHODS)


def _made(name: str, **settings: object) -> Method:
    own = {item.name for item in dataclasses.fields(METHODS[name])}
    return METHODS[name](**{key: value for key, value in (_QUICK | settings).items() if key in own})  # type: ignore[arg-type]


def _images(method: Method, count: int = 6) -> Images | None:
    """A probe set of the kind that the method needs."""
    if method.needs is Needs.NOTHING:
        return None
    if method.needs is Needs.LABELLED:
        return noise(count, SIZE, (SIZE[0] // 2, SIZE[1] // 2))
    return Stack(arrays(count, SIZE), "noise")


def _probe(dtype: torch.dtype = torch.float64) -> Probe:
    network = seeded(Classifier()).to(dtype).train()
    return Probe(network, prepare=Preparation(SIZE, mean=(0.4, 0.5, 0.6)), identity=Identity("tiny", "0" * 64))


_UNITS: list[Target] = [Unit("deep", 1), Unit("conv", 3), Unit("fc", 2), Unit("deep", 5), Unit("deep", 1, (4, 6))]


def _alike(one: Result, other: Result, tolerance: float) -> None:
    assert one.unit == other.unit
    assert one.notes == other.notes
    left, right = one.arrays(), other.arrays()
    assert left.keys() == right.keys()
    for key, values in left.items():
        assert values.dtype == right[key].dtype
        np.testing.assert_allclose(values, right[key], rtol=tolerance, atol=tolerance, err_msg=key)


@every_method
def test_it_says_what_it_is(name: str) -> None:
    method = METHODS[name]
    assert method.name == name
    assert method.title
    assert isinstance(method.needs, Needs)
    assert dataclasses.is_dataclass(method)
    with pytest.raises(dataclasses.FrozenInstanceError):
        method().seed = 1  # type: ignore[misc]


@every_method
def test_the_network_and_the_pictures_are_left_as_they_were(name: str) -> None:
    method, probe = _made(name), _probe()
    images = _images(method)
    before = [picture.copy() for picture in images.pictures] if isinstance(images, Stack) else []
    with unchanged(probe.network):
        method(probe, _UNITS, images)
    assert not any(module._forward_hooks or module._backward_hooks for module in probe.network.modules())
    if isinstance(images, Stack):
        for old, new in zip(before, images.pictures, strict=True):
            np.testing.assert_array_equal(old, new)


@every_method
def test_the_network_is_left_as_it_was_by_an_exception_on_the_way(name: str) -> None:
    method, probe = _made(name), _probe()

    def stop(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with unchanged(probe.network), pytest.raises(KeyboardInterrupt):
        method(probe, _UNITS, _images(method), progress=stop)


@every_method
def test_one_result_comes_back_for_each_unit_in_their_order(name: str) -> None:
    method = _made(name)
    units = [*_UNITS, _UNITS[0]]
    results = method(_probe(), units, _images(method))
    assert [result.unit for result in results] == units
    assert method(_probe(), [], _images(method)) == ()


@every_method
def test_the_same_seed_gives_the_same_result(name: str) -> None:
    method = _made(name, seed=3)
    runs = [method(_probe(torch.float32), _UNITS, _images(method)) for _ in range(2)]
    for one, other in zip(*runs, strict=True):
        _alike(one, other, 0)


@every_method
def test_a_batch_of_units_equals_one_at_a_time(name: str) -> None:
    method, probe = _made(name), _probe()
    for unit, result in zip(_UNITS, method(probe, _UNITS, _images(method)), strict=True):
        (alone,) = method(probe, unit, _images(method))
        _alike(result, alone, 1e-3)


@every_method
def test_aliases_are_resolved(name: str) -> None:
    method = _made(name)
    probe = Probe(seeded(Classifier()), prepare=Preparation(SIZE), aliases={"conv5": "deep"})
    (result,) = method(probe, Unit("conv5", 1), _images(method))
    assert result.unit == Unit("deep", 1)


@every_method
def test_tensors_lie_on_the_cpu_and_results_are_frozen(name: str) -> None:
    method = _made(name)
    for result in method(_probe(), _UNITS, _images(method)):
        with pytest.raises(dataclasses.FrozenInstanceError):
            result.notes = ()  # type: ignore[misc]
        for item in dataclasses.fields(result):
            value = getattr(result, item.name)
            if isinstance(value, torch.Tensor):
                assert value.device.type == "cpu"
                assert not value.requires_grad


@every_method
@pytest.mark.parametrize("size", [(20, 28), (31, 17)])
def test_results_can_be_drawn(name: str, size: tuple[int, int]) -> None:
    method = _made(name)
    probe = Probe(seeded(Classifier()), prepare=Preparation(size))
    for result in method(probe, _UNITS, _images(method)):
        assert result.panels()
        for panel in result.panels():
            assert panel.picture.dtype == np.uint8
        with Image.open(io.BytesIO(result._repr_png_())) as drawn:
            drawn.load()
            assert drawn.format == "PNG"
            assert drawn.convert("L").getextrema() != (255, 255)


@every_method
def test_facts_are_json_and_arrays_are_numbers(name: str) -> None:
    method = _made(name)
    for result in method(_probe(), _UNITS, _images(method)):
        read = json.loads(json.dumps(result.facts(), allow_nan=False))
        assert isinstance(read, dict)
        assert read
        assert result.arrays()
        for values in result.arrays().values():
            assert isinstance(values, np.ndarray)
            assert values.dtype.kind in "fiub"
            assert np.isfinite(values).all()


@every_method
def test_where_a_result_comes_from_is_recorded(name: str) -> None:
    method = _made(name, seed=7)
    (result,) = method(_probe(), Unit("deep", 1), _images(method))
    record = result.provenance
    assert (record.method, record.seed, record.model) == (name, 7, Identity("tiny", "0" * 64))
    own: dict[str, Any] = {item.name: getattr(method, item.name) for item in dataclasses.fields(method)}
    assert dict(record.settings) | {"seed": 7} == own
    assert METHODS[name](**record.settings, seed=record.seed) == method  # enough to make it again
    assert record.versions["torch"] == torch.__version__.split("+")[0] or record.versions["torch"] == torch.__version__
    assert 0 < record.seconds < math.inf


@every_method
def test_wrong_units_are_the_users_error(name: str) -> None:
    method = _made(name)
    for wrong in (Unit("dep", 0), Unit("deep", 8), Unit("deep", 0, (99, 0))):
        with pytest.raises(InputError):
            method(_probe(), [Unit("deep", 0), wrong], _images(method))


@every_method
def test_images_and_sums_are_asked_for_or_refused(name: str) -> None:
    method, both = _made(name), Sum((Unit("deep", 0), Unit("deep", 1)))
    if method.needs is not Needs.NOTHING:
        with pytest.raises(InputError, match="pass a probe set"):
            method(_probe(), Unit("deep", 0))
    if method.adds_units:
        assert method(_probe(), both, _images(method))[0].unit == both
    else:
        with pytest.raises(InputError, match="sums of units"):
            method(_probe(), both, _images(method))


@every_method
def test_progress_goes_up_to_the_end(name: str) -> None:
    method = _made(name)
    told: list[tuple[int, int]] = []
    method(_probe(), _UNITS, _images(method), progress=lambda done, total: told.append((done, total)))
    assert [done for done, _ in told] == sorted(done for done, _ in told)
    assert told[-1][0] == told[-1][1] == told[0][1]


@every_method
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_the_device_is_kept(name: str) -> None:
    method = _made(name)
    here = method(_probe(), _UNITS, _images(method))
    probe = _probe()
    probe.network.cuda()
    there = method(probe, _UNITS, _images(method))
    assert next(probe.network.parameters()).device.type == "cuda"
    for one, other in zip(here, there, strict=True):
        _alike(one, other, 1e-2)
