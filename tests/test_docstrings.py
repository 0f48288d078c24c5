"""Docstrings: their first lines read by themselves, public classes show an example, and every example is run."""

from __future__ import annotations

import ast
import doctest
import importlib
import inspect
import linecache
import re
from typing import TYPE_CHECKING

import pytest

import visualize
from tests.kit.checkout import FILES, module_of, syntax
from visualize import methods

if TYPE_CHECKING:
    from pathlib import Path

LEANING = re.compile(r"(What|Of|It|Its|The same|Likewise|As|And|Also|Those|Such)\b")
NAMED = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Module)


def _public_classes() -> list[type]:
    named = [getattr(package, name) for package in (methods, visualize) for name in dir(package)]
    return list(dict.fromkeys(item for item in named if inspect.isclass(item)))


def test_first_lines_read_without_the_line_above() -> None:
    leaning = []
    for file in FILES:
        for node in ast.walk(syntax(file)):
            first = (ast.get_docstring(node) or "").partition("\n")[0] if isinstance(node, NAMED) else ""
            if LEANING.match(first):
                leaning.append(f"{module_of(file)}: {getattr(node, 'name', '')}: {first}")
    assert leaning == []


def test_every_public_class_shows_an_example() -> None:
    assert [public.__name__ for public in _public_classes() if ">>> " not in (public.__doc__ or "")] == []


@pytest.mark.parametrize("file", [file for file in FILES if ">>> " in file.read_text("utf-8")], ids=module_of)
def test_every_example_does_what_it_says(file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(linecache, "checkcache", lambda *_: None)  # each example would ask for every file's time
    module = importlib.import_module(module_of(file))
    ran = doctest.testmod(module, optionflags=doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS)
    assert ran.attempted > 0
    assert ran.failed == 0
