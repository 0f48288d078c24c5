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
from tests.visualize.cli.kit import one_line, viz
from visualize.methods import testing
from visualize.methods.errors import InputError
from visualize.methods.registry import find, table

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_BROKEN = "broken = seen:Missing\nother = seen:SeenResult\n"


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


def _python(installed: Path, *arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
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


@pytest.fixture
def found(installed: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Python finds the example, within this process, for as long as a test takes."""
    monkeypatch.syspath_prepend(installed)
    yield
    sys.modules.pop("seen", None)


def test_it_has_a_command_with_its_setting_as_an_option(installed: Path, found: None, here: Path) -> None:
    """In a process of its own, and in this one."""
    command = ["seen", "--layer", "conv1", "--json"]
    apart, ran = _python(installed, "-m", "visualize", *command, cwd=here), viz(*command, "--grow", "3")
    assert (apart.returncode, ran.status) == (0, 0), (apart.stderr, ran.err)
    documents = [json.loads(apart.stdout), json.loads(ran.out)]
    assert all((here / document["figure"]).is_file() for document in documents)
    field = 7  # pixels: conv1 of scenes-alexnet sees 7 x 7 of 128 x 128
    wanted = [(field / 128) ** 2, ((field + 6) / 128) ** 2]
    assert [document["results"]["seen"]["share"] for document in documents] == pytest.approx(wanted)


def test_its_command_is_listed_and_explained(found: None) -> None:
    assert re.search(r"^  seen +Measures what units see$", viz("--help").out, re.MULTILINE)
    explained = " ".join(viz("seen", "--help").out.split())
    assert "Measure how much of a picture a unit sees." in explained
    assert "--grow PIXELS Added to every side of what it sees. [default: 0]" in explained


@pytest.mark.parametrize(("value", "said"), [("-1", "grow is 0 or more, not -1"), ("x", "valid integer")])
def test_a_wrong_setting_is_one_line(found: None, value: str, said: str) -> None:
    ran = viz("seen", "--grow", value)
    assert ran.status == 2
    assert said in ran.err
    assert "Traceback" not in ran.err


def test_it_has_a_place_on_cards(found: None, here: Path) -> None:
    for number in range(2):
        Image.effect_noise((32, 32), 90).convert("RGB").save(here / f"{number}.png")
    ran = viz("unit", "--methods", "top,seen", "--images", here, "--json")
    assert ran.status == 0, ran.err
    assert list(json.loads(ran.out)["results"]) == ["top", "seen"]


@pytest.mark.filterwarnings("ignore:the method")
def test_it_keeps_what_every_method_promises(found: None) -> None:
    assert testing.run(table()["seen"]) > 10


def test_one_that_cannot_be_loaded_is_left_out_with_a_warning(found: None) -> None:
    with pytest.warns(UserWarning, match="the method") as said:
        assert list(table())[-1] == "seen"
    told = " ".join(str(item.message) for item in said)
    assert (
        "the method 'broken' (seen:Missing) was left out: seen:Missing refers to nothing: seen has no Missing" in told
    )
    assert "the method 'other' (seen:SeenResult) was left out: seen:SeenResult is no subclass of" in told


def test_a_class_in_a_file_needs_no_package(here: Path) -> None:
    (here / "looks").mkdir()
    (here / "looks/seen.py").write_text(_block("python"))
    ran = viz("unit", "--methods", "looks/seen.py:Seen,ascent", "--steps", "2", "--json")
    assert ran.status == 0, ran.err
    assert list(json.loads(ran.out)["results"]) == ["ascent", "seen"]


@pytest.mark.parametrize(
    ("named", "said"),
    [
        ("seen.py:Nothing", "seen.py has no function 'Nothing'"),
        ("seen.py:SeenResult", "is no method; expected a class that extends visualize.methods.Method"),
        ("missing.py:Seen", "no file missing.py"),
        ("no.such.module:Seen", "there is no module no.such.module"),
    ],
)
def test_what_is_no_method_is_said_in_one_line(here: Path, named: str, said: str) -> None:
    (here / "seen.py").write_text(_block("python"))
    ran = viz("unit", "--methods", named)
    assert ran.status == 2
    assert said in one_line(ran.err)


def test_our_methods_come_first_and_a_wrong_name_is_answered_with_close_ones() -> None:
    assert list(table())[:2] == ["ascent", "top"]
    assert find("top") is table()["top"]
    with pytest.raises(InputError, match=r"no method is called 'assent'; did you mean ascent, dissect\?"):
        find("assent")
