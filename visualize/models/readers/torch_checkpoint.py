"""torch.save's format, read so that nothing but tensors and plain containers can come out of it."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from methods.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

_NESTED = ("state_dict", "model_state_dict", "model", "teacher", "network", "net", "weights")

_CONVERSION = (
    "python -c \"import torch; n = torch.load('{path}', map_location='cpu', weights_only=False); "
    "torch.save(n.state_dict() if hasattr(n, 'state_dict') else n.get('state_dict', n), 'converted.pth')\""
)


def read(path: Path) -> Mapping[str, Tensor]:
    """The state dict in a checkpoint, also one that lies under "state_dict", "model", "teacher" or the like.

    Checkpoints that Python 2 pickled are read too. Nothing but tensors, numbers, text and containers can come out.

    Raises:
        InputError: the file is damaged, holds no state dict, or needs code to be loaded (a whole pickled network).
    """
    try:
        held = _loaded(path)
    except OSError:
        raise
    except Exception as fault:
        raise InputError(
            f"{path} is no checkpoint of tensors alone ({_first_sentence(fault)}), and what else it holds could run "
            f"code; if you trust it, convert it: {_CONVERSION.format(path=path)}"
        ) from fault
    found = _state(held)
    if found is None:
        raise InputError(f"{path} holds no state dict; expected names and tensors, also under {', '.join(_NESTED)}")
    return found


def _loaded(path: Path) -> object:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what torch says about old formats is no news to whoever only looks
        try:
            return torch.load(path, map_location="cpu", weights_only=True)
        except UnicodeDecodeError:  # Python 2's text
            return torch.load(path, map_location="cpu", weights_only=True, encoding="latin1")


def _state(held: object) -> Mapping[str, Tensor] | None:
    if not isinstance(held, Mapping):
        return None
    if held and all(isinstance(name, str) and isinstance(value, Tensor) for name, value in held.items()):
        return held  # as it is: torch keeps version numbers in an attribute of this very object
    for key in _NESTED:
        if key in held and (inner := _state(held[key])) is not None:
            return inner
    return None


def _first_sentence(fault: BaseException) -> str:
    text = " ".join(str(fault).split()) or type(fault).__name__
    return text.split(". ")[0][:160].rstrip(".")
