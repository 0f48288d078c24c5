"""Folders and sources that tests and benchmarks know."""

from __future__ import annotations

import ast
import functools
import importlib.util
import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import ModuleType

ROOT = Path(__file__).resolve().parents[2]
"""The checkout: ``methods``, ``visualize``, ``tests``, ``examples`` and ``docs`` lie in it."""

SHARED = Path(os.environ.get("VIZ_SHARED", ROOT.parent / "shared"))
"""Photographs and weights that the project does not publish; the environment variable VIZ_SHARED names the folder."""

PACKAGES = {"visualize.methods": ROOT / "methods", "visualize": ROOT / "visualize"}
"""The two packages, and the folder that each lies in."""

FILES = sorted(file for folder in PACKAGES.values() for file in folder.rglob("*.py"))
"""Sources of the two packages."""


@functools.cache
def syntax(file: Path) -> ast.Module:
    """What a source file says, read once for all tests that ask."""
    return ast.parse(file.read_text("utf-8"))


def docs_script(name: str) -> ModuleType:
    """A script of ``docs/``, loaded as a module by its name without the ending."""
    spec = importlib.util.spec_from_file_location(name, ROOT / f"docs/{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def module_of(file: Path) -> str:
    """The dotted name of a source file of the two packages; of a package's ``__init__`` the package's."""
    package = next(package for package, folder in PACKAGES.items() if file.is_relative_to(folder))
    return ".".join([package, *file.relative_to(PACKAGES[package]).with_suffix("").parts]).removesuffix(".__init__")
