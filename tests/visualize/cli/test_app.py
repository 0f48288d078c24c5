"""The command line as a whole: its help, its version, what it loads, and its warnings."""

from __future__ import annotations

import json
import subprocess
import sys
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

import visualize
from tests.visualize.cli.kit import environment, one_line, viz
from visualize import __version__
from visualize.cli.own_commands import SUMMARIES
from visualize.methods.registry import BUILTIN

if TYPE_CHECKING:
    from visualize.models import Listed

HEAVY = {"torch", "torchvision", "kornia", "captum", "timm", "numpy", "PIL", "rich", "httpx", "google.protobuf"}
LIGHT = [
    ["--help"],
    ["--version"],
    ["unit", "--help"],
    *([name, "--help"] for name in BUILTIN),
    ["layers", "--help"],
    ["fetch", "--help"],
    ["predict", "--help"],
    ["models"],
    ["models", "--json"],
    ["data"],
    ["cache"],
]
WRONG = [
    (["saliency", "--samples", "0"], "samples is 1 or more, not 0"),
    (["dream", "--from", "noise", "--size", "own"], "noise has no size of its own"),
    (["top", "--stride", "12"], "stride is at most the occluder's side"),
    (["unit", "--methods", "assent"], "no method is called 'assent'"),
    (["dissect", "--quantile", "2"], "quantile is between 0 and 1"),
]
LOADED = """
import contextlib, io, json, os, sys
import visualize.cli.app
from visualize.__main__ import main
for arguments in json.load(sys.stdin):
    child = os.fork()
    if child == 0:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()) as said:
            status = main(arguments)
        sys.stdout.write(json.dumps([arguments, status, said.getvalue(), sorted(sys.modules)]) + "\\n")
        sys.stdout.flush()
        os._exit(0)
    os.waitpid(child, 0)
"""


@dataclass(frozen=True)
class Loading:
    """How a command ended, what it said on standard error, and the modules that were loaded then."""

    status: int
    err: str
    modules: frozenset[str]


@pytest.fixture(scope="module")
def loading() -> dict[tuple[str, ...], Loading]:
    """Each command in a process of its own, forked off one that has loaded the program, as all of them must."""
    asked = [*LIGHT, *(arguments for arguments, _ in WRONG)]
    ran = subprocess.run(
        [sys.executable, "-c", LOADED], input=json.dumps(asked), capture_output=True, text=True, check=True,
        env=environment(),
    )  # fmt: skip
    ends = map(json.loads, ran.stdout.splitlines())
    return {tuple(arguments): Loading(status, err, frozenset(modules)) for arguments, status, err, modules in ends}


@pytest.mark.parametrize("arguments", LIGHT, ids=" ".join)
def test_light_commands_load_nothing_heavy(arguments: list[str], loading: dict[tuple[str, ...], Loading]) -> None:
    ran = loading[tuple(arguments)]
    assert ran.status == 0, ran.err
    assert not HEAVY & ran.modules


@pytest.mark.parametrize(("arguments", "message"), WRONG)
def test_a_wrong_setting_is_refused_before_anything_heavy_is_loaded(
    arguments: list[str], message: str, loading: dict[tuple[str, ...], Loading]
) -> None:
    ran = loading[tuple(arguments)]
    assert ran.status == 2
    assert message in ran.err
    assert not HEAVY & ran.modules


def test_the_version_is_the_package_s() -> None:
    ran = viz("--version")
    assert ran.status == 0
    assert one_line(ran.out) == f"viz {__version__}"


def test_help_without_a_command_names_the_commands() -> None:
    ran = viz()
    assert ran.status == 0
    assert {"unit", "models", "layers"} <= set(ran.out.split())
    assert ran.out == viz("--help").out


def test_the_list_of_commands_says_the_whole_of_what_each_does() -> None:
    said = " ".join(viz("--help").out.split())
    assert all(summary.removesuffix(".") in said for summary in SUMMARIES.values())


@pytest.mark.parametrize(
    "command", ["unit", "dissect", "merge", "compare", "models", "layers", "predict", "fetch", "cache", "data"]
)
def test_every_command_has_help_with_an_example_and_no_wide_line(command: str) -> None:
    ran = viz(command, "--help")
    assert ran.status == 0
    assert f"\n    viz {command}" in ran.out
    assert max(map(len, ran.out.splitlines())) <= 100


def test_our_warnings_are_one_line_and_those_of_libraries_are_for_programmers(monkeypatch: pytest.MonkeyPatch) -> None:
    def warn() -> tuple[Listed, ...]:
        warnings.warn_explicit("a thing of\nours", UserWarning, str(visualize.__path__[0]) + "/module.py", 1)
        warnings.warn_explicit("a thing of theirs", UserWarning, "/site-packages/library.py", 1)
        return ()

    monkeypatch.setattr("visualize.models.registry.listing", warn)
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        assert one_line(viz("models").err) == "viz: warning: a thing of ours"
        monkeypatch.setenv("VIZ_DEBUG", "1")
        assert viz("models").err.splitlines()[-1] == "viz: warning: a thing of theirs"
