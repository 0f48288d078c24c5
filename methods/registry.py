"""The table of methods that are installed, ours and third parties'."""

from __future__ import annotations

import importlib.metadata
import warnings

from methods.errors import InputError, suggest
from methods.method import Method

ENTRY_POINTS = "visualize.methods"
_BUILTIN = {
    "ascent": "methods.ascent.method:GradientAscent",
    "top": "methods.top_images.method:TopImages",
    "saliency": "methods.attribution.saliency:Saliency",
    "deconv": "methods.attribution.deconvolution:Deconvolution",
    "guided": "methods.attribution.guided_backprop:GuidedBackpropagation",
    "invert": "methods.inversion.method:Inversion",
    "dream": "methods.dream.method:DeepDream",
    "check": "methods.sanity.method:Sanity",
    "dissect": "methods.dissection.method:Dissection",
}


def table() -> dict[str, type[Method]]:
    """Every method that is installed, by name: ours first, then those of the entry point group ``visualize.methods``.

    A third party's method that cannot be loaded is left out with a warning that names it.
    """
    found = {name: _load(where) for name, where in _BUILTIN.items()}
    for entry in importlib.metadata.entry_points(group=ENTRY_POINTS):
        try:
            method = entry.load()
            if not (isinstance(method, type) and issubclass(method, Method)):
                raise TypeError("it is no subclass of methods.Method")  # noqa: TRY301 (one place reports both failures)
        except Exception as fault:  # noqa: BLE001 (a stranger's package may fail in any way; ours goes on without it)
            warnings.warn(f"the method {entry.name!r} ({entry.value}) was left out: {fault}", stacklevel=2)
            continue
        found.setdefault(entry.name, method)
    return found


def find(name: str) -> type[Method]:
    """The method of that name.

    Raises:
        InputError: there is none; the message names close ones.
    """
    known = table()
    if name not in known:
        raise InputError(f"no method is called {name!r}{suggest(name, known)} (known: {', '.join(known)})")
    return known[name]


def _load(where: str) -> type[Method]:
    module, _, attribute = where.partition(":")
    loaded: type[Method] = getattr(importlib.import_module(module), attribute)
    return loaded
