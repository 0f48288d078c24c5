"""A report of a tiny network on a labelled folder, made once by the command line."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

import pytest

from tests.kit.reports import labelled_folder
from tests.visualize.cli.kit import TINY, Ran, viz

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class Made(NamedTuple):
    """A report that was made.

    Args:
        home: the working folder.
        model: as ``--model`` takes it.
        data: the folder of the set.
        site: the report.
        ran: the run.
    """

    home: Path
    model: str
    data: Path
    site: Path
    ran: Ran


def arguments(made: Made, *more: str | Path) -> list[str | Path]:
    """Arguments of the report."""
    settings = ("--layer", "conv,relu", "--steps", "2", "--pixels", "16", "--device", "cpu")
    return ["report", "--model", made.model, "--data", made.data, *settings, *more]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Made]:
    home = tmp_path_factory.mktemp("home")
    (home / "my_net.py").write_text(TINY)
    planned = Made(home, f"{home / 'my_net.py'}:tiny", labelled_folder(home / "streets"), home / "site", Ran(0, "", ""))
    before = os.getcwd()  # noqa: PTH109 (what is restored)
    os.chdir(home)
    try:
        yield planned._replace(ran=viz(*arguments(planned, "--out", planned.site)))
    finally:
        os.chdir(before)
