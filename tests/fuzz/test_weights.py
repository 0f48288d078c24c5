"""Weights and models that mean harm: headers that promise too much, archives that hold a thing twice, devices."""

from __future__ import annotations

import json
import os
import pickle
import struct
import warnings
import zipfile
from typing import TYPE_CHECKING, Any

import pytest
import torch
from safetensors.torch import save_file

from tests.kit.hostile import refused

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

NAME, SHAPE, LENGTH = "conv.weight", [6, 3, 3, 3], 648


class Evil:
    """Writes a file where it is unpickled."""

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, ("made",)


def _header(content: object, data: bytes = bytes(LENGTH), length: int | None = None) -> bytes:
    head = content if isinstance(content, bytes) else json.dumps(content).encode()
    return struct.pack("<Q", len(head) if length is None else length) + head + data


def _tensor(**changes: object) -> dict[str, Any]:
    return {NAME: {"dtype": "F32", "shape": SHAPE, "data_offsets": [0, LENGTH], **changes}}


_NONE = {"dtype": "F32", "shape": [0], "data_offsets": [0, 0]}
SAFETENSORS: dict[str, bytes] = {
    "nothing": b"",
    "seven bytes": b"1234567",
    "a header of 2^63 bytes": _header({}, length=1 << 63),
    "a header of blanks": _header(b"{" + b" " * 50_000_000 + b"}"),
    "lists nested deep": _header(b"[" * 100_000),
    "a list": _header([]),
    "a text": _header(b"text"),
    "a place before the file": _header(_tensor(data_offsets=[-5, 643])),
    "a place far behind": _header(_tensor(data_offsets=[0, 1 << 60])),
    "a place backwards": _header(_tensor(data_offsets=[LENGTH, 0])),
    "half a place": _header(_tensor(data_offsets=[0.5, LENGTH])),
    "2^80 values": _header(_tensor(shape=[1 << 40, 1 << 40])),
    "a side below nothing": _header(_tensor(shape=[-1, 3])),
    "a kind of number that is none": _header(_tensor(dtype="X9")),
    "none of 2^124 values": _header(_tensor(shape=[0, 1 << 62, 1 << 62], data_offsets=[0, 0]), b""),
    "a hole": _header(_tensor(data_offsets=[100, LENGTH + 100]), bytes(LENGTH + 100)),
    "a name that clears the screen": _header({"\x1b[2J": _tensor()[NAME]}),
    "a long name": _header({"x" * 1_000_000: _tensor()[NAME]}),
    "metadata that are a number": _header({**_tensor(), "__metadata__": {"a": 3}}),
    "metadata alone": _header({"__metadata__": {}}, b""),
    "60,000 weights": _header({f"t{n}": _NONE for n in range(60_000)}, b""),
    "3,000 weights of another network": _header({f"t{n}": _NONE for n in range(3000)}, b""),
}
PICKLES: dict[str, bytes] = {
    "nothing": b"",
    "what runs": pickle.dumps(Evil()),
    "chance": bytes(range(256)) * 2,
    "a memo of 2^31": b"\x80\x02Nr\xff\xff\xff\x7f.",
    "a number of 2^31 bytes": b"\x80\x02\x8b\xff\xff\xff\x7f" + bytes(10),
    "a frame of 2^63": b"\x80\x04\x95" + b"\xff" * 7 + b"\x7f.",
    "lists nested deep": b"\x80\x02" + b"(" * 100_000 + b"l" * 100_000 + b".",
    "20 megabytes": b"\x80\x02" + b"N0" * (10 << 20) + b"N.",
}
MODELS = [
    "/dev/zero:x",
    "pipe.py:x",
    "pipe.pt",
    "folder.py:x",
    "loop.py:x",
    "loop.pt",
    "tiny.py:",
    "tiny.py:tiny:tiny",
    "tiny.py:torch",
    "chance.py:x",
    "hub/",
    "hub/a/b",
    "hub/../..:x",
    "torchvision/../x",
    "timm/\x1b[2J",
    "random/",
    "random/random/tiny.py:tiny",
    "os:_exit",
    "a" * 5000,
    "endless.py:f",
    "text.py:f",
    "escape.py:f",
]


@pytest.mark.parametrize("content", SAFETENSORS.values(), ids=SAFETENSORS)
def test_safetensors_that_promise_too_much_are_one_line(content: bytes, home: Path) -> None:
    (home / "net.safetensors").write_bytes(content)
    refused("layers", "tiny.py:tiny", "--weights", "net.safetensors", within=home)


def _archive(change: Callable[[dict[str, bytes]], list[tuple[str, bytes]]], path: Path) -> None:
    torch.save({NAME: torch.zeros(SHAPE)}, path)
    with zipfile.ZipFile(path) as held:
        members = {name: held.read(name) for name in held.namelist()}
    with warnings.catch_warnings(), zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as held:
        warnings.simplefilter("ignore")  # of a name twice
        for name, content in change(members):
            held.writestr(name, content)


@pytest.mark.parametrize("content", PICKLES.values(), ids=PICKLES)
def test_a_checkpoint_s_pickle_that_means_harm_is_one_line(content: bytes, home: Path) -> None:
    _archive(
        lambda held: [(name, content if name.endswith(".pkl") else data) for name, data in held.items()], home / "a.pth"
    )
    refused("layers", "tiny.py:tiny", "--weights", "a.pth", within=home)


@pytest.mark.parametrize(
    "change",
    [
        lambda held: [*held.items(), *((name, pickle.dumps(Evil())) for name in held if name.endswith(".pkl"))],
        lambda held: [item for item in held.items() if "/data/" not in item[0]],
        lambda held: [(name, data[:4] if "/data/" in name else data) for name, data in held.items()],
    ],
    ids=["a pickle twice", "no values", "too few values"],
)
def test_a_checkpoint_s_archive_that_means_harm_is_one_line(
    change: Callable[[dict[str, bytes]], list[tuple[str, bytes]]], home: Path
) -> None:
    _archive(change, home / "a.pth")
    refused("layers", "tiny.py:tiny", "--weights", "a.pth", within=home)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: ascii(model)[:30])
def test_a_model_that_is_none_is_one_line(model: str, home: Path) -> None:
    os.mkfifo(home / "pipe.py")
    os.mkfifo(home / "pipe.pt")
    (home / "folder.py").mkdir()
    for name in ("loop.py", "loop.pt"):
        (home / name).symlink_to(name)
    (home / "chance.py").write_bytes(bytes(range(256)))
    (home / "endless.py").write_text("def f():\n    return f()\n")
    (home / "text.py").write_text("def f():\n    return 'text'\n")
    (home / "escape.py").write_text("def f():\n    raise ValueError('\\x1b[2J\\nline')\n")
    refused("layers", model, within=home)


def test_weights_of_a_network_s_own_names_and_a_thousand_others_are_not_slow(home: Path) -> None:
    state = {f"t{number}.weight": torch.zeros(1) for number in range(20_000)}
    save_file(state, home / "net.safetensors")
    refused("layers", "tiny.py:tiny", "--weights", "net.safetensors", within=home)
