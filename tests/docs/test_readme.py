"""What README, CONTRIBUTING and the pages in docs/ say is there: links, pictures, files, commands, options, names."""

from __future__ import annotations

import ast
import functools
import importlib
import re
import shlex
from pathlib import Path

import pytest
from PIL import Image

from tests.visualize.cli.kit import viz
from visualize.methods.registry import BUILTIN

ROOT = Path(__file__).resolve().parents[2]
README = ROOT / "README.md"
PAGES = [README, ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
METHODS = sorted(BUILTIN)

_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"!?\[[^\]]*\]\(([^()\s]+)\)")
_SPAN = re.compile(r"`([^`\n]+)`")
_HEADING = re.compile(r"^#+ +(.+?) *$", re.MULTILINE)
_OURS = re.compile(r"\b(?:tests|examples|docs)/[\w/.-]+\.(?:py|ipynb|md|png)")


def _named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def _prose(path: Path) -> str:
    return _FENCE.sub("", path.read_text("utf-8"))


def _blocks(path: Path, language: str) -> list[str]:
    return [code for kind, code in _FENCE.findall(path.read_text("utf-8")) if kind == language]


def _anchors(path: Path) -> set[str]:
    """What GitHub calls a page's headings in links."""
    headings = _HEADING.findall(_prose(path))
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def _commands(path: Path) -> list[list[str]]:
    """The words behind ``viz`` wherever a page has a command, without comments."""
    lines = [line for code in _blocks(path, "") for line in code.splitlines()]
    written = [line.removeprefix("$ ") for line in lines] + _SPAN.findall(_prose(path))
    commands = [shlex.split(text, comments=True) for text in written if re.match(r"viz( |$)", text)]
    return [words[1:] for words in commands if words[1:]]


@functools.cache
def _help(command: str) -> str:
    ran = viz(command, "--help")
    return ran.out if ran.status == 0 else ""


@pytest.mark.parametrize("page", PAGES, ids=_named)
def test_every_link_and_picture_leads_somewhere(page: Path) -> None:
    for target in _LINK.findall(_prose(page)):
        if target.startswith(("http://", "https://")):
            continue
        name, _, anchor = target.partition("#")
        path = (page.parent / name).resolve() if name else page
        assert path.exists(), target
        assert not anchor or anchor in _anchors(path), target
        if path.suffix == ".png":
            with Image.open(path) as picture:
                picture.load()


@pytest.mark.parametrize("page", PAGES, ids=_named)
def test_every_file_of_ours_that_is_named_exists(page: Path) -> None:
    for name in _OURS.findall(_FENCE.sub(r"\2", page.read_text("utf-8"))):
        assert (ROOT / name).is_file(), name


@pytest.mark.parametrize("page", [page for page in PAGES if page.name != "CONTRIBUTING.md"], ids=_named)
def test_every_command_and_option_exists(page: Path) -> None:
    """Those of CONTRIBUTING are of a method that its own test installs."""
    for command, *words in _commands(page):
        if command.isupper():  # viz NAME stands for all of them
            continue
        known = _help(command) if not command.startswith("-") else viz("--help").out
        assert known, command
        for word in [command, *words]:
            if word.startswith("-"):
                assert re.search(rf"(^|[ ,]){re.escape(word)}\b", known, re.MULTILINE), (command, word)


def test_the_readme_shows_commands() -> None:
    assert len(_commands(README)) > 10


@pytest.mark.parametrize("page", [page for page in PAGES if page.name != "CONTRIBUTING.md"], ids=_named)
def test_python_compiles_and_names_are_there(page: Path) -> None:
    for code in _blocks(page, "python"):
        tree = ast.parse(code)
        compile(tree, page.name, "exec")
        short: dict[str, str] = {}
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                short |= {name.asname or name.name: name.name for name in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                for name in node.names:
                    assert hasattr(importlib.import_module(node.module), name.name), (node.module, name.name)
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in short:
                assert hasattr(importlib.import_module(short[node.value.id]), node.attr), node.attr


@pytest.mark.parametrize("name", METHODS)
def test_every_method_has_a_page_that_says_what_it_costs_and_cannot_tell(name: str) -> None:
    page = ROOT / f"docs/methods/{name}.md"
    text = page.read_text("utf-8")
    assert f"({name}.png)" in text, "a picture of its own"
    headings = ["How to read it", "Settings", "What it costs", "What it cannot tell", "When not to use it"]
    assert [one for one in _HEADING.findall(text) if one in headings] == headings
    assert text.index(f"<!-- settings of {name} -->") < text.index("<!-- end of settings -->")
    assert f"methods/{name}.md" in (ROOT / "docs/README.md").read_text("utf-8"), "a line in the index"
    assert page.with_suffix(".png").stat().st_size < 250_000


def test_the_index_lists_every_page() -> None:
    index = ROOT / "docs/README.md"
    linked = {(index.parent / target.partition("#")[0]).resolve() for target in _LINK.findall(_prose(index))}
    assert {page for page in PAGES if page != index} <= linked
