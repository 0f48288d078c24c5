"""Networks of the user's own: functions in files and packages, with every fault that one can make."""

from __future__ import annotations

import hashlib
import json
import sys
from typing import TYPE_CHECKING

import pytest
import torch
from safetensors.torch import save_file

from tests.kit.refusal import refusal
from tests.visualize.cli.kit import one_line, viz
from visualize.models import entry_of, load

if TYPE_CHECKING:
    from pathlib import Path


SMALL = """
import torch
from visualize.methods.network.preprocessing import Preparation
{extra}

def net():
    return torch.nn.Sequential(torch.nn.Conv2d(3, 4, 3), torch.nn.ReLU())

def prepared():
    return net(), Preparation(size=(32, 48), mean=(0.5, 0.5, 0.5))

def stated():
    network = net()
    network.preparation = Preparation(size=(40, 40))
    return network

def probed():
    from visualize.methods.network.probe import Probe
    return Probe(net(), aliases={{"first": "0"}})

def broken():
    return 1 / 0

def text():
    return "no network"

number = 7
"""


@pytest.fixture
def small(tmp_path: Path) -> Path:
    path = tmp_path / "mine.py"
    path.write_text(SMALL.format(extra=""))
    return path


def test_a_function_in_a_file_gives_a_network_with_or_without_its_preparation(small: Path, tmp_path: Path) -> None:
    probe = load(f"{small}:net")
    assert probe.identity.name == f"{small}:net"
    assert probe.prepare.mean == (0.485, 0.456, 0.406)
    assert probe.layer("0").units == 4
    assert load(f"{small}:prepared").prepare.size == (32, 48)
    assert load(f"{small}:stated").prepare.size == (40, 40)
    assert load(f"{small}:probed").layer("first").name == "0"
    assert load(f"{small}:net").identity == probe.identity

    state = {"0.weight": torch.full((4, 3, 3, 3), 0.5), "0.bias": torch.arange(4.0)}
    save_file(state, tmp_path / "mine.safetensors")
    torch.save({"state_dict": {f"module.{name}": value for name, value in state.items()}}, tmp_path / "mine.pt")
    for file in ("mine.safetensors", "mine.pt"):
        filled = load(f"{small}:net", weights=tmp_path / file)
        assert torch.equal(filled.network.state_dict()["0.bias"], torch.arange(4.0))
        assert filled.identity.weights_sha256 == hashlib.sha256((tmp_path / file).read_bytes()).hexdigest()


def test_a_function_in_a_package_gives_a_network(small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "pack_of_mine").mkdir()
    (tmp_path / "pack_of_mine" / "__init__.py").touch()
    (tmp_path / "pack_of_mine" / "nets.py").write_text(SMALL.format(extra=""))
    monkeypatch.chdir(tmp_path)
    path = list(sys.path)
    assert load("pack_of_mine.nets:net").layer("0").units == 4
    assert sys.path == path
    with refusal("no function 'ned'; did you mean net"):
        load("pack_of_mine.nets:ned")


def test_a_file_of_ones_own_may_import_its_neighbours(tmp_path: Path) -> None:
    (tmp_path / "neighbour_of_mine.py").write_text("WIDTH = 9\n")
    (tmp_path / "mine.py").write_text(
        SMALL.format(extra="import neighbour_of_mine").replace("(3, 4", "(3, neighbour_of_mine.WIDTH")
    )
    assert load(f"{tmp_path / 'mine.py'}:net").layer("0").units == 9


def test_faults_in_a_users_code_are_one_line_that_names_the_place(small: Path, tmp_path: Path) -> None:
    line = SMALL.format(extra="").splitlines().index("    return 1 / 0") + 1
    with refusal(f"failed: ZeroDivisionError: division by zero ({small}, line {line})"):
        load(f"{small}:broken")
    with refusal("returned a str"):
        load(f"{small}:text")
    with refusal("is a int"):
        load(f"{small}:number")
    with refusal("did you mean"):
        load(f"{small}:nett")
    with refusal("returns a Probe"):
        load(f"{small}:probed", weights=small)
    (tmp_path / "bad.py").write_text("def net(:\n")
    with refusal("bad.py is not valid Python"):
        load(f"{tmp_path / 'bad.py'}:net")
    (tmp_path / "worse.py").write_text("import no_such_module_anywhere\n")
    with refusal("No module named 'no_such_module_anywhere'"):
        load(f"{tmp_path / 'worse.py'}:net")


@pytest.mark.parametrize(
    ("wrong", "hint"),
    [
        ("no.such.module:function", "there is no module no.such.module"),
        ("nothing.py:net", "no file nothing.py"),
        ("random/some.module:function", "there is no module some.module"),
        ("random/gone.py:function", "no file gone.py"),
    ],
)
def test_a_module_or_file_that_is_not_there_is_named(wrong: str, hint: str) -> None:
    with refusal(hint):
        load(wrong)


FUNCTIONS = """
import sys
import torch
from torch import nn

print("the module speaks")

class Net(nn.Module):
    def __init__(self, width=4):
        super().__init__()
        self.conv = nn.Conv2d(3, width, 3)
        self.free = nn.Parameter(torch.arange(6.0))
    def forward(self, x):
        return self.conv(x) + self.free.sum()

def plain():
    print("the function speaks")
    return nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.ReLU())

def trained():
    net = Net()
    with torch.no_grad():
        net.conv.weight.fill_(7.0)
    return net

ready = plain()

def needs(width, *, depth):
    return Net(width)

def ends():
    sys.exit(3)

def lazy():
    return nn.Sequential(nn.LazyConv2d(4, 3))

def empty():
    with torch.device("meta"):
        return plain()

def quantised():
    from torch.ao.quantization import quantize_dynamic
    return quantize_dynamic(nn.Sequential(nn.AdaptiveAvgPool2d(2), nn.Flatten(), nn.Linear(12, 4)), {nn.Linear})

def no_parts():
    class Bare(nn.Module):
        def forward(self, x):
            return x.mean((2, 3))
    return Bare()

def scripted():
    return torch.jit.script(plain())

def inside():
    return nn.Sequential(nn.Conv2d(3, 4, 3), torch.jit.script(nn.Sequential(nn.ReLU(), nn.Conv2d(4, 5, 3))), nn.ReLU())

def probed():
    from visualize.methods import Probe
    return Probe(plain())
"""


@pytest.fixture
def functions(tmp_path: Path) -> str:
    (tmp_path / "mine.py").write_text(FUNCTIONS)
    return f"{tmp_path / 'mine.py'}"


def test_what_a_user_s_code_prints_is_no_result(functions: str) -> None:
    ran = viz("layers", f"{functions}:plain", "--json")
    assert [layer["layer"] for layer in json.loads(ran.out)] == ["0", "1", "2"]
    assert "the module speaks" in ran.err
    assert "the function speaks" in ran.err


@pytest.mark.parametrize(
    ("function", "reason"),
    [
        ("needs", "cannot be called without width, depth; expected a function without arguments"),
        ("ends", "ended Python (exit status 3) instead of returning what it is asked for"),
        ("lazy", "0.weight gets its shape at the first run"),
        ("empty", "0.weight of the network has a shape but no values"),
        ("no_parts", "(Bare) has no modules that give activations"),
        ("gone", "has no function 'gone'"),
    ],
)
def test_faults_of_a_user_s_function_are_one_clear_line(functions: str, function: str, reason: str) -> None:
    with refusal(reason):
        assert load(f"{functions}:{function}").layers


def test_a_python_file_without_a_function_names_those_it_has(functions: str) -> None:
    ran = viz("layers", functions)
    assert ran.status == 2
    assert f"say which of its functions gives the network: {functions}:Net, {functions}:plain" in one_line(ran.err)


def test_a_network_in_place_of_a_function_is_taken_as_it_is(functions: str) -> None:
    assert load(f"{functions}:ready").layer("0").units == 4
    assert load(f"{functions}:Net").layer("conv").units == 4  # a class is called like a function


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning")
def test_a_quantised_network_is_looked_into(functions: str) -> None:
    assert load(f"{functions}:quantised").layer("logits").units == 4


@pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning")
def test_torchscript_parts_of_a_user_s_network_are_taken_apart(functions: str) -> None:
    assert list(load(f"{functions}:scripted").layers) == ["0", "1", "2"]
    probe = load(f"{functions}:inside")
    assert list(probe.layers) == ["0", "1.0", "1.1", "1", "2"]
    pictures = torch.rand(2, 3, 20, 24, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        wanted = probe.network(probe.prepare(pictures))
    activations = probe.activations(pictures, ["1.1", "2"])
    torch.testing.assert_close(activations["2"], wanted)
    torch.testing.assert_close(activations["1.1"].relu(), wanted)


def test_any_network_has_an_untrained_twin(functions: str) -> None:
    """Same structure, other weights: those of its modules drawn by them, the rest in a random order."""
    trained = load(f"{functions}:trained").network.state_dict()
    first, again, other = (load(f"random/{functions}:trained{seed}").network.state_dict() for seed in ("", "#0", "#1"))
    assert trained["conv.weight"].unique().tolist() == [7.0]
    assert float(first["conv.weight"].abs().max()) <= 27**-0.5  # as torch draws it: uniform, up to 1 / sqrt(inputs)
    assert sorted(first["free"].tolist()) == trained["free"].tolist() != first["free"].tolist()
    assert all(torch.equal(first[name], again[name]) for name in first)
    assert not torch.equal(first["conv.weight"], other["conv.weight"])
    assert "its weights are random, drawn with seed 1" in entry_of(f"random/{functions}:trained#1").notes
    with refusal("for an untrained twin"):
        load(f"random/{functions}:probed")
