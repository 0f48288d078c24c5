"""Equal values have equal digests, in another process too, and whatever computes something else has another."""

from __future__ import annotations

import functools
import io
import random
import subprocess
import sys
import threading
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
import torchvision
from torch import fx, nn

from tests.kit.checkout import ROOT
from visualize.store.value_digest import UnidentifiedError, digest_of

if TYPE_CHECKING:
    from collections.abc import Callable


def _made(source: str, **names: Any) -> Any:  # noqa: ANN401 (a function)
    space: dict[str, Any] = {"__name__": "__main__", **names}
    exec(source, space)
    return space["f"]


CODE = [
    "def f(x): return x + 1",
    "def f(x): return x + 2",
    "def f(x): return x - 1",
    "def f(x, y=1): return x + y",
    "def f(x, y=2): return x + y",
    "k = 1\ndef f(x): return x + k",
    "k = 2\ndef f(x): return x + k",
    "def g(x): return x + 1\ndef f(x): return g(x)",
    "def g(x): return x + 2\ndef f(x): return g(x)",
    "def h(k):\n    def g(x): return x + k\n    return g\nf = h(1)",
    "def h(k):\n    def g(x): return x + k\n    return g\nf = h(2)",
    "def f(x): return [y + 1 for y in x]",
    "def f(x): return [y + 2 for y in x]",
    "class C:\n    k = 1\n    def g(self, x): return x + self.k\ndef f(x): return C().g(x)",
    "class C:\n    k = 2\n    def g(self, x): return x + self.k\ndef f(x): return C().g(x)",
    "import functools\ndef g(x, k): return x + k\nf = functools.partial(g, k=1)",
    "import functools\ndef g(x, k): return x + k\nf = functools.partial(g, k=2)",
]


def test_functions_that_compute_something_else_are_told_apart() -> None:
    digests = [digest_of(_made(source)) for source in CODE]
    assert len(set(digests)) == len(CODE)
    assert digests == [digest_of(_made(f"\n\n# further down\n{source}")) for source in CODE]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (1, 1.0), (True, 1), ("1", 1), ((1, 2), [1, 2]), ([1, [2]], [[1], 2]), ({"a": 1}, {"a": 2}), (None, 0),
        (torch.zeros(2), torch.zeros(3)), (torch.zeros(2), torch.zeros(2, dtype=torch.float64)),
        (torch.zeros(2), torch.tensor([0.0, -0.0])), (np.zeros(2), np.zeros(2, np.float32)), ({1, 2}, {1, 3}),
        (torch.relu, torch.tanh), (nn.ReLU(), nn.SiLU()), (nn.Conv2d(3, 4, 3), nn.Conv2d(3, 4, 3, stride=2)),
        (nn.LeakyReLU(0.1), nn.LeakyReLU(0.2)), (torch.relu, torch.nn.functional.relu), (len, max),
    ],
)  # fmt: skip
def test_values_are_told_apart(one: object, other: object) -> None:
    assert digest_of(one) != digest_of(other)
    assert digest_of(one) == digest_of(one)


def test_sets_have_no_order_and_what_holds_itself_ends() -> None:
    assert digest_of({"a", "b", "c"}) == digest_of({"c", "a", "b"})
    ring: list[object] = [1]
    ring.append(ring)
    assert digest_of(ring) == digest_of(ring)


@pytest.mark.parametrize("make", [torch.Generator, iter, io.BytesIO, object, random.Random, threading.local])
def test_what_nothing_tells_apart_has_no_digest(make: Callable[..., object]) -> None:
    value = make([1]) if make is iter else make()
    with pytest.raises(UnidentifiedError, match="a "):
        digest_of([value])


def test_a_decorator_of_a_library_does_not_hide_what_it_decorates() -> None:
    decorated = [_made(f"@torch.no_grad()\ndef f(x): return x + {k}", torch=torch) for k in (1, 2)]
    cached = [_made(f"@cache\ndef f(x): return x + {k}", cache=functools.cache) for k in (1, 2)]
    assert len({digest_of(function) for function in (*decorated, *cached)}) == 4


def test_a_forward_that_was_put_in_the_place_of_a_library_s(monkeypatch: pytest.MonkeyPatch) -> None:
    before = digest_of(nn.ReLU())
    own = nn.ReLU()
    own.forward = _made("def f(x): return x + 1")  # type: ignore[method-assign]
    assert digest_of(own) != before
    monkeypatch.setattr(nn.ReLU, "forward", _made("def f(self, x): return x"))
    assert digest_of(nn.ReLU()) != before


def test_hooks_and_modes() -> None:
    network = nn.Sequential(nn.ReLU())
    before = digest_of(network)
    assert digest_of(network.train()) == digest_of(network.eval()) == before
    network[0].register_forward_hook(_made("def f(module, given, output): return output * 2"))
    assert digest_of(network) != before


def test_weights_that_are_told_apart_elsewhere_count_by_their_shape_alone() -> None:
    torch.manual_seed(0)
    one, other = nn.BatchNorm2d(3), nn.BatchNorm2d(3)
    other.weight.data.fill_(2)
    assert digest_of(one) != digest_of(other)
    assert digest_of(one, known=one.parameters()) == digest_of(other, known=other.parameters())


def test_a_traced_graph_counts_with_what_it_calls() -> None:
    def traced(call: Callable[[torch.Tensor], torch.Tensor]) -> fx.GraphModule:
        class Calling(nn.Module):
            def forward(self, values: torch.Tensor) -> torch.Tensor:
                return call(values)

        return fx.symbolic_trace(Calling())

    assert digest_of(traced(torch.relu)) == digest_of(traced(torch.relu)) != digest_of(traced(torch.tanh))


NETWORKS = """
import torchvision
from visualize.store.value_digest import digest_of
for name in {!r}:
    network = getattr(torchvision.models, name)(weights=None)
    print(digest_of(network, known=[*network.parameters(), *network.buffers()]))
"""


def test_networks_of_torchvision_have_the_same_digest_in_another_process() -> None:
    names = ["squeezenet1_1", "shufflenet_v2_x0_5"]
    ran = subprocess.run(
        [sys.executable, "-c", NETWORKS.format(names)], check=True, capture_output=True, text=True, cwd=ROOT
    )
    here = []
    for name in names:
        network = getattr(torchvision.models, name)(weights=None)
        here.append(digest_of(network, known=[*network.parameters(), *network.buffers()]))
    assert ran.stdout.split() == here
    assert len(set(here)) == len(names)
