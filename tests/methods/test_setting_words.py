"""Settings in words: in docstrings and in the docs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from visualize.methods import Method, Saliency
from visualize.methods.setting_words import table
from visualize.methods.settings import setting, settings


@dataclass(frozen=True, kw_only=True)
class Blur:
    """Blurs."""

    width: int = setting(3, least=1, most=9, unit="PIXELS", help="Width of the blur.")
    strength: float = setting(0.5, above=0, below=1)
    limit: float | None = setting(None, least=0, by_default="none", flag="--up-to")


def test_settings_are_in_the_docstring_once_with_those_of_the_base() -> None:
    text = Saliency.__doc__ or ""
    for item in settings(Saliency):
        assert text.count(f"\n        {item.name}: ") == 1
    assert text.index("Args:") < text.index("Raises:")
    assert max(map(len, text.splitlines())) <= 120


def test_a_docstring_that_has_its_own_arguments_is_left_alone() -> None:
    @dataclass(frozen=True, kw_only=True)
    class Own(Method):
        """Looks.

        Args:
            width: as its author says.
        """

        name: ClassVar[str] = "own"
        width: int = setting(3, help="Not this.")

    assert "Not this" not in (Own.__doc__ or "")


def test_the_table_for_the_docs_has_a_row_for_each_setting() -> None:
    rows = table(Blur).splitlines()
    assert len(rows) == 2 + len(settings(Blur))
    assert rows[2] == "| `width` | `--width` | from 1 to 9 | 3 | Width of the blur. |"
    assert rows[4] == "| `limit` | `--up-to` | 0 or more | none |  |"
