"""The package itself: all that it offers is there, and importing it loads nothing."""

from __future__ import annotations

import pytest

import visualize
from tests.visualize.cli.kit import python


def test_importing_the_packages_loads_nothing_heavy() -> None:
    ran = python("-c", "import sys, visualize, methods, visualize.models, visualize.data; print(*sys.modules)")
    assert not {"torch", "torchvision", "kornia", "captum", "numpy", "PIL", "rich", "httpx"} & set(ran.stdout.split())


def test_everything_that_the_package_offers_is_there() -> None:
    for name in dir(visualize):
        assert getattr(visualize, name) is not None
    assert {"unit", "units", "load", "open_images", "__version__"} <= set(dir(visualize))
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        getattr(visualize, "nothing")  # noqa: B009 (a type checker refuses the attribute)
