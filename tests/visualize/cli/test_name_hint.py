"""The line that says how a card's unit gets a name: whoever does what it says has the name."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

import pytest

from tests.kit.reports import labelled_folder
from tests.visualize.cli.kit import viz
from tests.visualize.cli.shops import of_colours
from visualize.cards.inspection import begin
from visualize.cards.request import Request
from visualize.cli.name_hint import naming_command

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("here")

_SAID = "viz: no name yet: "


def _hint(said: str) -> list[str]:
    """Words of the command that is told, after ``viz``; none where nothing is told."""
    lines = [line.removeprefix(_SAID) for line in said.splitlines() if line.startswith(_SAID)]
    return [word for line in lines for word in shlex.split(line.partition(" measures ")[0])[1:]]


def _named(said: str) -> list[str]:
    """Lines in which units are named, if only as units without a concept."""
    return [line for line in said.splitlines() if "IoU" in line or line.startswith("  no concept: ")]


@pytest.fixture
def network(tmp_path: Path) -> tuple[str, ...]:
    (tmp_path / "shop").mkdir()
    labelled_folder(tmp_path / "my set", label="glow")
    return ("--model", f"{of_colours(tmp_path / 'shop')}/tiny.py:tiny", "--device", "cpu", "--layer", "conv")


def test_the_command_that_is_told_gives_the_name(network: tuple[str, ...]) -> None:
    stated = ("--mean", "0.5,0.4,0.3", "--std", "0.2")
    card = ("unit", *network, *stated, "--unit", "1,2", "--methods", "top", "--images", "my set")
    before = viz(*card)
    assert not _named(before.out)
    command = _hint(before.err)
    assert command[command.index("--data") + 1] == "my set"
    assert viz(*command).status == 0
    after = viz(*card)
    assert len(_named(after.out)) == 2
    assert not _hint(after.err)


@pytest.mark.parametrize(
    "asked",
    [
        ("unit", "--methods", "top", "--images", "my set", "--quiet"),
        ("unit", "--methods", "top", "--images", "my set/images"),
        ("unit", "--methods", "ascent", "--steps", "2"),
        ("top", "--images", "my set"),
    ],
)
def test_nothing_is_told_where_it_is_not_wanted_or_would_not_help(
    asked: tuple[str, ...], network: tuple[str, ...]
) -> None:
    ran = viz(*asked, *network, "--unit", "1")
    assert ran.status == 0, ran.err
    assert not _hint(ran.err)


def test_the_embedded_network_needs_no_options() -> None:
    assert naming_command(begin(Request())) == "viz dissect"
    assert naming_command(begin(Request(layer="conv4", images="scenes"))) == "viz dissect --layer conv4 --data scenes"
