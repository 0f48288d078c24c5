"""Names written as text, which no import checker sees: in tables that are loaded late, and in docstrings."""

from __future__ import annotations

import ast
import builtins
import dataclasses
import functools
import importlib
import re
from collections.abc import Iterator, Mapping
from types import ModuleType
from typing import TYPE_CHECKING

import pytest

from tests.kit.checkout import FILES, module_of, syntax
from visualize.methods.errors import InputError
from visualize.methods.reference import Reference

if TYPE_CHECKING:
    from pathlib import Path

WRITTEN = re.compile(r"visualize(?:\.\w+)+:\w+")
ROLE = re.compile(r":(class|func|meth|attr|mod|data|exc|obj):`(?:[^`<]*<)?~?([^`>]*)>?`")  # a title may go before it


def held(item: object) -> Iterator[Reference]:
    """Every reference within a value: tables of tables, and records with references in their fields."""
    if isinstance(item, Reference):
        yield item
    elif isinstance(item, Mapping):
        yield from (reference for value in list(item.values()) for reference in held(value))
    elif isinstance(item, list | tuple | set | frozenset):
        yield from (reference for value in list(item) for reference in held(value))
    elif dataclasses.is_dataclass(item) and not isinstance(item, type):
        yield from (reference for field in dataclasses.fields(item) for reference in held(getattr(item, field.name)))


def resolved(path: str) -> object:
    """What a dotted path means: a module, or something in one, to any depth.

    Raises:
        AttributeError: nothing.
    """
    parts = path.split(".")
    for cut in range(len(parts), 0, -1):
        name = ".".join(parts[:cut])
        try:
            item: object = importlib.import_module(name)
        except ModuleNotFoundError as fault:
            if fault.name is None or not f"{name}.".startswith(f"{fault.name}."):
                raise
            continue
        for part in parts[cut:]:
            item = attribute(item, part)
        return item
    raise AttributeError(path)


def attribute(item: object, name: str) -> object:
    """An attribute, or a field that has no default."""
    if isinstance(item, type) and any(name in vars(kind).get("__annotations__", {}) for kind in item.__mro__):
        return getattr(item, name, None)
    return getattr(item, name)


def test_every_reference_that_a_module_holds_can_be_loaded() -> None:
    found = {reference for file in FILES for reference in held(vars(importlib.import_module(module_of(file))))}
    for reference in found:
        assert callable(reference.load()), reference
    tables = ("visualize.models.architectures.caffenet:caffenet", "visualize.models.renaming:by_alias",
              "visualize.models.sources.timm:network", "visualize.models.readers.caffe:read",
              "visualize.data.layouts.voc:is_voc", "visualize.data.layouts.voc:read_voc")  # fmt: skip
    assert set(map(Reference.parse, tables)) <= found


def test_every_path_that_a_text_writes_can_be_loaded() -> None:
    nodes = (node for file in FILES for node in ast.walk(syntax(file)) if isinstance(node, ast.Constant))
    for text in {node.value for node in nodes if isinstance(node.value, str) and WRITTEN.fullmatch(node.value)}:
        Reference.parse(text).load()  # says what it refers to where it cannot


def test_every_name_that_a_docstring_points_to_is_there() -> None:
    named = {(file, role, path) for file in FILES for role, path in ROLE.findall(file.read_text("utf-8"))}
    assert {
        f"{module_of(file)}: :{role}:`{path}`": fault
        for file, role, path in named
        if (fault := amiss(file, role, path))
    } == {}


def amiss(file: Path, role: str, path: str) -> str:
    """Why a name that a docstring points to is not what it is said to be; nothing where it is."""
    known = vars(importlib.import_module(module_of(file)))
    try:
        item = resolved(path) if "." in path and path.partition(".")[0] not in known else near(file, path)
    except AttributeError as fault:
        return f"there is none: {fault}"
    right = {"mod": isinstance(item, ModuleType), "class": isinstance(item, type), "func": callable(item)}
    return "" if right.get(role, True) else f"it is a {type(item).__name__}"


@functools.cache
def imports(file: Path) -> dict[str, str]:
    """What a source file imports by ``from``, for type checkers too: its names, and where these are from."""
    return {
        alias.asname or alias.name: f"{node.module}.{alias.name}"
        for node in ast.walk(syntax(file))
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }


def near(file: Path, path: str) -> object:
    """What a name means to a reader of a source: something that it imports or holds, Python's, or of its classes."""
    module = importlib.import_module(module_of(file))
    first, *rest = path.split(".")
    imported = imports(file)
    holders = (module, builtins, *(item for item in vars(module).values() if isinstance(item, type)))
    holder = next((holder for holder in holders if known(holder, first)), module)
    item = resolved(imported[first]) if first in imported else attribute(holder, first)
    for part in rest:
        item = attribute(item, part)
    return item


def known(holder: object, name: str) -> bool:
    try:
        attribute(holder, name)
    except AttributeError:
        return False
    return True


@pytest.mark.parametrize(
    "text",
    [
        "",
        "methods",
        "visualize.methods.unit",
        "visualize.methods.unit:",
        ":Unit",
        "visualize.methods..unit:Unit",
        "a b:c",
    ],
)
def test_a_text_of_another_form_refers_to_nothing(text: str) -> None:
    with pytest.raises(InputError, match=r"refers to nothing; expected package\.module:name"):
        Reference.parse(text)


def test_a_reference_is_what_it_was_written_as() -> None:
    assert str(Reference.parse("visualize.methods.unit:Unit")) == "visualize.methods.unit:Unit"
    assert Reference.parse("visualize.methods.unit:Unit") == Reference("visualize.methods.unit", "Unit")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("visualize.methods.unit:Unti", "visualize.methods.unit has no Unti; did you mean Unit"),
        ("visualize.methods.units:Unit", "there is no module visualize.methods.units"),
        ("nowhere.at.all:Unit", "there is no module nowhere"),
    ],
)
def test_a_reference_to_nothing_says_what_is_missing(text: str, told: str) -> None:
    with pytest.raises(InputError, match=told):
        Reference.parse(text).load()


def test_a_module_that_lacks_another_is_not_called_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "needy_module.py").write_text("import a_module_that_nobody_has")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ModuleNotFoundError, match="a_module_that_nobody_has"):
        Reference("needy_module", "anything").load()
