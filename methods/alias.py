"""The import name ``methods``, for :mod:`visualize.methods`: where no module of the user's is called so.

Nothing of this toolkit imports ``methods``, so a ``methods.py`` beside one's own script stays one's own. Where there is
none, Python finds the folder ``methods`` of a checkout, or the file of that name in a wheel, and these hand over to the
package: both names mean the same modules, and the same classes.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from typing import TYPE_CHECKING

from visualize.methods.moved import register

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import ModuleType

NAME, PACKAGE = "methods", "visualize.methods"


class Alias(MetaPathFinder, Loader):
    """Finder of ``methods.X`` in ``visualize.methods.X``, as long as ``methods`` itself is the package.

    Example:
        >>> import importlib
        >>> install()
        >>> importlib.import_module("methods.unit") is importlib.import_module("visualize.methods.unit")
        True
    """

    def find_spec(self, name: str, _path: Sequence[str] | None = None, _target: object = None) -> ModuleSpec | None:
        """Spec of a module of the package under its shorter name; None for any other module."""
        if not name.startswith(f"{NAME}.") or sys.modules.get(NAME) is not sys.modules.get(PACKAGE):
            return None
        real = name.replace(NAME, PACKAGE, 1)
        if real not in sys.modules and importlib.util.find_spec(real) is None:
            return None
        return ModuleSpec(name, self, origin=real)

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """The package's own module."""
        module = importlib.import_module(str(spec.origin))
        spec.loader_state = module.__spec__
        return module

    def exec_module(self, module: ModuleType) -> None:
        """Give the module its own spec back, which the import has replaced; it has run already."""
        module.__spec__ = module.__spec__ and module.__spec__.loader_state


def install() -> None:
    """Make ``methods`` and ``methods.X`` mean ``visualize.methods`` and ``visualize.methods.X``."""
    sys.modules[NAME] = sys.modules[PACKAGE]
    if not any(isinstance(finder, Alias) for finder in sys.meta_path):
        sys.meta_path.insert(0, Alias())
        register()
