"""What must answer at once, without loading what it does not need."""

from __future__ import annotations

import subprocess
import sys

import pytest

from methods.registry import BUILTIN
from tests.visualize.cli.kit import environment, one_line, python, seconds, viz
from visualize import __version__

HEAVY = {"torch", "torchvision", "kornia", "captum", "numpy", "PIL", "rich", "httpx"}
LOADED = """
import sys
from visualize.__main__ import main
status = main({arguments})
print(*sorted({{name.partition(".")[0] for name in sys.modules}}), file=sys.stderr)
sys.exit(status)
"""


@pytest.mark.parametrize(
    "arguments",
    [
        ["--help"],
        ["--version"],
        ["unit", "--help"],
        *([name, "--help"] for name in BUILTIN),
        ["layers", "--help"],
        ["models"],
        ["models", "--json"],
    ],
)
def test_light_commands_load_nothing_heavy(arguments: list[str]) -> None:
    ran = python("-c", LOADED.format(arguments=arguments))
    assert ran.returncode == 0, ran.stderr
    assert not HEAVY & set(ran.stderr.split())


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["saliency", "--samples", "0"], "samples is 1 or more, not 0"),
        (["dream", "--from", "noise", "--size", "own"], "noise has no size of its own"),
        (["top", "--stride", "12"], "stride is at most the occluder's side"),
        (["unit", "--methods", "assent"], "no method is called 'assent'"),
        (["dissect", "--quantile", "2"], "quantile is between 0 and 1"),
    ],
)
def test_a_wrong_setting_is_refused_before_anything_heavy_is_loaded(arguments: list[str], said: str) -> None:
    ran = python("-c", LOADED.format(arguments=arguments))
    assert ran.returncode == 2
    assert said in ran.stderr
    assert not HEAVY & set(ran.stderr.splitlines()[-1].split())


def test_help_answers_in_well_under_half_a_second() -> None:
    assert seconds("--help") < 0.35


def test_importing_the_packages_loads_nothing_heavy() -> None:
    ran = python("-c", "import sys, visualize, methods, visualize.models, visualize.data; print(*sys.modules)")
    assert not HEAVY & set(ran.stdout.split())


def test_everything_that_the_package_offers_is_there() -> None:
    import visualize

    for name in dir(visualize):
        assert getattr(visualize, name) is not None
    assert {"unit", "units", "load", "open_images", "__version__"} <= set(dir(visualize))
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        getattr(visualize, "nothing")  # noqa: B009 (a type checker refuses the attribute)


def test_the_version_is_the_package_s() -> None:
    ran = viz("--version")
    assert ran.status == 0
    assert one_line(ran.out) == f"viz {__version__}"


def test_help_without_a_command_names_the_commands() -> None:
    ran = viz()
    assert ran.status == 0
    assert {"unit", "models", "layers"} <= set(ran.out.split())
    assert ran.out == viz("--help").out


@pytest.mark.parametrize("command", ["unit", "models", "layers"])
def test_every_command_has_help_with_an_example_and_no_wide_line(command: str) -> None:
    ran = viz(command, "--help")
    assert ran.status == 0
    assert f"\n    viz {command}" in ran.out
    assert max(map(len, ran.out.splitlines())) <= 100


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("viz unit --model scenes", {"scenes-alexnet"}),
        ("viz unit --methods ascent,", {"ascent,ascent", "ascent,top"}),
        ("viz unit --model imagenet-squeezenet --layer features.1", {"features.12"}),
        ("viz la", {"layers"}),
    ],
)
def test_the_shell_completes(typed: str, offered: set[str]) -> None:
    words = typed.split(" ")
    ran = python(
        "-c",
        "from visualize.__main__ import main; main()",
        _VIZ_COMPLETE="complete_bash",
        COMP_WORDS=" ".join(words),
        COMP_CWORD=str(len(words) - 1),
    )
    assert offered <= set(ran.stdout.split()), ran.stderr


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
