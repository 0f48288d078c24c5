"""Everything that goes wrong is one line on standard error, with the right exit status and no traceback."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
import typer

from tests.kit.checkout import ROOT
from tests.visualize.cli.kit import environment, one_line, python, viz
from visualize.cli.commands import unit as command
from visualize.cli.errors import printable, report, resumable
from visualize.methods.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path


class OutOfMemoryError(RuntimeError):
    """Named as torch's."""


@pytest.mark.parametrize(
    ("fault", "status", "message"),
    [
        (InputError("no layer 'x'"), 2, "viz: error: no layer 'x'"),
        (KeyboardInterrupt(), 130, "interrupted"),
        (MemoryError(), 2, "out of memory"),
        (OutOfMemoryError("CUDA"), 2, "out of memory"),
        (RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes"), 2, "out of memory"),
        (RuntimeError("Could not determine home directory."), 2, "viz: error: a path begins with ~"),
        (ValueError("embedded null byte"), 2, "viz: error: a name holds a null character"),
        (OSError(errno.ENOSPC, "No space left on device", "a.png"), 2, "viz: error: a.png: No space left on device"),
        (PermissionError(errno.EACCES, "Permission denied", "a.png"), 2, "viz: error: a.png: Permission denied"),
        (OSError(errno.EROFS, "Read-only file system"), 2, "Read-only file system"),
        (typer.BadParameter("no number"), 2, "no number (see viz --help)"),
        (
            ValueError("two\nlines"),
            1,
            "unexpected ValueError: two lines (please report it, with the output under VIZ_DEBUG=1)",
        ),
        (KeyError("x"), 1, "unexpected KeyError"),
    ],
)
def test_faults_become_a_line_and_a_status(
    capsys: pytest.CaptureFixture[str], fault: BaseException, status: int, message: str
) -> None:
    assert report(fault) == status
    streams = capsys.readouterr()
    assert streams.out == ""
    assert message in one_line(streams.err)


def test_a_traceback_is_there_for_those_who_ask(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VIZ_DEBUG", "1")
    with pytest.raises(ValueError, match="inner") as caught:
        raise ValueError("inner")
    assert report(caught.value) == 1
    err = capsys.readouterr().err
    assert "Traceback (most recent call last)" in err
    assert "test_errors.py" in err


def test_names_cannot_move_the_cursor() -> None:
    assert printable("a\x1b[2Jb\nc\td\u202e") == "a\N{REPLACEMENT CHARACTER}[2Jb c d\N{REPLACEMENT CHARACTER}"
    assert printable("caf\u00e9 \u65e5\u672c") == "caf\u00e9 \u65e5\u672c"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["unt"], "unit"),
        (["unit", "--stepps", "3"], "--steps"),
        (["unit", "--steps", "many"], "--steps"),
        (["unit", "--steps"], "--steps"),
        (["unit", "--seed", "1.5"], "--seed"),
        (["unit", "extra"], "extra"),
        (["layers"], "MODEL"),
        (["layers", "a", "b"], "b"),
        (["models", "--quiet"], "--quiet"),
    ],
)
def test_wrong_usage_is_one_line_that_points_to_the_help(arguments: list[str], message: str) -> None:
    ran = viz(*arguments)
    assert ran.status == 2
    assert ran.out == ""
    assert one_line(ran.err).startswith("viz: error: ")
    assert message in ran.err
    assert "--help" in ran.err


def test_a_fault_within_a_command_arrives(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("odd")

    monkeypatch.setattr(command, "draw", fail)
    ran = viz("unit")
    assert ran.status == 1
    assert "unexpected RuntimeError: odd" in one_line(ran.err)


def test_an_interrupt_within_a_command_arrives(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(command, "draw", interrupt)
    ran = viz("unit")
    assert ran.status == 130
    assert "interrupted" in one_line(ran.err)


def test_an_interrupt_within_executed_text_ends_with_our_status(tmp_path: Path) -> None:
    (tmp_path / "interrupted.py").write_text(
        "import sys\nfrom visualize.cli.errors import report\n"
        "try: exec('raise KeyboardInterrupt')\nexcept KeyboardInterrupt as fault: sys.exit(report(fault))\n"
    )
    ran = python("-m", "interrupted", PYTHONPATH=f"{tmp_path}{os.pathsep}{ROOT}")
    assert ran.returncode == 130


def test_a_reader_that_goes_away_is_no_error() -> None:
    code = "import sys; from visualize.__main__ import main; sys.stdin.read(1); sys.exit(main(['models', '--json']))"
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment(),
    )  # fmt: skip
    assert process.stdout is not None
    process.stdout.close()
    assert process.stdin is not None
    process.stdin.write(b"x")
    process.stdin.close()
    assert process.stderr is not None
    assert process.stderr.read() == b""
    assert process.wait() == 1


def test_work_that_can_be_resumed_says_so_when_it_is_interrupted(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    for there in (False, True):  # what was interrupted before anything was done has left nothing
        folder = tmp_path / "work"
        with pytest.raises(typer.Exit) as left, resumable("it lies in", folder):
            raise KeyboardInterrupt
        assert left.value.exit_code == 130
        where = f" (it lies in {folder})" if there else ""
        assert one_line(capsys.readouterr().err).endswith(f"goes on from here{where}")
        folder.mkdir(exist_ok=True)


def test_work_that_is_not_interrupted_goes_on_as_if_nothing_were() -> None:
    with pytest.raises(ValueError, match="inner"), resumable():
        raise ValueError("inner")
    with resumable():
        pass
