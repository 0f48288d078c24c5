"""Networks of one's own, from Python and from a file, against plain torch."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import torch
from torch import nn
from torchvision.transforms.v2 import functional

from visualize.methods.errors import InputError
from visualize.methods.network.preprocessing import Preparation
from visualize.methods.network.probe import Probe
from visualize.models import load

if TYPE_CHECKING:
    from pathlib import Path

SOURCE = """
import torch
from torch import nn
from visualize.methods import Preparation, Probe

def network():
    torch.manual_seed(3)
    return nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 2))

def pair():
    return network(), Preparation((20, 24))

def probe():
    return Probe(network(), prepare=Preparation((20, 24)), aliases={"first": "0"}, classes=("cat", "dog"))

def nonsense():
    return network(), (20, 24)
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "own.py"
    path.write_text(SOURCE)
    return path


@pytest.mark.parametrize("function", ["network", "pair", "probe"])
def test_what_is_stated_goes_before_what_a_function_returns(file: Path, function: str) -> None:
    probe = load(f"{file}:{function}", size=16, mean=0.5, std="0.2,0.3,0.4", order="bgr", classes=["a", "b"])
    pictures = torch.rand(2, 3, 16, 16, generator=torch.Generator().manual_seed(0))
    inputs = functional.normalize(pictures.flip(1), [0.5] * 3, [0.2, 0.3, 0.4])
    wanted = probe.network.eval()(inputs)
    torch.testing.assert_close(probe.activations(pictures, ["logits"])["logits"].flatten(1), wanted)
    assert (probe.layer("0").map_size, probe.classes) == ((14, 14), ("a", "b"))
    assert probe.identity.name == f"{file}:{function}"


def test_a_probe_keeps_what_is_not_stated(file: Path) -> None:
    probe = load(f"{file}:probe", size="20x30")
    assert (probe.classes, probe.layer("first").map_size) == (("cat", "dog"), (18, 28))


def test_modules_pairs_and_probes_from_python() -> None:
    network = nn.Sequential(nn.Conv2d(3, 4, 3))
    assert load(network).prepare.size == (224, 224)
    assert load((network, Preparation((9, 9)))).layer("0").map_size == (7, 7)
    probe = Probe(network, prepare=Preparation((9, 9)))
    assert load(probe) is probe
    changed = load(probe, size=11)
    assert (changed.network, changed.layer("0").map_size, probe.prepare.size) == (network, (9, 9), (9, 9))
    module = nn.Sequential(nn.Conv2d(3, 4, 3))
    module.preparation = Preparation((5, 5))  # type: ignore[assignment] # an attribute of the user's
    assert load(module).prepare.size == (5, 5)


@pytest.mark.parametrize(
    ("given", "stated", "message"),
    [
        (nn.Identity, {}, "call it first"), (5, {}, "a int is no model"), ((1, 2), {}, "a tuple of int, int"),
        (nn.LazyConv2d(3, 3), {}, "gets its shape at the first run"),
        (nn.Conv2d(3, 4, 3), {"device": "abacus"}, "no device 'abacus'"),
        (nn.Conv2d(3, 4, 3), {"weights": "a.pth"}, "a network that is passed has its weights"),
        (nn.Conv2d(3, 4, 3, device="meta"), {"device": "cpu"}, "lies on meta, and cpu is asked for"),
        (nn.Conv2d(3, 4, 3), {"size": 9, "classes": ["a"]}, "1 names of classes, and the network has 4 outputs"),
    ],
)  # fmt: skip
def test_what_is_not_accepted_is_one_sentence(given: object, stated: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message) as fault:
        load(given, **stated)  # type: ignore[arg-type] # wrong ones
    assert "\n" not in str(fault.value)


@pytest.mark.parametrize(
    ("function", "stated", "message"),
    [
        ("nonsense", {}, "returned a tuple of Sequential, tuple"),
        ("probe", {"classes": ["a", "b", "c"]}, "3 names of classes, and the network has 2 outputs"),
        ("probe", {"mean": "0.1,0.2"}, "the network takes 3"), ("probe", {"weights": "own.py"}, "returns a Probe"),
    ],
)  # fmt: skip
def test_what_contradicts_a_function_is_one_sentence(
    file: Path, monkeypatch: pytest.MonkeyPatch, function: str, stated: dict[str, object], message: str
) -> None:
    monkeypatch.chdir(file.parent)
    with pytest.raises(InputError, match=message) as fault:
        load(f"own.py:{function}", **stated)  # type: ignore[arg-type] # some are wrong
    assert "\n" not in str(fault.value)
