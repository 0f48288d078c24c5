"""A few of the networks that ``python -m tests.sweep`` takes: the quickest of those that differ most."""

from __future__ import annotations

import pytest

from tests.sweep.networks import names, network
from tests.sweep.oracle import report

SOME = (
    "timm/test_vit", "timm/levit_128s", "timm/mixer_s32_224", "torchvision/shufflenet_v2_x0_5",
    "torchvision/lraspp_mobilenet_v3_large",
)  # fmt: skip


@pytest.mark.parametrize("name", SOME)
def test_axes_and_values_are_those_of_hooks_and_occlusion(name: str) -> None:
    item = report(name, *network(name))
    assert item.right, item.line()
    assert item.output, item.line()


def test_the_sweep_takes_every_classifier_of_torchvision_and_forty_families_of_timm() -> None:
    import timm
    from torchvision import models

    swept = set(names())
    assert set(SOME) <= swept
    assert {f"torchvision/{name}" for name in models.list_models(module=models)} <= swept
    ours = {name.removeprefix("timm/") for name in swept if name.startswith("timm/")}
    assert ours <= set(timm.list_models())
    assert len({timm.models._registry._model_to_module[name] for name in ours}) >= 40
