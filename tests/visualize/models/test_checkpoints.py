"""Checkpoints in the shapes that training programs leave, written by torch itself, give the weights they hold."""

from __future__ import annotations

import copy
import functools
import hashlib
import warnings
from typing import TYPE_CHECKING, Any

import pytest
import torch
from torch import nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from tests.kit.refusal import refusal
from tests.visualize.models.networks import same
from visualize.methods.errors import InputError, InputWarning
from visualize.models import load

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from torch import Tensor

State = dict[str, "Tensor"]

FILE = """
import torch
from torch import nn

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.backbone = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.ReLU())
        self.fc = nn.Linear(4, 5)
        self.drop = nn.Identity()
    def forward(self, x):
        return self.fc(self.drop(self.backbone(x).mean((2, 3))))
"""


@pytest.fixture
def model(tmp_path: Path) -> str:
    (tmp_path / "net.py").write_text(FILE)
    return f"{tmp_path / 'net.py'}:Net"


def _state(seed: int) -> State:
    """Weights of the network of :data:`FILE`, each a number that tells where it is from."""
    torch.manual_seed(seed)
    network = nn.Module()
    network.backbone = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.ReLU())
    network.fc = nn.Linear(4, 5)
    return dict(network.state_dict())


ONE, TWO = _state(1), _state(2)


def _under(prefix: str, state: State) -> State:
    return {f"{prefix}{name}": value for name, value in state.items()}


def _averaged(state: State) -> dict[str, Any]:
    network = nn.Module()
    network.backbone = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.ReLU())
    network.fc = nn.Linear(4, 5)
    network.load_state_dict(state)
    average = get_ema_multi_avg_fn(0.9)  # type: ignore[no-untyped-call]
    return dict(AveragedModel(network, multi_avg_fn=average).state_dict())


OPTIMIZER = torch.optim.SGD([nn.Parameter(torch.zeros(3))], momentum=0.9).state_dict()
ALONE: dict[str, Callable[[], object]] = {
    **{
        f"under {key}": functools.partial(dict, [(key, ONE), ("epoch", 3), ("optimizer", OPTIMIZER)])
        for key in (
            "state_dict", "model", "model_state", "model_state_dict", "ema", "params_ema", "params", "encoder",
            "student", "teacher", "net", "weights", "model_ema", "state_dict_ema", "module", "anything", "ema_model",
        )
    },
    "averaged": lambda: _averaged(ONE),
    "averaged, under a key": lambda: {"ema": _averaged(ONE), "epoch": 1},
    "shadow within ema": lambda: {"ema": {"shadow": ONE, "decay": 0.99}},
    "three deep": lambda: {"a": {"b": {"state_dict": ONE}}},
    "lightning": lambda: {
        "state_dict": _under("model.", ONE), "hyper_parameters": {"lr": 0.1}, "callbacks": {}, "epoch": 1,
        "optimizer_states": [OPTIMIZER],
    },
    "lightning net": lambda: {"state_dict": _under("net.", ONE), "pytorch-lightning_version": "2.0"},
    "data parallel": lambda: _under("module.", ONE),
    "compiled": lambda: _under("_orig_mod.", ONE),
    "compiled data parallel": lambda: {"model": _under("module._orig_mod.", ONE)},
    "lightning compiled": lambda: {"state_dict": _under("model._orig_mod.", ONE)},
    "forward module": lambda: {"state_dict": _under("_forward_module.model.", ONE)},
    "wrapped in the middle": lambda: {name.replace("backbone.", "backbone.module."): v for name, v in ONE.items()},
    "compiled in the middle": lambda: {name.replace("backbone.", "backbone._orig_mod."): v for name, v in ONE.items()},
    "fsdp": lambda: {name.replace("backbone.", "_fsdp_wrapped_module.backbone."): v for name, v in ONE.items()},
    "numpy": lambda: {name: value.numpy() for name, value in ONE.items()},
    "numpy under a key": lambda: {"model": {name: value.numpy() for name, value in ONE.items()}, "epoch": 1},
    "parts side by side": lambda: {
        part: {name.removeprefix(f"{part}."): value for name, value in ONE.items() if name.startswith(part)}
        for part in ("backbone", "fc")
    },
    "parameters": lambda: {"model": {name: nn.Parameter(value, requires_grad=False) for name, value in ONE.items()}},
    "a count among them": lambda: {**ONE, "epoch": 3},
}  # fmt: skip


@pytest.mark.parametrize("shape", ALONE)
def test_the_only_weights_of_a_checkpoint_are_taken_and_nothing_is_said(tmp_path: Path, model: str, shape: str) -> None:
    torch.save(ALONE[shape](), tmp_path / "net.pth")
    with warnings.catch_warnings():
        warnings.simplefilter("error", InputWarning)
        assert same(load(model, weights=tmp_path / "net.pth").network, ONE)


SEVERAL: dict[str, tuple[Callable[[], object], str, str]] = {
    "model and ema": (lambda: {"model": ONE, "model_ema": TWO}, "model", "model_ema"),
    "ema first": (lambda: {"model_ema": TWO, "model": ONE}, "model", "model_ema"),
    "params": (lambda: {"params_ema": TWO, "params": ONE}, "params", "params_ema"),
    "student and teacher": (lambda: {"student": TWO, "teacher": ONE}, "teacher", "student"),
    "state dicts": (lambda: {"state_dict": ONE, "state_dict_ema": TWO}, "state_dict", "state_dict_ema"),
    "averaged": (lambda: {"model": ONE, "ema": _averaged(TWO)}, "model", "ema"),
    "nested": (lambda: {"model": ONE, "ema": {"shadow": TWO}}, "model", "ema.shadow"),
    "both nested": (lambda: {"x": {"net": ONE, "ema": TWO}}, "x.net", "x.ema"),
    "dots in a key": (lambda: {"model": ONE, "v1.5": TWO}, "model", "v1.5"),
}


@pytest.mark.parametrize("shape", SEVERAL)
def test_of_several_the_one_that_was_taken_is_said_and_the_other_can_be_had(
    tmp_path: Path, model: str, shape: str
) -> None:
    make, first, second = SEVERAL[shape]
    file = tmp_path / "net.pth"
    torch.save(make(), file)
    with pytest.warns(InputWarning, match=f"under {first} of .*: --weights {file}:{second} takes those"):
        probe = load(model, weights=file)
    assert same(probe.network, ONE)
    other = load(model, weights=f"{file}:{second}")
    assert same(other.network, TWO)
    assert other.identity.weights_sha256 != probe.identity.weights_sha256
    assert probe.identity.weights_sha256 == hashlib.sha256(file.read_bytes()).hexdigest()


@pytest.mark.parametrize("name", ["C:net.pth", "a:b:c.pth", "net.pth:model", "odd name: x.pth"])
def test_colons_of_a_file_s_own_name_are_its_own(tmp_path: Path, model: str, name: str) -> None:
    torch.save({"model": ONE, "model_ema": TWO}, tmp_path / name)
    with pytest.warns(InputWarning, match="under model of"):
        assert same(load(model, weights=str(tmp_path / name)).network, ONE)
    assert same(load(model, weights=f"{tmp_path / name}:model_ema").network, TWO)


def test_names_that_begin_alike_are_a_key_too(tmp_path: Path, model: str) -> None:
    both = {**_under("student.", ONE), **_under("teacher.backbone.module.", TWO)}
    torch.save(both, tmp_path / "net.pth")
    assert same(load(model, weights=f"{tmp_path}/net.pth:student").network, ONE)
    assert same(load(model, weights=f"{tmp_path}/net.pth:teacher.backbone").network, TWO)
    with refusal(
        "does not fit", "it holds all under student and teacher.backbone.module: --weights", "net.pth:student"
    ):
        load(model, weights=tmp_path / "net.pth")


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"projector.0.weight": torch.zeros(3)}, "1 weight of the 10 of .* were left out: projector.0.weight"),
        (_under("loss.", {str(n): torch.zeros(1) for n in range(20)}), r"20 weights of the 29 .*loss\.2 and 17 more"),
        ({"drop.weight": torch.zeros(3)}, "1 weight of the 10"),
    ],
)
@pytest.mark.parametrize("prefix", ["", "model."])
def test_what_has_no_place_is_left_out_and_counted(
    tmp_path: Path, model: str, more: State, said: str, prefix: str
) -> None:  # fmt: skip
    torch.save({"state_dict": {**_under(prefix, ONE), **more}}, tmp_path / "net.pth")
    with pytest.warns(InputWarning, match=said):
        assert same(load(model, weights=tmp_path / "net.pth").network, ONE)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda state: state.pop("fc.weight"), "missing: fc.weight"),
        (lambda state: [state.pop(name) for name in list(state) if "backbone.0" in name], "missing: backbone.0.weight"),
        (lambda state: state.update({"backbone.3.weight": torch.zeros(2)}), "unexpected: backbone.3.weight"),
        (lambda state: state.update({"fc.gain": torch.zeros(2)}), "unexpected: fc.gain"),
        (lambda state: state.update({"fc.weight": torch.zeros(9, 4)}), "another shape: fc.weight"),
    ],
)
def test_what_is_missing_or_of_another_network_is_refused(
    tmp_path: Path, model: str, change: Callable[[State], object], said: str
) -> None:
    state = copy.deepcopy(ONE)
    change(state)
    torch.save({"model": state}, tmp_path / "net.pth")
    with refusal("does not fit", said):
        load(model, weights=tmp_path / "net.pth")


def test_the_one_that_fits_is_taken_where_the_likeliest_does_not(tmp_path: Path, model: str) -> None:
    torch.save({"model": {"other": torch.zeros(2)}, "encoder": ONE}, tmp_path / "net.pth")
    assert same(load(model, weights=tmp_path / "net.pth").network, ONE)


@pytest.mark.parametrize(
    ("key", "said"),
    [
        (":nothing", "holds nothing under nothing; it holds model, model_ema"),
        (":model_em", "did you mean model_ema"),
        (":", "names no key behind the colon"),
        (":epoch", "holds no state dict under epoch"),
    ],
)
def test_a_key_that_is_not_there_is_one_line(tmp_path: Path, model: str, key: str, said: str) -> None:
    torch.save({"model": ONE, "model_ema": TWO, "epoch": 3}, tmp_path / "net.pth")
    with pytest.raises(InputError, match=said):
        load(model, weights=f"{tmp_path}/net.pth{key}")


def test_keys_of_other_formats_are_beginnings_of_names(tmp_path: Path, model: str) -> None:
    from safetensors.torch import save_file

    save_file({**_under("student.", ONE), **_under("teacher.", TWO)}, tmp_path / "net.safetensors")
    assert same(load(model, weights=f"{tmp_path}/net.safetensors:teacher").network, TWO)
