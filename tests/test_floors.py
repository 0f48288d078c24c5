"""Floors of what the project needs, as pyproject.toml states them; `make floors` runs tests on them."""

from __future__ import annotations

import itertools
import re
import tomllib

from tests.kit.checkout import ROOT

TEXT = (ROOT / "pyproject.toml").read_text("utf-8")


def test_everything_that_is_needed_has_a_floor() -> None:
    project = tomllib.loads(TEXT)["project"]
    wanted = itertools.chain(project["dependencies"], *project["optional-dependencies"].values())
    assert [item for item in wanted if ">=" not in item] == []


def test_every_floor_has_its_reason_on_its_line_or_above() -> None:
    lines = TEXT[TEXT.index("\ndependencies = [") : TEXT.index("\n[project.optional-dependencies]")].splitlines()
    unexplained = [
        line.strip()
        for before, line in itertools.pairwise(lines)
        if re.match(r' *"', line) and "#" not in line and not before.lstrip().startswith("#")
    ]
    assert unexplained == []
