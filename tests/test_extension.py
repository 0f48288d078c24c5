"""A method of another package: the worked example of CONTRIBUTING, installed, looked through and tested."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import zipfile
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from tests.kit.checkout import ROOT
from visualize.methods.errors import InputError
from visualize.methods.registry import find, table

if TYPE_CHECKING:
    from pathlib import Path

_BROKEN = "broken = seen:Missing\nother = seen:SeenResult\n"
_SUITE = """
from visualize.methods import find
from visualize.methods.testing import run
print(run(find("seen")))
"""


def _block(language: str) -> str:
    """The only code block of CONTRIBUTING in a language."""
    (code,) = re.findall(rf"```{language}\n(.*?)```", (ROOT / "CONTRIBUTING.md").read_text("utf-8"), re.DOTALL)
    return str(code)


def _wheel(folder: Path) -> Path:
    """A wheel of the example, written by hand: no build tool is needed to install it."""
    announced = _block("toml").replace('[project.entry-points."visualize.methods"]', "[visualize.methods]")
    info = "seen-1.0.dist-info"
    files = {
        "seen.py": _block("python"),
        f"{info}/METADATA": "Metadata-Version: 2.1\nName: seen\nVersion: 1.0\nSummary: Measures what units see\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: hand\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/entry_points.txt": announced.replace('"', "") + _BROKEN,
    }
    files[f"{info}/RECORD"] = "".join(f"{name},,\n" for name in [*files, f"{info}/RECORD"])
    path = folder / "seen-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return path


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder into which pip has installed the example."""
    folder = tmp_path_factory.mktemp("third")
    target = folder / "site"
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-index", "--no-deps", "--no-build-isolation"]
    subprocess.run([*command, "--target", str(target), str(_wheel(folder))], check=True, capture_output=True)
    return target


def _python(installed: Path, *arguments: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    path = os.pathsep.join([str(installed), str(ROOT)])
    return subprocess.run(
        [sys.executable, *arguments],
        env=os.environ | {"PYTHONPATH": path},
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_example_is_one_short_file_and_one_line() -> None:
    code = [line for line in _block("python").splitlines() if line.strip()]
    assert len(code) < 30
    assert len(_block("toml").splitlines()) == 2


def test_it_has_a_command_with_its_setting_as_an_option(installed: Path, tmp_path: Path) -> None:
    shares = []
    for grow in ("0", "3"):
        ran = _python(installed, "-m", "visualize", "seen", "--layer", "conv1", "--grow", grow, "--json", cwd=tmp_path)
        assert ran.returncode == 0, ran.stderr
        document = json.loads(ran.stdout)
        assert (tmp_path / document["figure"]).is_file()
        shares.append(document["results"]["seen"]["share"])
    field = 7  # pixels: conv1 of scenes-alexnet sees 7 x 7 of 128 x 128
    assert shares == pytest.approx([(field / 128) ** 2, ((field + 6) / 128) ** 2])


def test_its_command_is_listed_and_explained(installed: Path) -> None:
    listed = _python(installed, "-m", "visualize", "--help").stdout
    assert re.search(r"^  seen +Measures what units see$", listed, re.MULTILINE)
    explained = " ".join(_python(installed, "-m", "visualize", "seen", "--help").stdout.split())
    assert "Measure how much of a picture a unit sees." in explained
    assert "--grow PIXELS Added to every side of what it sees. [default: 0]" in explained


@pytest.mark.parametrize(("value", "said"), [("-1", "grow is 0 or more, not -1"), ("x", "valid integer")])
def test_a_wrong_setting_is_one_line(installed: Path, value: str, said: str) -> None:
    ran = _python(installed, "-m", "visualize", "seen", "--grow", value)
    assert ran.returncode == 2
    assert said in ran.stderr
    assert "Traceback" not in ran.stderr


def test_it_has_a_place_on_cards(installed: Path, tmp_path: Path) -> None:
    for number in range(2):
        Image.effect_noise((32, 32), 90).convert("RGB").save(tmp_path / f"{number}.png")
    command = ["-m", "visualize", "unit", "--methods", "top,seen", "--images", str(tmp_path), "--json"]
    ran = _python(installed, *command, cwd=tmp_path)
    assert ran.returncode == 0, ran.stderr
    assert list(json.loads(ran.stdout)["results"]) == ["top", "seen"]


def test_it_keeps_what_every_method_promises(installed: Path) -> None:
    ran = _python(installed, "-c", _SUITE)
    assert ran.returncode == 0, ran.stderr
    assert int(ran.stdout) > 10


def test_one_that_cannot_be_loaded_is_left_out_with_a_warning(installed: Path) -> None:
    ran = _python(installed, "-W", "always", "-c", "from visualize import methods; print(*methods.table())")
    assert (
        "the method 'broken' (seen:Missing) was left out: seen:Missing refers to nothing: seen has no Missing"
        in ran.stderr
    )
    assert "the method 'other' (seen:SeenResult) was left out: seen:SeenResult is no subclass of" in ran.stderr
    assert ran.stdout.split()[-1] == "seen"


def test_a_class_in_a_file_needs_no_package(tmp_path: Path) -> None:
    (tmp_path / "looks").mkdir()
    (tmp_path / "looks/seen.py").write_text(_block("python"))
    command = ["-m", "visualize", "unit", "--methods", "looks/seen.py:Seen,ascent", "--steps", "2", "--json"]
    ran = _python(tmp_path, *command, cwd=tmp_path)
    assert ran.returncode == 0, ran.stderr
    assert list(json.loads(ran.stdout)["results"]) == ["ascent", "seen"]


@pytest.mark.parametrize(
    ("named", "said"),
    [
        ("seen.py:Nothing", "seen.py has no function 'Nothing'"),
        ("seen.py:SeenResult", "is no method; expected a class that extends visualize.methods.Method"),
        ("missing.py:Seen", "no file missing.py"),
        ("no.such.module:Seen", "there is no module no.such.module"),
    ],
)
def test_what_is_no_method_is_said_in_one_line(tmp_path: Path, named: str, said: str) -> None:
    (tmp_path / "seen.py").write_text(_block("python"))
    ran = _python(tmp_path, "-m", "visualize", "unit", "--methods", named, cwd=tmp_path)
    assert ran.returncode == 2
    assert said in ran.stderr
    assert len(ran.stderr.strip().splitlines()) == 1


def test_our_methods_come_first_and_a_wrong_name_is_answered_with_close_ones() -> None:
    assert list(table())[:2] == ["ascent", "top"]
    assert find("top") is table()["top"]
    with pytest.raises(InputError, match=r"no method is called 'assent'; did you mean ascent, dissect\?"):
        find("assent")
