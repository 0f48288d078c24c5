from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.visualize.data.made_sets import exact, masks, only_map
from visualize.data import open_labelled
from visualize.methods.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path


FOUR = exact((4, 4))


def test_folders_of_a_set_may_be_links_and_files_in_them_may_not_lead_out(tmp_path: Path) -> None:
    root = masks(tmp_path / "set")
    for folder in ("images", "masks"):
        (root / folder).rename(tmp_path / folder)  # to another disk
        (root / folder).symlink_to(tmp_path / folder)
    labelled = open_labelled(root)
    assert labelled.load(0, FOUR).shape == (8, 8, 3)
    assert only_map(labelled.labels(0, FOUR), "object").any()
    (tmp_path / "images/two.png").rename(tmp_path / "two.png")
    (tmp_path / "images/two.png").symlink_to(tmp_path / "two.png")
    with pytest.raises(InputError, match=r"two\.png is a link that leads out of .*images; copy the file there"):
        open_labelled(root).load(2, FOUR)
