"""Running the command line within the test, and a network that takes no time."""

from __future__ import annotations

import contextlib
import io
import json
import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.kit.checkout import ROOT
from tests.kit.forked import ended, forked
from visualize.__main__ import main
from visualize.methods.reference import Reference

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from visualize.methods.method import Method
    from visualize.methods.network.probe import Probe
    from visualize.methods.pictures.images import Images
    from visualize.methods.progress import Progress
    from visualize.methods.unit import Target

TINY = '''
"""A network of one convolution, whose unit u of conv looks for channel u of red, green, blue."""

import torch
from visualize.methods import Preparation


def tiny():
    torch.manual_seed(0)
    network = torch.nn.Sequential()
    network.add_module("conv", torch.nn.Conv2d(3, 6, 3, stride=2, padding=1))
    network.add_module("relu", torch.nn.ReLU())
    network.add_module("pool", torch.nn.AdaptiveAvgPool2d(1))
    network.add_module("flat", torch.nn.Flatten())
    network.add_module("head", torch.nn.Linear(6, 4))
    with torch.no_grad():
        network.conv.weight.zero_()
        network.conv.bias.zero_()
        for unit in range(6):
            network.conv.weight[unit, unit % 3, 1, 1] = 1.0
    return network, Preparation(size=(16, 16))
'''


@dataclass(frozen=True)
class Ran:
    """The status and the output of a run."""

    status: int
    out: str
    err: str


def viz(*arguments: str | Path) -> Ran:
    """Run ``viz`` in this process."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        status = main([str(argument) for argument in arguments])
    return Ran(status, out.getvalue(), err.getvalue())


def python(*arguments: str | Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run Python in a process of its own that finds the packages."""
    return subprocess.run(
        [sys.executable, *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        env=environment(**variables),
    )


def environment(**variables: str) -> dict[str, str]:
    """The variables of a process of its own."""
    return {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", **variables}


def one_line(text: str) -> str:
    """The text, which must be one line."""
    lines = text.splitlines()
    assert len(lines) == 1, text
    return lines[0]


def document(*arguments: str | Path) -> dict[str, Any]:
    """The document of a run on the CPU that must succeed."""
    ran = viz(*arguments, "--device", "cpu", "--json")
    assert ran.status == 0, ran.err
    content: dict[str, Any] = json.loads(ran.out)
    return content


def names(folder: Path) -> list[str]:
    """The names of the files in a folder."""
    return sorted(path.name for path in folder.iterdir())


def interrupted(patch: str, arguments: Sequence[str | Path], cwd: Path) -> tuple[int, str, str]:
    """Status, output and error of a run in a forked process that is interrupted in the midst of its work.

    Args:
        patch: ``module:Class`` of the method whose first progress is what is waited for.
        arguments: of ``viz``.
        cwd: working folder of the process.
    """
    method = Reference.parse(patch).load()
    look = method.look

    def announced(
        self: Method, probe: Probe, units: Sequence[Target], images: Images | None, progress: Progress
    ) -> Any:  # noqa: ANN401
        calls = iter(["started\n"])

        def report(done: int, total: int) -> None:
            sys.stderr.write(next(calls, ""))
            sys.stderr.flush()
            progress(done, total)

        return look(self, probe, units, images, report)

    def run() -> int:
        signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs ignore it
        os.chdir(cwd)
        method.look = announced
        with open(out[1], "w") as sys.stdout, open(err[1], "w") as sys.stderr:  # noqa: PTH123 (of a pipe)
            return main([str(argument) for argument in arguments])

    out, err = os.pipe(), os.pipe()
    child = forked(run)
    for pipe in (out, err):
        os.close(pipe[1])
    with open(out[0]) as written, open(err[0]) as said:  # noqa: PTH123 (likewise)
        first = said.readline()
        assert first == "started\n", (first, said.read())
        os.kill(child, signal.SIGINT)
        texts = written.read(), said.read()
    return ended(child), *texts
