"""Looking into vision networks: what does this unit look for, and how sure are we?

In a notebook::

    import visualize as viz

    viz.unit("places-squeezenet", "fire9", 123, images="photographs")
    viz.look("saliency", "places-squeezenet", "fire9", 123, image="photograph.jpg")

Names are loaded when they are first used, so that importing this package costs nothing; ``__init__.pyi`` lists them.
``visualize.methods`` lies beside this folder in a checkout, and in it in a wheel.
"""

import importlib.util
import os.path
import sys


def _load_from_beside(name: str) -> None:
    """Load a package of this one from a folder that lies beside it, unless it lies in it.

    Args:
        name: the folder's.
    """
    full = f"{__name__}.{name}"
    if full in sys.modules or os.path.isdir(f"{__path__[0]}/{name}"):  # noqa: PTH112 (pathlib takes longer to load than all of this)
        return
    folder = f"{os.path.dirname(__path__[0])}/{name}"  # noqa: PTH120
    spec = importlib.util.spec_from_file_location(full, f"{folder}/__init__.py", submodule_search_locations=[folder])
    module = importlib.util.module_from_spec(spec)
    sys.modules[full] = module
    spec.loader.exec_module(module)
    globals()[name] = module


_load_from_beside("methods")

from visualize import dissection  # noqa: E402, F401 (it is called as viz.dissection(PATH); loading it costs nothing)
from visualize import moved as _moved  # noqa: E402
from visualize.methods.lazy import attach  # noqa: E402

__getattr__, __dir__ = attach(__name__)
_moved.register()
