"""``main`` gives the status of the process, whatever goes wrong, also before there is a command line."""

from __future__ import annotations

import pytest

from tests.visualize.cli.kit import one_line, python
from visualize.__main__ import main
from visualize.cli import app


def test_the_status_of_main_is_that_of_the_process() -> None:
    assert python("-m", "visualize", "unit", "--out", "a.jpg").returncode == 2
    assert python("-m", "visualize", "--version").returncode == 0


@pytest.mark.parametrize(
    ("fault", "status"), [(KeyboardInterrupt(), 130), (MemoryError(), 2), (ValueError("odd"), 1)], ids=repr
)
def test_a_fault_that_nobody_caught_is_one_line_and_a_status(
    fault: BaseException, status: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(_: object) -> int:
        raise fault

    monkeypatch.setattr(app, "run", fail)
    assert main(["models"]) == status
    assert one_line(capsys.readouterr().err).startswith("viz: ")


def test_arguments_are_those_of_the_process_unless_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["viz", "--version"])
    assert main() == 0
