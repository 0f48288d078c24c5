"""Lazy packages: every name of a stub, no library before one is used, and the old paths of a release."""

from __future__ import annotations

import ast
import importlib
import subprocess
import sys
import threading
import warnings
from contextlib import ExitStack, nullcontext
from types import ModuleType, SimpleNamespace
from typing import TYPE_CHECKING

import pytest

import visualize
from tests.kit.checkout import PACKAGES, ROOT, module_of
from visualize import methods
from visualize.methods import lazy
from visualize.methods.moved import MODULES as METHODS_MOVED
from visualize.methods.moved import SHRUNK
from visualize.moved import MODULES as VISUALIZE_MOVED

if TYPE_CHECKING:
    from pathlib import Path

STUBS = sorted(file for folder in PACKAGES.values() for file in folder.rglob("__init__.pyi"))
HEAVY = {"torch", "torchvision", "kornia", "captum", "numpy", "PIL", "typer", "rich"}


@pytest.mark.parametrize("stub", STUBS, ids=module_of)
def test_every_name_of_a_stub_can_be_loaded_and_no_other(stub: Path) -> None:
    package = importlib.import_module(module_of(stub))
    imported = [node for node in ast.parse(stub.read_text("utf-8")).body if isinstance(node, ast.ImportFrom)]
    names = [alias.asname for node in imported for alias in node.names]
    assert package.__all__ == names
    assert dir(package) == sorted(str(name) for name in names)
    for node in imported:
        for alias in node.names:
            assert getattr(package, alias.name) is getattr(importlib.import_module(str(node.module)), alias.name)
    with pytest.raises(AttributeError, match=f"module '{package.__name__}' has no attribute 'nothing'"):
        _ = package.nothing


@pytest.mark.parametrize("stub", STUBS, ids=module_of)
def test_no_name_is_hidden_by_a_file_of_the_same_name(stub: Path) -> None:
    """Importing a package's file binds its name in the package, over the name that is loaded lazily."""
    files = {file.stem for file in stub.parent.glob("*.py")} | {file.name for file in stub.parent.iterdir()}
    assert not files & set(importlib.import_module(module_of(stub)).__all__)


def test_importing_the_packages_loads_no_library() -> None:
    code = "import sys, visualize, visualize.models, visualize.data, visualize.methods.ascent; print(*sys.modules)"
    ran = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert not HEAVY & set(ran.stdout.split())


def test_naming_making_and_describing_methods_loads_no_library() -> None:
    code = """
import dataclasses, pickle, sys
from visualize import methods
from visualize.methods import lazy
from visualize.methods.setting_words import table
from visualize.methods.settings import settings
methods.Saliency(samples=3)
for kind in methods.table().values():
    made = kind()
    assert pickle.loads(pickle.dumps(made)) == dataclasses.replace(made) == made
    assert [item.name for item in settings(kind)] and table(kind) and kind.__doc__
print(*sys.modules)
"""
    ran = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert "visualize.methods.sanity.method" in ran.stdout.split()
    assert not HEAVY & set(ran.stdout.split())


@pytest.mark.parametrize(
    ("old", "name"),
    [
        (old, name)
        for table in (METHODS_MOVED, SHRUNK, VISUALIZE_MOVED)
        for old, (_, names) in table.items()
        for name in names
    ],
)
def test_an_old_path_gives_the_same_thing_with_a_warning(old: str, name: str) -> None:
    home, _ = (METHODS_MOVED | SHRUNK | VISUALIZE_MOVED)[old]
    module = importlib.import_module(old)
    with pytest.warns(DeprecationWarning, match=f"{old}.{name} is {home}.{name} now"):
        moved = getattr(module, name)
    assert moved is getattr(importlib.import_module(home), name)
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        _ = module.nothing


def test_old_paths_import_as_they_did() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        probe = importlib.import_module("methods.probe")
        front = importlib.import_module("visualize.inspection.front")
    assert probe.Probe is methods.Probe
    assert front.unit is visualize.unit


@pytest.mark.parametrize("nested", [False, True])
@pytest.mark.parametrize(
    ("where", "torch", "said"),
    [("python", True, 1), ("notebook", True, 1), ("python", False, 0), ("script", True, 0), ("pipe", True, 0)],
)
def test_loading_torch_is_said_at_a_prompt_once_it_takes_long(
    where: str, said: int, monkeypatch: pytest.MonkeyPatch, *, torch: bool, nested: bool
) -> None:
    written: list[str] = []
    terminal = SimpleNamespace(write=written.append, isatty=lambda: where in {"python", "script"})
    shell = SimpleNamespace(kernel=1) if where == "notebook" else None
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: shell))
    monkeypatch.setattr(sys, "ps1", ">>> ", raising=False)
    if where == "script":
        monkeypatch.delattr(sys, "ps1")
    monkeypatch.setattr(lazy, "PATIENCE", 0.001)
    monkeypatch.delitem(sys.modules, "torch", raising=False)
    with lazy.told_while_loading(), lazy.told_while_loading() if nested else nullcontext():
        if torch:
            monkeypatch.setitem(sys.modules, "torch", ModuleType("torch"))
        for _ in range(2000 if said else 20):
            if written:
                break
            threading.Event().wait(0.001)
    assert "".join(written).count("loading torch") == len(written) == said


def test_what_loads_at_once_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[str] = []
    monkeypatch.setattr(sys, "stderr", SimpleNamespace(write=written.append, isatty=lambda: True))
    monkeypatch.setattr(sys, "ps1", ">>> ", raising=False)
    monkeypatch.setattr(lazy, "PATIENCE", 3600)
    monkeypatch.delitem(sys.modules, "torch", raising=False)
    with lazy.told_while_loading():
        monkeypatch.setitem(sys.modules, "torch", ModuleType("torch"))
    assert written == []


def test_every_name_is_loaded_under_the_eye_of_who_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    eye = ExitStack()
    monkeypatch.setattr(lazy, "told_while_loading", lambda: eye)
    left: list[str] = []
    eye.callback(left.append, "Probe")
    assert visualize.methods.Probe.__name__ == "Probe"
    assert left == ["Probe"]
