from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from tests.visualize.data.made_sets import broden, exact, grey, masks, only_map, rewrite, stripes
from visualize.data import open_labelled
from visualize.methods.errors import BrokenImage, InputError
from visualize.methods.network.preprocessing import Preparation

if TYPE_CHECKING:
    from pathlib import Path


FOUR = exact((4, 4))


def test_a_mask_with_unknown_values_or_of_another_size_is_refused(tmp_path: Path) -> None:
    labelled = open_labelled(masks(tmp_path))
    stripes(tmp_path / "masks/a/one.png", 1, 9, 11, 0)
    with pytest.raises(InputError, match=r"one\.png: .*names\.csv .* label 9, 11"):
        labelled.labels(0, FOUR)
    stripes(tmp_path / "masks/a/one.png", 1, 2, 0, 0, 0)
    with pytest.raises(
        InputError, match=r"one\.png is 5 x 4 pixels; expected 4 x 4, which its picture images/a/one\.jpg"
    ):
        labelled.labels(0, FOUR)
    (tmp_path / "images/a/one.jpg").write_bytes(b"")
    with pytest.raises(BrokenImage, match=r"^images/a/one\.jpg: .*no picture"):
        labelled.labels(0, FOUR)


def test_a_turned_photograph_takes_its_mask_along(tmp_path: Path) -> None:
    """The file is stored lying, and its mask was drawn over the stored or over the upright pixels."""
    root = masks(tmp_path)
    exif = Image.Exif()
    exif[0x0112] = 6
    stored = np.zeros((4, 8, 3), np.uint8)
    stored[:, 4:] = 255
    Image.fromarray(stored).save(root / "images/a/one.jpg", "PNG", exif=exif)
    for mask in (stored[..., 0] // 255, np.rot90(stored[..., 0] // 255, -1)):
        grey(root / "masks/a/one.png", mask)
        labelled = open_labelled(root, categories=["object"])
        shown = labelled.load(0, Preparation(size=(16, 8)))[1::2, 1::2, 0]
        np.testing.assert_array_equal(only_map(labelled.labels(0, Preparation(size=(16, 8))), "object"), shown > 127)


def test_the_fingerprint_changes_with_what_is_listed(tmp_path: Path) -> None:
    root = broden(tmp_path / "one")
    same = shutil.copytree(root, tmp_path / "two")
    prints = {open_labelled(root).fingerprint, open_labelled(same).fingerprint}
    assert len(prints) == 1
    prints.add(open_labelled(root, categories=["scene"]).fingerprint)
    prints.add(open_labelled(root, count=2).fingerprint)
    rewrite(same / "index.csv", ",7,", ",8,")
    prints.add(open_labelled(same).fingerprint)
    rewrite(same / "label.csv", "sky", "heaven")
    prints.add(open_labelled(same).fingerprint)
    (same / "images/c.jpg").write_bytes(b"")
    prints.add(open_labelled(same).fingerprint)
    assert len(prints) == 6
    assert all(len(text) == 64 and int(text, 16) >= 0 for text in prints)
