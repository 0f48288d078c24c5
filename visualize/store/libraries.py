"""Libraries that code comes from, told apart by their version, or by their files where a version says too little."""

from __future__ import annotations

import functools
import hashlib
import os
import site
import sys
import sysconfig
from pathlib import Path

_RELEASED = frozenset(
    {"torch", "torchvision", "timm", "numpy", "scipy", "PIL", "kornia", "captum", "einops", "safetensors",
     "transformers", "huggingface_hub", "datasets"}
)  # fmt: skip
"""Packages whose version says what is in them."""


def library(module: str) -> str | None:
    """Library that a module belongs to, with what tells its content apart; None for code of the user's own.

    Args:
        module: its dotted name.
    """
    top = module.partition(".")[0]
    if top == "__main__":  # a notebook's, whatever file of a library runs the notebook
        return None
    file = getattr(sys.modules.get(module, sys.modules.get(top)), "__file__", None)
    if file is not None and file.startswith(_own()):
        return "viz"  # its sources are part of every address
    if top in sys.stdlib_module_names and (file is None or is_library_file(file)):
        return f"python {sys.version}"
    return _installed(top)


@functools.cache
def _installed(top: str) -> str | None:
    file = getattr(sys.modules.get(top), "__file__", None)
    if file is None or not _is_installed(file):
        return None
    version = str(getattr(sys.modules[top], "__version__", ""))
    if version and top in _RELEASED:
        return f"{top} {version}"
    return f"{top} {version} {_traces(Path(file))}"


@functools.cache
def is_library_file(file: str) -> bool:
    """Whether a source file is part of Python, of an installed library or of this program."""
    return _is_installed(file) or file.startswith((*_own(), "<frozen"))


@functools.cache
def _folders() -> tuple[str, ...]:
    places = {*site.getsitepackages(), *(sysconfig.get_paths()[name] for name in ("purelib", "platlib", "stdlib"))}
    if site.ENABLE_USER_SITE:
        places.add(site.getusersitepackages())
    return tuple(f"{os.path.realpath(place)}{os.sep}" for place in places)


@functools.cache
def _own() -> tuple[str, ...]:
    return tuple(f"{folder}{os.sep}" for folder in _packages())


@functools.cache
def _packages() -> tuple[Path, Path]:
    """Folders of the two packages of this program."""
    from visualize.methods.method import Method

    return Path(__file__).parents[1], Path(sys.modules[Method.__module__].__file__ or "").parent


def _is_installed(file: str) -> bool:
    return os.path.realpath(file).startswith(_folders())


def _traces(file: Path) -> str:
    """Digest of the names, lengths and times of a package's files."""
    digest = hashlib.sha256()
    folder = file.parent if file.name.startswith("__init__.") else None
    for path in sorted(folder.rglob("*.py")) if folder is not None else [file]:
        state = path.stat()
        digest.update(f"{path} {state.st_size} {state.st_mtime_ns}\n".encode("utf-8", "surrogateescape"))
    return digest.hexdigest()


@functools.cache
def program() -> str:
    """SHA-256 of this program's sources that results depend on, which any change of them changes."""
    from visualize._version import __version__

    digest = hashlib.sha256(__version__.encode())
    outer, looking = _packages()
    for folder in (looking, *(outer / name for name in ("data", "models", "scenes", "store"))):
        for path in sorted(folder.rglob("*.py")):
            digest.update(f"{path.relative_to(folder)}\0".encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()
