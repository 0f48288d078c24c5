"""A user's module called ``methods`` stays the user's; where there is none, the name means the package."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.kit.checkout import ROOT

if TYPE_CHECKING:
    from pathlib import Path

SAME = """
import importlib, methods, methods.errors, visualize.methods
from methods import Unit
from methods.unit import Unit as Deep
assert methods is visualize.methods and methods.errors is visualize.methods.errors
assert Unit is Deep is visualize.methods.Unit
assert methods.unit.__spec__.name == methods.unit.__name__ == "visualize.methods.unit"
assert importlib.util.find_spec("methods.nothing") is None
"""


def run(folder: Path, code: str) -> subprocess.CompletedProcess[str]:
    """A script of a user's, in a folder of the user's, with the checkout importable from anywhere."""
    (folder / "script.py").write_text(code, "utf-8")
    search = {"PYTHONPATH": str(ROOT), "PATH": ""}
    return subprocess.run(
        [sys.executable, "script.py"], cwd=folder, capture_output=True, text=True, check=False, env=search
    )


@pytest.mark.parametrize(
    "code",
    [
        "import visualize\nimport methods",
        "import methods\nimport visualize",
        "import visualize.methods\nimport methods",
        "import methods\nfrom visualize.methods import Unit, Saliency",
    ],
)
def test_a_module_called_methods_beside_ones_script_stays_ones_own(tmp_path: Path, code: str) -> None:
    (tmp_path / "methods.py").write_text("mine = 'my own'\n", "utf-8")
    check = "\nfrom visualize.methods import Unit\nprint(methods.mine, Unit.parse('conv5:79'))"
    ran = run(tmp_path, code + check)
    assert ran.stdout == "my own conv5:79\n", ran.stderr


def test_a_package_called_methods_beside_ones_script_stays_ones_own(tmp_path: Path) -> None:
    (tmp_path / "methods").mkdir()
    (tmp_path / "methods/__init__.py").write_text("", "utf-8")
    (tmp_path / "methods/unit.py").write_text("mine = 1\n", "utf-8")
    ran = run(tmp_path, "import visualize.methods\nimport methods.unit\nprint(methods.unit.mine)")
    assert ran.stdout == "1\n", ran.stderr


@pytest.mark.parametrize("first", ["", "import visualize", "import visualize.methods.unit"])
def test_without_one_the_name_means_the_package(tmp_path: Path, first: str) -> None:
    ran = run(tmp_path, first + SAME)
    assert ran.returncode == 0, ran.stderr


def test_a_module_that_is_not_there_is_missed_by_its_name(tmp_path: Path) -> None:
    ran = run(tmp_path, "import methods.nothing")
    assert "No module named 'methods.nothing'" in ran.stderr
