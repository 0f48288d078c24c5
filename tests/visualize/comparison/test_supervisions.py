"""What supervision teaches: every network that learned has more detectors than the untrained one."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
import torch
from PIL import Image

from tests.visualize.cli.kit import one_line, viz
from visualize.comparison import supervisions
from visualize.comparison.supervisions import compared
from visualize.data.sets.labelled_scenes import KeptScenes
from visualize.models import load
from visualize.models.catalogue.supervisions import SUPERVISIONS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from torch import Tensor

    from visualize.comparison.comparison import Comparison


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder to work in, where the embedded scenes are fewer than elsewhere."""
    folder = tmp_path_factory.mktemp("taught")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setattr(supervisions, "KeptScenes", lambda: KeptScenes(96))
        yield folder


@pytest.fixture(scope="module")
def taught(here: Path) -> Comparison:
    """All networks as everybody gets them."""
    assert here.is_dir()
    return compared()


def test_every_supervision_has_more_detectors_than_none(taught: Comparison) -> None:
    detectors = {table.name: table.count().detectors for table in taught.tables}
    assert list(detectors) == list(SUPERVISIONS)
    untrained = detectors.pop("nothing")
    assert min(detectors.values()) > untrained, detectors


def test_the_untrained_one_is_the_twin_of_all_of_them(taught: Comparison) -> None:
    def start(name: str) -> dict[str, Tensor]:
        return {key: value for key, value in load(name).network.state_dict().items() if key.startswith("conv")}

    nothing = start(SUPERVISIONS["nothing"])
    for table in taught.tables:
        twin = start(f"random/{table.model.removeprefix('random/')}")
        assert all(torch.equal(twin[key], nothing[key]) for key in nothing), table.name


def test_the_command_takes_what_is_at_hand_and_says_and_draws_it(here: Path, taught: Comparison) -> None:
    made = {path: path.stat().st_mtime_ns for path in here.rglob("dissection.json")}
    assert len(made) == len(SUPERVISIONS)
    ran = viz("compare", "--supervisions", "--out", "taught.png", "--json")
    assert ran.status == 0, ran.err
    document = json.loads(ran.out)
    assert [table["name"] for table in document["tables"]] == list(SUPERVISIONS)
    assert [table["model"] for table in document["tables"]] == list(SUPERVISIONS.values())
    counts = [table.count().detectors for table in taught.tables]
    assert [table["best_category_only"]["detectors"] for table in document["tables"]] == counts
    assert {path: path.stat().st_mtime_ns for path in here.rglob("dissection.json")} == made
    with Image.open(here / "taught.png") as picture:
        assert picture.width == 1400


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (("--supervisions", "viz-out"), "leave the others out"),
        (("--supervisions", "--data", "camvid"), "leave the others out"),
        ((), "--supervisions"),
    ],
)
def test_what_cannot_be_asked_for_together_is_said_in_one_line(given: tuple[str, ...], message: str) -> None:
    ran = viz("compare", *given)
    assert ran.status == 2
    assert message in one_line(ran.err)
