"""Table of methods: what it lists, and how a method is found by its name."""

from __future__ import annotations

import pytest

from visualize.methods import Saliency
from visualize.methods.errors import InputError
from visualize.methods.registry import BUILTIN, entries, find, summary, table


def test_every_method_of_the_table_is_called_as_it_is_listed() -> None:
    known = table()
    assert list(known)[: len(BUILTIN)] == list(BUILTIN)
    assert all(method.name == name for name, method in known.items())


def test_what_is_announced_is_what_can_be_loaded() -> None:
    assert {name: entry.where.load() for name, entry in entries().items()} == table()


def test_a_method_is_found_by_its_name_and_a_near_one_is_suggested() -> None:
    assert find("saliency") is Saliency
    with pytest.raises(InputError, match=r"no method is called 'salency'; did you mean saliency.*known: ascent, top"):
        find("salency")


def test_the_summary_is_the_tables_or_else_the_first_line_of_the_docstring() -> None:
    class Own(Saliency):
        """Looks in its own way.

        More of it.
        """

    assert summary(Saliency) == BUILTIN["saliency"].summary
    assert summary(Own) == "Looks in its own way."
