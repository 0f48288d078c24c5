"""torch.save's format, read so that nothing but tensors and plain containers can come out of it."""

from __future__ import annotations

import argparse
import json
import re
import shlex
import tarfile
import warnings
from dataclasses import replace
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from visualize.methods.errors import InputError, one_line
from visualize.models.readers.nested import USUAL, Held, at, held

if TYPE_CHECKING:
    from pathlib import Path

_NESTED = USUAL[:7]
_FORMATS = "safetensors, what torch.save writes, .caffemodel, .npz"
_KINDS = {
    b"\x89HDF": "it is HDF5, as Keras writes it",
    b"\x1f\x8b": "it is compressed by gzip: unpack it",
    b"BZh": "it is compressed by bzip2: unpack it",
    b"\xfd7zXZ": "it is compressed by xz: unpack it",
    b"<": "it looks like a web page, perhaps what a server sent instead of the file",
}
_PICKLE = b"\x80"  # how pickles begin, from protocol 2 on
_WRITTEN = (b"PK\x03\x04", b"\x80\x02\x8a\x0al\xfc\x9cF\xf9")  # torch.save, now and until 1.5
_LEGACY_TAR = {"sys_info", "pickle", "storages", "tensors"}  # and until 0.1.1
_CODE = re.compile(r"(?:GLOBAL|function|class) ([\w.]+\.\w+)")

_RECONSTRUCT = np.zeros(1).__reduce__()[0]
# numpy's plain arrays, which some programs store in place of tensors; those of objects hold what is allowed anyway;
# and the bags of options that training programs store beside the weights: attributes, and no code
_PLAIN: list[Any] = [
    argparse.Namespace, SimpleNamespace,
    (_RECONSTRUCT, "numpy.core.multiarray._reconstruct"), (_RECONSTRUCT, "numpy._core.multiarray._reconstruct"),
    np.ndarray, np.dtype, *{type(np.dtype(kind)) for kind in "?bhilqBHILQefd"},
]  # fmt: skip

_CONVERSION = (
    'import {modules}; f = lambda n: n.state_dict() if hasattr(n, "state_dict") else next((f(n[k]) for k in {nested} '
    'if k in n), {{k: torch.as_tensor(v) for k, v in n.items() if hasattr(v, "shape")}}); '
    'torch.save(f({load}), "converted.pth")'
)
_LOADS = {
    "torch": 'torch.load({path}, map_location="cpu", weights_only=False)',
    "pickle, torch": 'pickle.load(open({path}, "rb"), encoding="latin1")',
}


def read(path: Path, key: str = "") -> list[Held]:
    """The state dicts of a checkpoint, also those that lie under "state_dict", "model", "teacher" or the like.

    Checkpoints that Python 2 pickled are read too. Nothing but tensors, arrays, numbers, text and containers can come
    out.

    Args:
        path: the file.
        key: where the state dict lies, as :func:`visualize.models.readers.nested.at` takes it; "" for all there are.

    Returns:
        those there are, at least one, the likeliest first.

    Raises:
        InputError: the file is damaged, holds no state dict, or needs code to be loaded (a whole pickled network).
    """
    try:
        content = _loaded(path)
    except OSError:
        raise
    except Exception as fault:
        raise InputError(_refusal(path, fault)) from fault
    part = at(content, key, path) if key else content
    states = [replace(item, key=".".join(filter(None, [key, item.key]))) for item in held(part)]
    if not states:
        where = f" under {key}" if key else ""
        raise InputError(
            f"{path} holds no state dict{where}; expected names and tensors, also under {', '.join(_NESTED)}"
        )
    return states


def conversion(path: Path, modules: str = "torch") -> str:
    """The command that makes ``converted.pth``, which holds tensors alone, of a file whose code is trusted.

    Args:
        path: the file.
        modules: "torch" for what torch.save wrote, "pickle, torch" for what pickle alone wrote.
    """
    load = _LOADS[modules].format(path=json.dumps(str(path)))
    return f"python -c {shlex.quote(_CONVERSION.format(modules=modules, nested=json.dumps(_NESTED), load=load))}"


def _loaded(path: Path) -> object:
    with warnings.catch_warnings(), torch.serialization.safe_globals(_PLAIN):
        warnings.simplefilter("ignore")  # what torch says about old formats is no news to whoever only looks
        try:
            return torch.load(path, map_location="cpu", weights_only=True)
        except UnicodeDecodeError:  # Python 2's text
            return torch.load(path, map_location="cpu", weights_only=True, encoding="latin1")


def _refusal(path: Path, fault: Exception) -> str:
    """Why a file was not read, and what to do: it holds code, is damaged, or is in another format."""
    with path.open("rb") as file:
        start = file.read(512)
    asks = _asked(fault)
    if "TorchScript archive" in str(fault):
        given = f"--model {path} --trust"
        return f"{path} is a TorchScript file, which is a whole network: give it as the model, with {given}"
    written = start.startswith(_WRITTEN)
    if (written and asks) or _is_legacy(path):
        return _needs_code(path, asks, conversion(path))
    if written:
        return f"{path} is damaged, or not all of it is there ({_first_sentence(fault)})"
    if start.startswith(_PICKLE):
        return _needs_code(path, asks, conversion(path, "pickle, torch"))
    return _unknown(path, start)


def _unknown(path: Path, start: bytes) -> str:
    """Why a file that torch did not write was not read, with the format that it shows."""
    if not start:
        return f"{path} is empty"
    archive = "it is an archive (tar): unpack it, and give the file with the weights that is in it"
    hint = next((kind for begin, kind in _KINDS.items() if start.lstrip().startswith(begin)), "")
    hint = archive if tarfile.is_tarfile(path) else hint
    return f"{path} is in none of the formats that are known ({_FORMATS}){f': {hint}' if hint else ''}"


def _needs_code(path: Path, asks: str, command: str) -> str:
    wants = f" ({asks})" if asks else ""
    return (
        f"{path} is no checkpoint of tensors alone, and what else it holds{wants} could run code; if you trust it, "
        f"convert it where that code can be imported: {command}"
    )


def _asked(fault: Exception) -> str:
    """The name of the code that a file asks for, as far as torch tells."""
    match = _CODE.search(str(fault))
    return match[1] if match else ""


def _is_legacy(path: Path) -> bool:
    """Whether a tar archive is one of torch's own first files."""
    try:
        with tarfile.open(path) as held:
            return set(held.getnames()) >= _LEGACY_TAR
    except (tarfile.TarError, EOFError):
        return False


def _first_sentence(fault: BaseException) -> str:
    text = one_line(fault)
    return text.split(". ")[0][:160].rstrip(".")
