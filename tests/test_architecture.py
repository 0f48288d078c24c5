"""How the house is built: what may import what, read from the source without running it."""

from __future__ import annotations

import ast
import functools
import graphlib

import pytest

from tests.kit.checkout import FILES, PACKAGES, module_of, syntax

# Floors of rooms, from the ground up: a room is a folder, or a file beside the folders. A file may import from its own
# room and from the rooms below; two rooms on one floor know nothing of each other.
FLOORS: dict[str, tuple[tuple[str, ...], ...]] = {
    "visualize.methods": (
        ("prompt",),
        ("errors", "lazy", "phrases", "progress", "provenance", "tf32"),
        ("concept_words", "frames", "moved", "plain_state", "reference", "settings", "together", "unit"),
        ("network", "setting_words", "shared_settings"),
        ("drawing",),
        ("pictures", "result"),
        ("method",),
        ("optimization",),
        ("registry",),
        ("ablation", "ascent", "attribution", "dissection", "dream", "inversion", "top_images", "transfer"),
        ("sanity",),
        ("testing",),
        ("alias",),
        ("short_name",),
    ),
    "visualize": (
        ("_version", "files", "keywords", "moved", "printable", "spreadsheets", "watch"),
        ("intake", "notebook", "user_code"),
        ("download", "scenes"),
        ("data", "store"),
        ("models", "figures", "pages", "people"),
        ("dissection",),
        ("cluster",),
        ("comparison", "cards"),
        ("transfers", "prediction"),
        ("ablation", "text"),
        ("reports",),
        ("annotation", "sweeps"),
        ("cli",),
        ("__main__",),
    ),
}
UNSEEN_BY_METHODS = {
    "visualize", "typer", "rich", "matplotlib", "click", "requests", "httpx", "urllib", "http", "socket",
    "platformdirs",
}  # fmt: skip
HOOKS = {
    "register_forward_hook", "register_forward_pre_hook", "register_full_backward_hook", "register_backward_hook",
    "register_full_backward_pre_hook", "register_hook", "register_module_forward_hook",
}  # fmt: skip


@functools.cache
def _sources() -> dict[str, ast.Module]:
    """Module's dotted name -> what it says."""
    return {module_of(file): syntax(file) for file in FILES}


def _package(module: str) -> str:
    """The package of the two that a module is of: ``visualize.methods`` lies in a folder of its own."""
    return next(package for package in PACKAGES if f"{module}.".startswith(f"{package}."))


def _is_package(module: str) -> bool:
    package = _package(module)
    return (PACKAGES[package] / module.removeprefix(package).lstrip(".").replace(".", "/")).is_dir()


@functools.cache
def _imported(module: str) -> frozenset[str]:
    """The modules of the two packages that a module imports anywhere, within functions and for type checkers too."""
    known, found = _sources(), set()
    for node in ast.walk(known[module]):
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module} imports relatively"
            names = [f"{node.module}.{alias.name}" for alias in node.names]
            found |= {name if name in known else str(node.module) for name in names}
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
    return frozenset(name for name in found if name in known and name != module)


def _room(module: str) -> str:
    return module.removeprefix(_package(module)).lstrip(".").partition(".")[0]


@pytest.mark.parametrize("package", PACKAGES)
def test_every_room_has_its_floor_and_no_import_runs_up(package: str) -> None:
    floor = {room: number for number, rooms in enumerate(FLOORS[package]) for room in rooms}
    modules = [module for module in _sources() if _package(module) == package and module != package]
    assert {_room(module) for module in modules} <= set(floor)
    upwards = [
        f"{module} -> {other}"
        for module in modules
        for other in sorted(_imported(module))
        if _package(other) == package and _room(other) != _room(module) and floor[_room(other)] >= floor[_room(module)]
    ]
    assert upwards == []


def test_no_file_is_in_a_circle() -> None:
    """Packages stand for their files: importing a name from a package of lazily loaded names loads its module alone."""
    edges = {module: {other for other in _imported(module) if not _is_package(other)} for module in _sources()}
    graphlib.TopologicalSorter(edges).prepare()


def test_methods_know_nothing_above_them() -> None:
    for module, source in _sources().items():
        if _package(module) != "visualize.methods":
            continue
        names = {alias.name for node in ast.walk(source) if isinstance(node, ast.Import) for alias in node.names}
        names |= {str(node.module) for node in ast.walk(source) if isinstance(node, ast.ImportFrom)}
        others = {name for name in names if not f"{name}.".startswith("visualize.methods.")}
        assert not {name.partition(".")[0] for name in others} & UNSEEN_BY_METHODS, module


def test_nothing_of_ours_imports_the_name_that_a_module_of_the_users_may_have() -> None:
    for module, source in _sources().items():
        names = {alias.name for node in ast.walk(source) if isinstance(node, ast.Import) for alias in node.names}
        names |= {str(node.module) for node in ast.walk(source) if isinstance(node, ast.ImportFrom)}
        assert "methods" not in {name.partition(".")[0] for name in names}, module


def test_a_wing_knows_no_other_wing() -> None:
    wings = {"ablation", "ascent", "attribution", "dissection", "dream", "inversion", "top_images"}
    for module in _sources():
        if _package(module) == "visualize.methods" and _room(module) in wings:
            assert {_room(other) for other in _imported(module) if _package(other) == "visualize.methods"} & wings <= {
                _room(module)
            }, module


def test_hooks_are_registered_in_one_place() -> None:
    using = {
        module
        for module, source in _sources().items()
        for node in ast.walk(source)
        if isinstance(node, ast.Attribute) and node.attr in HOOKS
    }
    assert using == {"visualize.methods.network.run.hooks"}


def test_no_method_is_known_by_its_class_outside_its_wing() -> None:
    """What cards, figures and commands must know of a method, they ask it: see the hooks of Method and Result."""
    wings = ("ascent", "attribution", "dream", "inversion", "sanity", "top_images")
    knowing = {
        f"{module} -> {other}"
        for module in _sources()
        if _package(module) == "visualize"
        for other in _imported(module)
        if _package(other) == "visualize.methods" and _room(other) in wings
    }
    assert knowing == set()


def test_nothing_private_is_taken_from_another_module() -> None:
    taken = {
        f"{module}: {alias.name} of {node.module}"
        for module, source in _sources().items()
        for node in ast.walk(source)
        if isinstance(node, ast.ImportFrom) and str(node.module).split(".")[0] == "visualize"
        for alias in node.names
        if alias.name.startswith("_") and not alias.name.startswith("__") and alias.name != "_version"
    }
    assert taken == set()
