from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

import visualize as viz
from visualize.cards.exports import ExportFile
from visualize.methods.errors import InputError
from visualize.methods.registry import table

if TYPE_CHECKING:
    from pathlib import Path

    from visualize.methods.method import Export
    from visualize.methods.network.probe import Probe
    from visualize.methods.pictures.images import Stack


def _export(name: str) -> Export:
    """An export of the one method of ours that has some."""
    return next(export for export in table()["dream"].exports if export.name == name)


def test_an_export_holds_the_picture_of_the_first_result(probe: Probe, images: Stack, tmp_path: Path) -> None:
    settings = {"steps": 1, "octaves": 1, "count": 1}
    look = viz.look("dream", probe, "conv", 0, images=images, settings=settings)
    path = ExportFile(_export("picture"), tmp_path / "deep" / "d.PNG").save(look)
    with Image.open(path) as picture:
        dream = look.arrays["dream"]
        dream = dream[0] if dream.ndim == 4 else dream
        np.testing.assert_array_equal(np.array(picture), (dream * 255).round().astype(np.uint8).transpose(1, 2, 0))
    assert [file.name for file in path.parent.iterdir()] == ["d.PNG"]


@pytest.mark.parametrize(("name", "file"), [("picture", "d.jpg"), ("frames", "d.mp4"), ("frames", "d")])
def test_another_ending_is_refused_with_the_right_ones(name: str, file: str, tmp_path: Path) -> None:
    export = _export(name)
    with pytest.raises(InputError, match=f"--{name}.*a file that ends in .*{export.endings[0]}"):
        ExportFile(export, tmp_path / file)


def test_a_folder_in_the_way_is_refused_beforehand(tmp_path: Path) -> None:
    (tmp_path / "d.png").mkdir()
    with pytest.raises(InputError, match="cannot be written"):
        ExportFile(_export("picture"), tmp_path / "d.png")
