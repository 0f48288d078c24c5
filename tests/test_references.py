"""Names written as text, which no import checker sees: in tables that are loaded late, and in docstrings."""

from __future__ import annotations

import ast
import builtins
import dataclasses
import importlib
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import ModuleType

import pytest

from tests.kit.checkout import PACKAGES, module_of
from visualize.methods.errors import InputError
from visualize.methods.reference import Reference

FILES = sorted(path for folder in PACKAGES.values() for path in folder.rglob("*.py"))
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


@pytest.mark.parametrize("file", FILES, ids=module_of)
def test_every_path_that_a_text_writes_can_be_loaded(file: Path) -> None:
    texts = (node.value for node in ast.walk(ast.parse(file.read_text("utf-8"))) if isinstance(node, ast.Constant))
    for text in texts:
        if isinstance(text, str) and WRITTEN.fullmatch(text):
            Reference.parse(text).load()


@pytest.mark.parametrize("file", FILES, ids=module_of)
def test_every_name_that_a_docstring_points_to_is_there(file: Path) -> None:
    module = importlib.import_module(module_of(file))
    for role, path in ROLE.findall(file.read_text("utf-8")):
        item = resolved(path) if "." in path and path.partition(".")[0] not in vars(module) else near(module, path)
        right = {"mod": isinstance(item, ModuleType), "class": isinstance(item, type), "func": callable(item)}
        assert right.get(role, True), f":{role}:`{path}` is a {type(item).__name__}"


def near(module: ModuleType, path: str) -> object:
    """What a name means to a reader of a module: something that it imports or holds, Python's, or of its classes."""
    first, *rest = path.split(".")
    imported = {
        alias.asname or alias.name: f"{node.module}.{alias.name}"
        for node in ast.walk(ast.parse(Path(str(module.__file__)).read_text("utf-8")))
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
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
