"""The list of commands, which loads none of them, against the commands."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import typer

from visualize.cli import commands
from visualize.cli.app import Command, Commands, app
from visualize.cli.own_commands import MODULES, SUMMARIES, own_command


def _listed(name: str) -> Any:  # noqa: ANN401 (typer's command)
    group = typer.main.get_command(app)
    assert isinstance(group, Commands)
    return group.get_command(typer.Context(group), name)


@pytest.mark.parametrize("name", SUMMARIES)
def test_a_command_is_listed_as_its_own_help_begins(name: str) -> None:
    begins = own_command(name, Command).get_short_help_str(300).removesuffix(".")
    assert _listed(name).get_short_help_str(300) == begins


def test_every_module_of_a_command_is_listed() -> None:
    modules = {path.stem for path in Path(commands.__path__[0]).glob("*.py")} - {"__init__", "methods"}
    assert set(SUMMARIES) == modules


def test_help_loads_no_command() -> None:
    program = f"""import sys
from visualize.cli.app import run
run(["--help"])
print(sorted(name for name in sys.modules if name.startswith("{MODULES}.")))"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
