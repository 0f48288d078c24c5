"""The site's navigation, the pages that are written by scripts, and messages that the pages explain."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.kit.checkout import ROOT, docs_script
from visualize.methods.registry import BUILTIN

if TYPE_CHECKING:
    from types import ModuleType

DOCS, SITE = ROOT / "docs", ROOT / "mkdocs.yml"
_MESSAGES = re.compile(r"^\| `([^`]+)` \|", re.MULTILINE)


@pytest.fixture(scope="module")
def writer() -> ModuleType:
    """The script that writes the page of commands."""
    return docs_script("commands_page")


def test_every_page_is_in_the_navigation_once() -> None:
    pages = re.findall(r": ([\w/]+\.md)$", SITE.read_text("utf-8"), re.MULTILINE)
    pages = [page for page in pages if not page.startswith("reference/")]
    written = [path.relative_to(DOCS).as_posix() for path in DOCS.rglob("*.md")]
    assert sorted(pages) == sorted([*written, "contributing.md", "changes.md"])
    assert {f"methods/{name}.md" for name in BUILTIN} <= set(pages)


def test_the_theme_loads_nothing_from_elsewhere() -> None:
    lines = [line.strip() for line in SITE.read_text("utf-8").splitlines()]
    assert "font: false" in lines
    assert not [line for line in lines if line.startswith(("repo_url", "extra_javascript", "extra_css"))]


def test_the_page_of_commands_says_what_the_commands_print(writer: ModuleType) -> None:
    written = (DOCS / "commands.md").read_text("utf-8")
    now = writer.page(writer.helps(), writer.outputs())
    assert _without_numbers(written) == _without_numbers(now), "run python docs/commands_page.py"
    assert "$ viz find pillow" in written


def _without_numbers(text: str) -> str:
    """A page whose measured numbers, and the spaces that line them up, do not count."""
    return re.sub(r"\d+(\.\d+)?", "0", re.sub(r"[ -]+", " ", text))


def test_messages_that_are_explained_are_said_somewhere() -> None:
    files = [path for name in ("visualize", "methods") for path in (ROOT / name).rglob("*.py")]
    sources = " ".join(path.read_text("utf-8") for path in files)
    page = (DOCS / "troubleshooting.md").read_text("utf-8")
    messages = _MESSAGES.findall(page)
    assert len(messages) > 20
    for message in messages:
        for part in filter(None, (piece.strip() for piece in message.split("..."))):
            assert part in sources, message


def test_the_method_of_thirty_lines_is_the_one_that_is_tested() -> None:
    block = re.compile(r"```python\n(.*?)```", re.DOTALL)
    (told,) = block.findall((ROOT / "CONTRIBUTING.md").read_text("utf-8"))
    assert block.findall((DOCS / "writing_a_method.md").read_text("utf-8"))[0] == told
