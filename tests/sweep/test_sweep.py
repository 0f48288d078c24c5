"""A few of the networks that ``python -m tests.sweep`` takes: the quickest of those that differ most."""

from __future__ import annotations

import pytest

from tests.sweep.networks import names, network
from tests.sweep.oracle import report

KNOWN = {
    "timm/test_vit": (0, 0, 0),
    "timm/test_convnext": (0, 0, 0),
    "timm/test_mambaout": (0, 0, 0),
    "timm/test_byobnet": (0, 0, 0),
    "timm/test_nfnet": (0, 0, 0),
    "timm/levit_128s": (0, 0, 0),
    "timm/mobilevit_xxs": (0, 0, 0),
    "timm/xcit_nano_12_p16_224": (0, 0, 0),
    "timm/pvt_v2_b0": (0, 0, 0),
    "timm/mixer_s32_224": (0, 0, 0),
    "timm/efficientvit_m0": (0, 0, 0),
    "torchvision/squeezenet1_1": (0, 0, 0),
    "torchvision/shufflenet_v2_x0_5": (0, 0, 0),
    "torchvision/lraspp_mobilenet_v3_large": (0, 0, 0),
    "torchvision/fasterrcnn_mobilenet_v3_large_320_fpn": (0, 0, 0),
}
"""How many layers have other values than the hook, places that occlusion does not bear out, and a missed map."""

SHALLOW: dict[str, dict[str, object]] = {
    "timm/levit_128s": {"depth": (1, 1, 1)},
    "timm/xcit_nano_12_p16_224": {"depth": 2},
    "timm/pvt_v2_b0": {"depths": (1, 1, 1, 1)},
    "timm/efficientvit_m0": {"depth": (1, 1, 1)},
}
"""Blocks that come after others of the same kind show nothing that these do not; ``python -m tests.sweep`` has all."""


@pytest.mark.parametrize("name", KNOWN)
def test_axes_and_values_are_those_of_hooks_and_occlusion(name: str) -> None:
    item = report(name, *network(name, SHALLOW.get(name)))
    assert item.fault == ""
    assert (len(item.values), len(item.places), len(item.missed)) == KNOWN[name], item.line()
    assert item.mapped > 0
    assert item.output, item.line()


def test_the_sweep_takes_every_classifier_of_torchvision_and_forty_families_of_timm() -> None:
    import timm
    from torchvision import models

    swept = set(names())
    assert set(KNOWN) <= swept
    assert {f"torchvision/{name}" for name in models.list_models(module=models)} <= swept
    ours = {name.removeprefix("timm/") for name in swept if name.startswith("timm/")}
    assert ours <= set(timm.list_models())
    assert len({timm.models._registry._model_to_module[name] for name in ours}) >= 40
