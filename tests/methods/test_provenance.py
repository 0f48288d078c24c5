"""Provenance: the versions that are recorded are those that are installed."""

from __future__ import annotations

from importlib import metadata

import numpy as np
import pytest
import torch

from visualize.methods.provenance import Identity, Provenance, versions_in_use


def test_the_versions_are_those_of_the_libraries_that_run() -> None:
    versions = versions_in_use()
    assert versions["numpy"] == np.__version__
    assert versions["torch"].partition("+")[0] == torch.__version__.partition("+")[0]
    assert all(versions[name] == metadata.version(name) for name in versions)


def test_a_library_that_is_not_installed_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    def version(name: str) -> str:
        if name == "captum":
            raise metadata.PackageNotFoundError(name)
        return "1.0"

    monkeypatch.setattr(metadata, "version", version)
    assert set(versions_in_use.__wrapped__()) == {"torch", "torchvision", "kornia", "numpy", "pillow"}


def test_a_record_takes_the_versions_at_hand_and_cannot_be_changed() -> None:
    record = Provenance(method="ascent", settings={}, seed=0, model=Identity("net", "0" * 64))
    assert record.versions is versions_in_use()
    with pytest.raises(TypeError, match="does not support item assignment"):
        record.versions["torch"] = "0"  # type: ignore[index]
