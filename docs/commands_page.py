"""Write docs/commands.md: every command's help, and some commands' output: ``python docs/commands_page.py``."""

from __future__ import annotations

import contextlib
import io
import os
import re
import shlex
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from visualize.__main__ import main as viz
from visualize.methods.registry import BUILTIN

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

PAGE = Path(__file__).resolve().parent / "commands.md"
FIRST = ("unit", *BUILTIN)
SHOWN = (
    "layers scenes-alexnet",
    "dissect --count 48",
    "find pillow",
    "transfer -m scenes-alexnet -l fc7 --count 60 --numbers 1 --no-twin",
    "data",
    "models",
)
"""Commands whose output the page shows, in the order in which they are run: some read what those before have made."""
_HEAD = """\
# Every command

Written by `python docs/commands_page.py` from what the commands print; a test sees that it stays true.
`viz COMMAND --help` says the same.
"""
_PAGES = {
    "unit": "quick_start.md",
    "find": "find.md",
    "compare": "supervisions.md",
    "report": "report.md",
    "sweep": "many_networks.md",
    "transfer": "transfer.md",
    "predict": "examination.md",
    "fetch": "offline.md",
    "cache": "kept.md",
    "data": "own_data.md",
    "layers": "own_network.md",
    **{name: f"methods/{name}.md" for name in BUILTIN},
    "ablate": "ablation.md",
}
_COMMAND = re.compile(r"^  ([a-z]+)  +\S", re.MULTILINE)


def commands() -> list[str]:
    """Names of the commands, in the order of ``viz --help``."""
    return _COMMAND.findall(_ran("--help").partition("Commands:")[2])


def helps() -> dict[str, str]:
    """Help of every command, by its name."""
    return {name: _ran(f"{name} --help") for name in commands()}


def outputs() -> dict[str, str]:
    """What the commands of :data:`SHOWN` print, run in a folder and with a cache of their own."""
    with tempfile.TemporaryDirectory() as folder, _there(Path(folder)):
        return {command: _ran(command) for command in SHOWN}


def page(told: Mapping[str, str], shown: Mapping[str, str]) -> str:
    """The page.

    Args:
        told: the help of every command.
        shown: the output of some.
    """
    parts = [_HEAD]
    for name, text in told.items():
        parts.append(f"## viz {name}\n")
        if name in _PAGES:
            parts.append(f"More: [{Path(_PAGES[name].partition('#')[0]).name}]({_PAGES[name]})\n")
        parts.append(_fenced(text))
        parts += [_fenced(f"$ viz {command}\n{shown[command]}") for command in shown if command.split()[0] == name]
    return "\n".join(parts)


def main() -> None:
    """Write the page."""
    PAGE.write_text(page(helps(), outputs()), "utf-8")


def _fenced(text: str) -> str:
    lines = [line.rstrip() for line in text.strip().splitlines()]
    return "\n".join(["```text", *lines, "```", ""])


def _ran(command: str) -> str:
    out = io.StringIO()
    width = os.environ.get("COLUMNS")
    os.environ["COLUMNS"] = "80"  # as a terminal has them that nobody has widened
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(io.StringIO()):
            status = viz(shlex.split(command))
    finally:
        os.environ.pop("COLUMNS") if width is None else os.environ.update(COLUMNS=width)
    if status:
        raise SystemExit(f"viz {command} ends with status {status}")
    return out.getvalue()


@contextlib.contextmanager
def _there(folder: Path) -> Iterator[None]:
    """Work in a folder, with an empty cache."""
    before, cache = Path.cwd(), os.environ.get("VIZ_CACHE")
    os.chdir(folder)
    os.environ["VIZ_CACHE"] = str(folder / "cache")
    try:
        yield
    finally:
        os.chdir(before)
        os.environ.pop("VIZ_CACHE") if cache is None else os.environ.update(VIZ_CACHE=cache)


if __name__ == "__main__":
    main()
