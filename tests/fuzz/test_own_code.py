"""Methods and segmenters of a user's own that do not what they promise: one line that names the file, nothing left."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from tests.kit.hostile import refused
from tests.visualize.cli.shops import dissecting, of_labels
from visualize.__main__ import main

if TYPE_CHECKING:
    from pathlib import Path

METHOD = '''
import sys
from dataclasses import dataclass
from typing import ClassVar
import numpy as np
from visualize.methods import Method, Needs, Panel, Result, Unit
from visualize.methods.settings import setting

@dataclass(frozen=True, kw_only=True)
class SeenResult(Result):
    def panels(self):
        {panels}
    def facts(self):
        {facts}
    def arrays(self):
        {arrays}

@dataclass(frozen=True, kw_only=True)
class Seen(Method):
    """Look at nothing."""
    name: ClassVar[str] = {name}
    title: ClassVar[str] = {title}
    needs: ClassVar[Needs] = Needs.NOTHING
    def look(self, probe, units, images, progress):
        {look}
'''
GOOD = {
    "name": '"seen"',
    "title": '"Seen"',
    "panels": 'return (Panel(np.zeros((9, 9, 3), np.uint8), "x"),)',
    "facts": "return {'share': 0.5}",
    "arrays": "return {'share': np.array([0.5])}",
    "look": "return [SeenResult(unit=unit, provenance=self.provenance(probe, 1e-6)) for unit in units]",
}
METHODS = {
    "look: raise ValueError('no\\nidea')": "ValueError: no idea",
    "look: yield 1 / 0": "ZeroDivisionError",
    "look: sys.exit(0)": "ended Python",
    "look: raise BaseException('at all')": "at all",
    "look: return None": "gives a NoneType for 1 unit",
    "look: return [None for _ in units]": "gives a NoneType for 1 unit",
    "look: return iter(())": "gives 0 results for 1 unit",
    "look: return [SeenResult(unit=unit, provenance=None) for unit in units]": "without its provenance",
    "panels: return None": "panels() gives nothing",
    "panels: return ('x',)": "a tuple with a str",
    "facts: return [1]": "facts() gives a list",
    "facts: return {'a': {1, 2}}": "expected a dictionary for JSON",
    "facts: raise OSError('gone')": "OSError: gone",
    "arrays: return {'a': np.array([object()])}": "expected numpy arrays",
    "name: None": "has no name",
    "title: None": "has no title",
}
SEGMENTERS = {
    "return None": "gives () of object",
    "return picture": "gives (16, 16, 3) of uint8",
    "return np.full(picture.shape[:2], -1)": "expected a map",
    "return np.broadcast_to(np.uint8(1), (100_000, 100_000))": "at most 25,000,000 pixels",
    "raise ValueError('no idea')": "no idea",
    "return np.full(picture.shape[:2], 7)": "no pixel",
}


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(of_labels(tmp_path))
    for name in ("viz_own_seen", "viz_own_own"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    return tmp_path


@pytest.mark.parametrize("wrong", METHODS)
def test_a_method_that_does_not_what_it_promises_is_told_in_a_line(wrong: str, home: Path) -> None:
    place, _, line = wrong.partition(": ")
    (home / "seen.py").write_text(METHOD.format(**{**GOOD, place: line}))
    command = ["unit", "--model", "tiny.py:tiny", "--layer", "relu", "--unit", "1", "--methods", "seen.py:Seen"]
    assert METHODS[wrong] in refused(*command, "--device", "cpu", "--out", "out/a.png", within=home)


def test_a_class_without_a_look_is_no_method(home: Path) -> None:
    (home / "seen.py").write_text(METHOD.format(**GOOD))
    command = ["unit", "--model", "tiny.py:tiny", "--layer", "relu", "--unit", "1", "--methods", "seen.py:Method"]
    assert "is no method" in refused(*command, "--out", "out/a.png", within=home)


@pytest.mark.parametrize("wrong", SEGMENTERS)
def test_a_segmenter_that_gives_no_map_is_told_before_the_network_runs(wrong: str, home: Path) -> None:
    (home / "own.py").write_text(f"import numpy as np\nNAMES = ['', 'a']\ndef own(picture):\n    {wrong}\n")
    command = dissecting(home, "--segmenter", "own.py:own", "--out", "out/a")
    command[command.index(home / "set")] = home / "set/images"
    assert SEGMENTERS[wrong] in refused(*command, within=home, warned=True)


def test_a_segmenter_has_one_number_for_a_name(home: Path) -> None:
    (home / "own.py").write_text("NAMES = ['', 'a', 'b', 'a']\ndef own(picture):\n    return picture[..., 0] // 128\n")
    command = dissecting(home, "--segmenter", "own.py:own", "--out", "out/a")
    command[command.index(home / "set")] = home / "set/images"
    assert "two numbers the name 'a'" in refused(*command, within=home)


def test_what_ends_python_elsewhere_still_does(monkeypatch: pytest.MonkeyPatch) -> None:
    """As completion does, once it has told the shell how a word goes on."""
    monkeypatch.setattr("visualize.cli.app.run", lambda _: sys.exit(3))
    with pytest.raises(SystemExit, match="3"):
        main([])
