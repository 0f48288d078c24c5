"""The table of methods, and those that third parties bring."""

from __future__ import annotations

import base64
import hashlib
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from methods.errors import InputError
from methods.registry import find, table

_ROOT = Path(__file__).resolve().parents[2]

_MODULE = '''
"""A method of a third party: how many pixels a unit sees."""
from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from methods import Method, Needs, Panel, Result


@dataclass(frozen=True, kw_only=True)
class SeenResult(Result):
    pixels: int

    def panels(self):
        return (Panel(np.full((20, 28, 3), 90, np.uint8), f"{self.pixels} pixels"),)

    def facts(self):
        return {"pixels": self.pixels}

    def arrays(self):
        return {"pixels": np.array([self.pixels])}


@dataclass(frozen=True, kw_only=True)
class Seen(Method):
    name: ClassVar[str] = "seen"
    title: ClassVar[str] = "How much it sees"
    needs: ClassVar[Needs] = Needs.NOTHING

    def look(self, probe, units, images, progress):
        found = []
        for number, unit in enumerate(units):
            field = probe.layer(unit.layer).field
            size = field.size if field else probe.prepare.size
            provenance = self.provenance(probe, 1e-6)
            found.append(SeenResult(unit=unit, provenance=provenance, pixels=size[0] * size[1]))
            progress(number + 1, len(units))
        return found
'''
_ENTRIES = (
    "[visualize.methods]\nseen = third_party:Seen\nbroken = third_party:Missing\nother = third_party:SeenResult\n"
)


def _wheel(folder: Path) -> Path:
    """A wheel, written by hand: no build tool is needed to install it."""
    info = "third_party-1.0.dist-info"
    held = {
        "third_party.py": _MODULE,
        f"{info}/METADATA": "Metadata-Version: 2.1\nName: third-party\nVersion: 1.0\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: hand\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/entry_points.txt": _ENTRIES,
    }
    lines = [f"{name},sha256={_digest(text)},{len(text.encode())}" for name, text in held.items()]
    held[f"{info}/RECORD"] = "\n".join([*lines, f"{info}/RECORD,,", ""])
    path = folder / "third_party-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in held.items():
            archive.writestr(name, text)
    return path


def _digest(text: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder into which pip has installed the third party's package."""
    folder = tmp_path_factory.mktemp("third")
    target = folder / "site"
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-index", "--no-deps", "--no-build-isolation"]
    subprocess.run([*command, "--target", str(target), str(_wheel(folder))], check=True, capture_output=True)
    return target


def _python(installed: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    path = os.pathsep.join([str(installed), str(_ROOT)])
    return subprocess.run(
        [sys.executable, *arguments],
        env=os.environ | {"PYTHONPATH": path},
        cwd=_ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


_LOOK = """
from torch import nn
from methods import Preparation, Probe, find, table
print(sorted(table()))
probe = Probe(nn.Sequential(nn.Conv2d(3, 2, 5)), prepare=Preparation((20, 28)))
for result in find("seen")()(probe, probe.units("0")):
    print(result.unit, result.facts(), result._repr_png_()[1:4])
"""


def test_an_installed_package_brings_its_method(installed: Path) -> None:
    ran = _python(installed, "-W", "always", "-c", _LOOK)
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.splitlines() == [
        "['ascent', 'check', 'deconv', 'dissect', 'dream', 'guided', 'invert', 'saliency', 'seen', 'top']",
        "0:0 {'pixels': 25} b'PNG'",
        "0:1 {'pixels': 25} b'PNG'",
    ]


def test_one_that_cannot_be_loaded_is_left_out_with_a_warning(installed: Path) -> None:
    ran = _python(installed, "-W", "always", "-c", "import methods; methods.table()")
    assert "the method 'broken' (third_party:Missing) was left out: module 'third_party' has no attribute" in ran.stderr
    assert "the method 'other' (third_party:SeenResult) was left out: it is no subclass of methods.Method" in ran.stderr


def test_the_contract_is_put_to_it_as_to_ours(installed: Path) -> None:
    ran = _python(
        installed, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/methods/test_contract.py", "-k", "seen"
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert " passed" in ran.stdout
    assert "0 passed" not in ran.stdout.splitlines()[-1].split(",")[0].split()


def test_our_methods_come_first_and_a_wrong_name_is_answered_with_close_ones() -> None:
    assert list(table())[:2] == ["ascent", "top"]
    assert find("top") is table()["top"]
    with pytest.raises(InputError, match=r"no method is called 'assent'; did you mean ascent, dissect\?"):
        find("assent")
