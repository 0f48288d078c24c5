"""The weights file of a model: in the package, in a mirror by name and hash, or refused."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING

import torch

from tests.kit.refusal import refusal
from visualize.download.resource import Resource
from visualize.models import entry_of, on_disk, registry
from visualize.models.sources.torchvision import network
from visualize.models.weights_file import weights_file

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_a_missing_embedded_file_says_to_install_the_package_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = entry_of("scenes-alexnet")
    assert weights_file(entry) == on_disk(entry)
    monkeypatch.setattr(registry, "WEIGHTS", tmp_path)
    with refusal("install the package again"):
        weights_file(entry)


def test_an_untrained_network_has_none() -> None:
    assert weights_file(entry_of("random/places-alexnet")) is None


def test_a_file_that_is_here_goes_before_the_preferred_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another file with the same weights lies in the mirror; nothing listens where the preferred one is."""
    monkeypatch.setenv("VIZ_MIRROR", str(tmp_path))
    (tmp_path / "other.pth").write_bytes(b"weights")
    entry = replace(entry_of("places-resnet18"), sources=("http://127.0.0.1:1/first.pth",), file="first.pth",
                    others=(Resource(file="other.pth"),))  # fmt: skip
    assert weights_file(entry) == tmp_path / "other.pth"
    with refusal("first.pth", "other.pth"):
        (tmp_path / "other.pth").unlink()
        weights_file(entry)


def test_weights_are_looked_for_in_the_mirror_by_name_and_hash(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    entry = entry_of("torchvision/squeezenet1_1")
    torch.save(network("squeezenet1_1").state_dict(), tmp_path / entry.file)
    digest = hashlib.sha256((tmp_path / entry.file).read_bytes()).hexdigest()
    monkeypatch.setenv("VIZ_MIRROR", str(tmp_path))
    assert on_disk(entry) == tmp_path / entry.file
    with refusal(f"expected {entry.sha256}..., got {digest}"):
        weights_file(replace(entry, sources=()))
    assert weights_file(replace(entry, sources=(), sha256=digest[:8])) == tmp_path / entry.file
