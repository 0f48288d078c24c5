from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from visualize.methods.errors import InputError
from visualize.user_code import UserReference

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MINE = """
import sys
from beside import answer

print("importing")
number = answer

def shout():
    print("running")
    return number

def fail():
    return 1 / 0

def leave():
    sys.exit(3)
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A file of the user's, another beside it that it imports, and three that fail."""
    (tmp_path / "mine.py").write_text(MINE)
    (tmp_path / "beside.py").write_text("answer = 42\n")
    (tmp_path / "bad.py").write_text("def net(:\n")
    (tmp_path / "needy.py").write_text("import a_module_that_nobody_has\n")
    (tmp_path / "rude.py").write_text("import sys\nsys.exit(4)\n")
    monkeypatch.chdir(tmp_path)
    before = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - before:
        del sys.modules[name]


@pytest.mark.parametrize("text", ["package.module:name", "module:name", "path/to/file.py:name", "C:/nets/a.py:name"])
def test_a_reference_is_read_and_written_the_same(text: str) -> None:
    reference = UserReference.parse(text)
    assert reference is not None
    assert str(reference) == text
    assert reference.name == "name"


@pytest.mark.parametrize("text", ["scenes-alexnet", "", "a b:c", "module:", "module:a.b", ":name", "torchvision/net:x"])
def test_a_text_of_another_form_is_no_reference(text: str) -> None:
    assert UserReference.parse(text) is None


@pytest.mark.parametrize("source", ["mine.py", "mine", "{folder}/mine.py"])
def test_a_file_may_import_its_neighbours_and_what_it_prints_is_no_result(
    source: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = list(sys.path)
    reference = UserReference(source.format(folder=folder), "shout")
    function = reference.load()
    assert callable(function)
    with reference.running():
        assert function() == 42
    assert capsys.readouterr() == ("", "importing\nrunning\n")
    assert sys.path == path


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("none.py:net", r"no file none\.py"),
        ("no.such.package:net", "there is no module no.such.package to import"),
        ("mine.py:shoot", r"mine\.py has no function 'shoot'; did you mean shout"),
        ("bad.py:net", r"bad\.py is .*valid Python: .* line 1\)"),
        ("bad:net", "bad is not valid Python"),
        ("needy.py:net", "needy.py failed: ModuleNotFoundError: No module named 'a_module_that_nobody_has'"),
        ("needy:net", "needy failed: ModuleNotFoundError"),
        ("rude.py:net", r"rude\.py ended Python \(exit status 4\)"),
        ("rude:net", "rude ended Python"),
    ],
)
@pytest.mark.usefixtures("folder")
def test_what_cannot_be_loaded_is_told_in_one_line(text: str, message: str) -> None:
    reference = UserReference.parse(text)
    assert reference is not None
    with pytest.raises(InputError, match=message) as caught:
        reference.load()
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "message"),
    [("fail", r"mine\.py:fail failed: ZeroDivisionError: .* line 13\)"), ("leave", r"mine\.py:leave ended Python")],
)
@pytest.mark.usefixtures("folder")
def test_a_fault_while_it_runs_names_the_line(name: str, message: str) -> None:
    reference = UserReference("mine.py", name)
    function = reference.load()
    assert callable(function)
    with pytest.raises(InputError, match=message), reference.running():
        function()


@pytest.mark.usefixtures("folder")
def test_a_file_that_fails_can_be_put_right_and_loaded_again() -> None:
    from pathlib import Path

    reference = UserReference("bad.py", "net")
    with pytest.raises(InputError, match="not valid Python"):
        reference.load()
    Path("bad.py").write_text("net = 5\n")
    assert reference.load() == 5
