"""Checkpoints as people have them: nested, wrapped, old, with code in them, damaged, or no checkpoints at all."""

from __future__ import annotations

import argparse
import collections
import fractions
import gzip
import io
import os
import pickle
import shlex
import subprocess
import sys
import tarfile
import types
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from torch import nn

from tests.visualize.models.readers.kit import Reduced, refused
from visualize.models.readers import read

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.mark.parametrize(
    "wrap", [dict, lambda state: {"state_dict": state, "epoch": 3}, lambda state: {"model": state}]
)
def test_torch_checkpoints_are_read_nested_or_not(tmp_path: Path, wrap: Callable[[object], object]) -> None:
    wanted = {"a.weight": torch.arange(6.0).view(2, 3), "a.bias": torch.zeros(2)}
    for legacy in (False, True):
        torch.save(wrap(wanted), tmp_path / "net.pth", _use_new_zipfile_serialization=not legacy)
        state = read(tmp_path / "net.pth", "torch")
        assert list(state) == list(wanted)
        torch.testing.assert_close(state["a.weight"], wanted["a.weight"])


@pytest.mark.parametrize("key", ["state_dict", "model", "teacher", "network"])
def test_a_state_dict_under_any_usual_key_is_taken(key: str, tmp_path: Path) -> None:
    state = {"a": torch.ones(2)}
    torch.save({key: state, "epoch": 4, "optimizer": {"lr": 0.1}}, tmp_path / "net.pth")
    assert torch.equal(read(tmp_path / "net.pth", "torch")["a"], state["a"])


def test_a_checkpoint_with_python_2_s_text_in_it_is_read(tmp_path: Path) -> None:
    """Its names are byte strings beyond ASCII, as pickle's protocol 2 of Python 2 wrote text."""
    held = io.BytesIO()
    torch.save(
        collections.OrderedDict(state_dict={"a": torch.ones(2)}, arch="@" * 5),
        held,
        _use_new_zipfile_serialization=False,
    )
    data = held.getvalue()
    new, old = b"X\x05\x00\x00\x00" + b"@" * 5, b"U\x05" + b"\xe9" * 5
    assert data.count(new) == 1
    (tmp_path / "net.tar").write_bytes(data.replace(new, old))
    with pytest.raises(UnicodeDecodeError, match="ascii"):
        pickle.loads(b"\x80\x02" + old + b".")
    assert torch.equal(read(tmp_path / "net.tar", "torch")["a"], torch.ones(2))


class Rebuilt:
    """Pickled as PyTorch 0.2 pickled tensors, as those of 2017's published files are."""

    def __init__(self, tensor: torch.Tensor) -> None:
        self.tensor = tensor

    def __reduce__(self) -> tuple[object, ...]:
        held = self.tensor
        return torch._utils._rebuild_tensor, (
            held._typed_storage(),  # type: ignore[no-untyped-call]
            held.storage_offset(),
            tuple(held.size()),
            tuple(held.stride()),
        )


def test_tensors_as_pytorch_0_2_wrote_them_are_read(tmp_path: Path) -> None:
    wanted = {"features.module.0.weight": torch.arange(6.0).view(2, 3), "classifier.1.bias": torch.ones(2)}
    state = collections.OrderedDict((name, Rebuilt(value)) for name, value in wanted.items())
    held = {"epoch": 90, "arch": "alexnet", "state_dict": state, "best_prec1": 47.3}
    torch.save(held, tmp_path / "net.pth.tar", _use_new_zipfile_serialization=False)
    loaded = read(tmp_path / "net.pth.tar", "torch")
    assert {name: value.tolist() for name, value in loaded.items()} == {n: v.tolist() for n, v in wanted.items()}


def test_numbers_among_the_weights_are_passed_over(tmp_path: Path) -> None:
    torch.save({"a": torch.ones(2), "epoch": 4}, tmp_path / "net.pth")
    assert list(read(tmp_path / "net.pth", "torch")) == ["a"]


NET = nn.Sequential(nn.Conv2d(3, 4, 3), nn.Linear(2, 2))


STATE = {name: value.detach() for name, value in NET.state_dict().items()}


ARRAYS = {name: value.numpy() for name, value in STATE.items()}


def _pickled(held: object) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        path.write_bytes(pickle.dumps(held))

    return write


def _saved(held: object, *, legacy: bool = False) -> Callable[[Path], None]:
    return lambda path: torch.save(held, path, _use_new_zipfile_serialization=not legacy)


@pytest.mark.parametrize(
    "write",
    [
        _saved(NET),
        _saved({"model": NET, "epoch": 3}),
        _saved(NET, legacy=True),
        _saved({"state_dict": STATE, "share": fractions.Fraction(1, 2)}),
        _saved({"model": {"state_dict": STATE}, "best": np.float64(0.5)}),
        _pickled(STATE),
        _pickled(ARRAYS),
        _pickled({"state_dict": ARRAYS, "share": fractions.Fraction(1, 2)}),
    ],
)
def test_what_needs_code_is_refused_with_a_command_that_converts_it(
    write: Callable[[Path], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The command stands at the end of the line."""
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "net.pth")
    message = refused(tmp_path / "net.pth", "torch", "could run code")
    python, option, program = shlex.split("python -c" + message.partition("imported: python -c")[2])
    assert (python, option) == ("python", "-c")
    exec(program, {})
    state = read(tmp_path / "converted.pth", "torch")
    assert set(state) == set(STATE)
    assert all(torch.equal(state[key], value) for key, value in STATE.items())


@pytest.mark.parametrize("legacy", [False, True])
def test_options_that_a_training_program_stores_beside_the_weights_are_no_code(tmp_path: Path, *, legacy: bool) -> None:
    options = argparse.Namespace(arch="resnet18", more=types.SimpleNamespace(rate=0.1, steps=[1, 2]))
    _saved({"model": STATE, "args": options, "epoch": 3}, legacy=legacy)(tmp_path / "net.pth")
    assert {name: value.tolist() for name, value in read(tmp_path / "net.pth", "torch").items()} == {
        name: value.tolist() for name, value in STATE.items()
    }


def test_a_shell_takes_the_command_whatever_the_file_is_called(tmp_path: Path) -> None:
    path = tmp_path / "it's $(a) \"net.pth"
    torch.save(NET, path)
    command = "python -c" + refused(path, "torch", "imported: ").partition("imported: python -c")[2]
    subprocess.run(["bash", "-c", command.replace("python", sys.executable, 1)], cwd=tmp_path, check=True)
    assert set(read(tmp_path / "converted.pth", "torch")) == set(STATE)


def test_the_code_that_is_asked_for_is_named(tmp_path: Path) -> None:
    torch.save({"state_dict": STATE, "share": fractions.Fraction(1, 2)}, tmp_path / "net.pth")
    refused(tmp_path / "net.pth", "torch", "what else it holds (fractions.Fraction)")


@pytest.mark.parametrize("legacy", [False, True])
def test_a_torch_checkpoint_with_code_in_it_is_refused(tmp_path: Path, *, legacy: bool) -> None:
    for number, held in enumerate((Reduced(os.mkdir, str(tmp_path / "ran")), torch.nn.Linear(2, 2))):
        path = tmp_path / f"net{number}.pt"
        torch.save({"state_dict": held}, path, _use_new_zipfile_serialization=not legacy)
        refused(path, "torch", "if you trust it")
    assert not (tmp_path / "ran").exists()


def test_other_torch_files_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "net.pt"
    torch.save([torch.zeros(2)], path)
    refused(path, "torch", "no state dict")
    torch.save({"state_dict": {"a": 1}}, path)
    refused(path, "torch", "no state dict")
    buffer = io.BytesIO()
    torch.save({"a": torch.zeros(1000)}, buffer)
    for data in (buffer.getvalue()[:2000], b"PK\x03\x04 not a zip"):
        path.write_bytes(data)
        refused(path, "torch", "is damaged, or not all of it is there")


def test_what_is_no_checkpoint_is_called_what_it_is(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    torch.save(STATE, buffer)
    (tmp_path / "whole.pth").write_bytes(buffer.getvalue())
    with tarfile.open(tmp_path / "packed.tar", "w") as archive:
        archive.add(tmp_path / "whole.pth", "whole.pth")
    for name, data, reason in (
        ("keras.h5", b"\x89HDF\r\n\x1a\n" + bytes(100), "it is HDF5, as Keras writes it"),
        ("page.pth", b"\n <!doctype html><html>404</html>", "it looks like a web page"),
        ("packed.pth", gzip.compress(buffer.getvalue()), "compressed by gzip: unpack it"),
        ("empty.pth", b"", "is empty"),
        ("cut.pth", buffer.getvalue()[:700], "is damaged"),
        ("noise.pth", b"anything at all", "is in none of the formats that are known"),
    ):
        (tmp_path / name).write_bytes(data)
        message = refused(tmp_path / name, "torch", reason)
        assert "run code" not in message  # no advice that would lead nowhere
    refused(tmp_path / "packed.tar", "torch", "it is an archive (tar): unpack it")


@pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning")
def test_torchscript_in_place_of_weights_is_called_what_it_is(tmp_path: Path) -> None:
    saved = torch.jit.script(torch.nn.Conv2d(3, 4, 3))
    torch.jit.save(saved, str(tmp_path / "net.pt"))
    refused(tmp_path / "net.pt", "torch", f"give it as the model, with --model {tmp_path / 'net.pt'}")
