"""What the package may import, where hooks may be registered, and what importing it costs."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import methods

_ROOT = Path(methods.__file__).parent
_FILES = sorted(_ROOT.rglob("*.py"))
_FORBIDDEN = {
    "visualize",
    "typer",
    "rich",
    "matplotlib",
    "click",
    "requests",
    "urllib",
    "http",
    "socket",
    "platformdirs",
}
_HOOKS = {
    "register_forward_hook", "register_forward_pre_hook", "register_full_backward_hook", "register_backward_hook",
    "register_full_backward_pre_hook", "register_hook", "register_module_forward_hook",
}  # fmt: skip


def _imported(tree: ast.AST) -> set[str]:
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0
            found.add((node.module or "").partition(".")[0])
    return found


@pytest.mark.parametrize("file", _FILES, ids=lambda file: str(file.relative_to(_ROOT)))
def test_nothing_is_imported_from_above(file: Path) -> None:
    assert not _imported(ast.parse(file.read_text("utf-8"))) & _FORBIDDEN


def test_hooks_are_registered_in_one_place() -> None:
    using = {
        str(file.relative_to(_ROOT))
        for file in _FILES
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(node, ast.Attribute) and node.attr in _HOOKS
    }
    assert using == {"network/run/hooks.py"}


def test_importing_the_package_loads_no_library() -> None:
    code = "import sys, methods; print(sorted({'torch', 'kornia', 'captum', 'numpy', 'PIL'} & set(sys.modules)))"
    ran = subprocess.run([sys.executable, "-c", code], cwd=_ROOT.parent, capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"


def test_every_public_name_can_be_loaded_and_others_are_refused() -> None:
    for name in dir(methods):
        assert getattr(methods, name) is not None
    assert {"GradientAscent", "Probe", "Unit"} <= set(dir(methods))
    with pytest.raises(AttributeError, match="has no attribute 'Prob'"):
        getattr(methods, "Prob")  # noqa: B009 (a type checker refuses the attribute)
