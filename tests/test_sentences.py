"""Sentences of messages, which are free to change in one place."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_LONG = 4  # words that make a sentence
_WORD = re.compile(r"(?<!\S)[A-Za-z0-9'-]+[,.;:]?(?!\S)")


def test_no_sentence_is_frozen_in_two_tests() -> None:
    where: dict[str, set[str]] = defaultdict(set)
    for path in Path(__file__).parent.rglob("test_*.py"):
        for item in ast.parse(path.read_text("utf-8")).body:
            if isinstance(item, ast.FunctionDef) and item.name.startswith("test"):
                for sentence in _expected(item):
                    where[sentence].add(f"{path.name}: {item.name}")
    assert {sentence: tests for sentence, tests in where.items() if len(tests) > 1} == {}


def _expected(test: ast.FunctionDef) -> Iterator[str]:
    """Sentences that a test asks for, by ``match=`` or in a comparison."""
    for node in ast.walk(test):
        asked: list[ast.expr] = []
        if isinstance(node, ast.keyword) and node.arg == "match":
            asked = [node.value]
        elif isinstance(node, ast.Compare):
            asked = [node.left, *node.comparators]
        for part in (inner for value in asked for inner in ast.walk(value)):
            if (
                isinstance(part, ast.Constant)
                and isinstance(part.value, str)
                and len(_WORD.findall(part.value)) >= _LONG
            ):
                yield part.value.replace("\\", "")
