"""safetensors files: tensors, and the text beside them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import torch
from safetensors.torch import save_file

from tests.kit.refusal import refusal
from tests.visualize.models.readers.kit import refused
from visualize.models.readers.safetensors import metadata

if TYPE_CHECKING:
    from pathlib import Path


def test_text_beside_the_tensors_is_read_without_them(tmp_path: Path) -> None:
    text = {"classes": '["beach", "büro"]', "accuracy": "0.93"}
    save_file({"a": torch.arange(3.0)}, tmp_path / "net.safetensors", metadata=text)
    assert metadata(tmp_path / "net.safetensors") == text
    save_file({"a": torch.arange(3.0)}, tmp_path / "net.safetensors")
    assert metadata(tmp_path / "net.safetensors") == {}


@pytest.mark.parametrize("content", [b"", b"\xff" * 40, b"\x02" + bytes(7) + b"[]"])
def test_text_of_a_damaged_file_is_refused(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "net.safetensors"
    path.write_bytes(content)
    with refusal(path.name, "no complete safetensors file"):
        metadata(path)


def test_a_truncated_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "net.safetensors"
    save_file({"a": torch.arange(3.0)}, path)
    path.write_bytes(path.read_bytes()[:-1])
    refused(path, "safetensors", "safetensors file")
