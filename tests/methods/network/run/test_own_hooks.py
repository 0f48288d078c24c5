"""The user's hooks are left alone; those that are part of what a network computes run on the twin's own."""

from __future__ import annotations

import functools
import threading
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn.utils import prune

from tests.kit.networks import SIZE, seeded
from tests.kit.pictures import pictures
from tests.kit.unchanged import unchanged
from visualize.methods import GradientAscent, Preparation, Probe, Saliency, Stack, TopImages, Unit
from visualize.methods.errors import InputWarning
from visualize.methods.network.run.shared_copy import twin, weights_sha256

if TYPE_CHECKING:
    from collections.abc import Callable

Hooked = tuple[nn.Module, "Callable[[], object]"]


def plain() -> nn.Sequential:
    layers = nn.Sequential(nn.Conv2d(3, 6, 3), nn.ReLU(), nn.Conv2d(6, 5, 3), nn.BatchNorm2d(5), nn.ReLU())
    return seeded(layers).eval()


def look(network: nn.Module) -> list[Tensor]:
    """Look in several ways, and give what was seen."""
    probe = Probe(network, prepare=Preparation(SIZE))
    photographs = Stack([np.random.default_rng(seed).integers(0, 256, (*SIZE, 3), np.uint8) for seed in range(3)])
    unit = Unit("2", 1)
    (ascent,) = GradientAscent(steps=2)(probe, unit)
    (saliency,) = Saliency(count=2)(probe, unit, photographs)
    (top,) = TopImages(count=2)(probe, unit, photographs)
    strengths = [torch.tensor(result.activations) for result in (ascent, saliency, top)]  # type: ignore[attr-defined]
    return [probe.activations(pictures(2, SIZE), ["4"])["4"], saliency.attribution, *strengths]  # type: ignore[attr-defined]


class Extractor:
    """Keeps what it sees, activations with their graph among it, and cannot be copied."""

    def __init__(self, network: nn.Module) -> None:
        self.network, self.features, self.lock = network, list[Tensor](), threading.Lock()

    def keep(self, _module: nn.Module, _inputs: object, output: Tensor) -> None:
        self.features.append(output)

    def keep_named(self, name: str, _module: nn.Module, _inputs: object, output: Tensor) -> None:
        self.features.append(output)
        self.name = name

    def __call__(self, module: nn.Module, inputs: object, output: Tensor) -> None:
        self.keep(module, inputs, output)


def _lists(network: nn.Sequential) -> object:
    kept: list[object] = []
    network[0].register_forward_hook(lambda _module, _inputs, output: kept.append(output))
    network[2].register_forward_pre_hook(lambda _module, inputs: kept.append(inputs[0].shape))
    return lambda: len(kept)


def _keywords(network: nn.Sequential) -> object:
    counts: dict[str, int] = {}

    def count(_module: nn.Module, _inputs: object, _keywords: object, output: Tensor) -> None:
        counts["runs"] = counts.get("runs", 0) + len(output)

    network[1].register_forward_hook(count, with_kwargs=True, always_call=True)
    return lambda: dict(counts)


def _nonlocal(network: nn.Sequential) -> object:
    runs = 0

    def count(*_: object) -> None:
        nonlocal runs
        runs += 1

    network[1].register_forward_hook(count)
    return lambda: runs


def _methods(network: nn.Sequential) -> object:
    extractor = Extractor(network)
    network[2].register_forward_hook(extractor.keep)
    network[1].register_forward_hook(extractor)
    network[0].register_forward_hook(functools.partial(extractor.keep_named, "first"))
    network(pictures(1, SIZE))
    return lambda: len(extractor.features)


def _backward(network: nn.Sequential) -> object:
    gradients: list[object] = []
    network[2].register_full_backward_hook(lambda _module, given, _: gradients.append(given))
    network[1].register_full_backward_pre_hook(lambda _module, given: gradients.append(given))
    for weight in network.parameters():
        weight.register_hook(gradients.append)  # type: ignore[no-untyped-call]
        weight.register_post_accumulate_grad_hook(gradients.append)  # type: ignore[no-untyped-call]
    return lambda: len(gradients)


def _state_dictionaries(network: nn.Sequential) -> object:
    calls: list[object] = []
    network.register_state_dict_post_hook(lambda *_: calls.append(1))  # type: ignore[no-untyped-call]
    network[0].register_state_dict_pre_hook(lambda *_: calls.append(1))  # type: ignore[no-untyped-call]
    network[0].register_load_state_dict_post_hook(lambda *_: calls.append(1))  # type: ignore[no-untyped-call]
    return lambda: len(calls)


def _raising(network: nn.Sequential) -> object:
    def called(*_: object) -> None:
        raise AssertionError

    network[0].register_forward_hook(called)
    network[0].register_forward_pre_hook(called)
    return lambda: 0


def _looking_at_the_network(network: nn.Sequential) -> object:
    def called(*_: object) -> None:
        if not network.training:
            raise AssertionError

    network[0].register_forward_hook(called)
    return lambda: 0


WATCHING = [_lists, _keywords, _nonlocal, _methods, _backward, _state_dictionaries, _raising, _looking_at_the_network]


@pytest.mark.parametrize("watch", WATCHING)
def test_hooks_that_watch_are_neither_called_nor_copied_and_nothing_is_seen_of_them(watch: Any) -> None:  # noqa: ANN401
    wanted = look(plain())
    network = plain()
    held = watch(network)
    before = held()
    with unchanged(network), warnings.catch_warnings():
        warnings.simplefilter("error")
        seen = look(network)
    assert held() == before
    for given, right in zip(seen, wanted, strict=True):
        torch.testing.assert_close(given, right, rtol=0, atol=0)


def test_the_hash_of_a_network_is_the_same_with_hooks_on_its_state_dictionary() -> None:
    network = plain()
    wanted = weights_sha256(network)
    network.register_state_dict_post_hook(lambda _module, saved, *_: saved.clear())  # type: ignore[no-untyped-call]
    assert weights_sha256(network) == wanted


def _weight_norm() -> nn.Module:
    network = plain()
    network[0] = nn.utils.weight_norm(network[0])
    network[0](pictures(1, SIZE))  # leaves a weight with a graph behind
    return network


def _spectral_norm() -> nn.Module:
    network = plain()
    network[2] = nn.utils.spectral_norm(network[2])
    network.train()(pictures(2, SIZE))
    return network


def _parametrised() -> nn.Module:
    network = plain()
    nn.utils.parametrizations.weight_norm(network[0])
    nn.utils.parametrizations.spectral_norm(network[2])
    return network


def _pruned() -> nn.Module:
    network = plain()
    prune.l1_unstructured(network[0], "weight", 0.5)  # type: ignore[no-untyped-call]
    prune.random_unstructured(network[2], "bias", 0.5)  # type: ignore[no-untyped-call]
    network.zero_grad()
    network(pictures(1, SIZE)).sum().backward()
    return network


class EqualRate:
    """A weight that is scaled where it is used, as in networks that make pictures."""

    def __call__(self, module: nn.Module, _inputs: object) -> None:
        module.weight = self.scaled(module)

    def scaled(self, module: nn.Module) -> Tensor:
        return module.get_parameter("raw") * 0.5


def _equal_rate() -> nn.Module:
    network = plain()
    weight = network.get_parameter("0.weight")
    del network[0]._parameters["weight"]
    network[0].register_parameter("raw", weight)
    network[0].register_forward_pre_hook(EqualRate())
    return network


def _steered() -> nn.Module:
    network = plain()
    direction = torch.linspace(-1, 1, 6)[:, None, None]
    network[0].register_forward_hook(lambda _module, _inputs, output: output + 2 * direction)
    network[2].register_forward_pre_hook(lambda _module, inputs: (inputs[0] * 0.5,))
    return network


def _ablated() -> nn.Module:
    def ablate(_module: nn.Module, _inputs: object, output: Tensor) -> None:
        output[:, 2:4] = 0

    network = plain()
    network[0].register_forward_hook(ablate)
    return network


class Gatherer(nn.Module):
    """Wraps a network, and gives what hooks have gathered in it: a method's and closures'."""

    def __init__(self) -> None:
        super().__init__()
        self.inner, self.features, self.last = plain(), dict[str, Tensor](), list[Tensor]()
        self.inner[0].register_forward_hook(self.gather)
        features = self.features

        def gather(_module: nn.Module, _inputs: object, output: Tensor) -> None:
            features["deep"] = output

        self.inner[3].register_forward_hook(gather)
        self.inner[4].register_forward_hook(lambda _module, _inputs, output: self.last.append(output))

    def gather(self, _module: nn.Module, _inputs: object, output: Tensor) -> None:
        self.features["first"] = output

    def forward(self, x: Tensor) -> Tensor:
        self.last.clear()
        self.inner(x)
        return torch.cat([self.features["first"][:, :, 1:-1, 1:-1], self.features["deep"], *self.last], 1)[:, :, 2:]


class Hook:
    """Keeps an output for another module, as the decoders of fastai read their encoder's."""

    def __init__(self, module: nn.Module) -> None:
        module.register_forward_hook(self.keep)

    def keep(self, _module: nn.Module, _inputs: object, output: Tensor) -> None:
        self.stored = output


class Decoder(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.encoder = plain()
        self.skip = Hook(self.encoder[0])

    def forward(self, x: Tensor) -> Tensor:
        output: Tensor = self.encoder(x)
        return output.sum(1, keepdim=True) + self.skip.stored[:, :, 2:, 2:]


COMPUTING = [_weight_norm, _spectral_norm, _parametrised, _pruned, _equal_rate, _steered, _ablated, Gatherer, Decoder]


@pytest.mark.parametrize("make", COMPUTING)
def test_hooks_that_are_part_of_what_a_network_computes_run_in_its_twin(make: Callable[[], nn.Module]) -> None:
    network = make()
    inputs = pictures(2, SIZE, seed=3)
    copied = twin(network)
    with torch.no_grad():
        earlier = network.eval()(pictures(2, SIZE))
        with unchanged(network):
            seen = copied(inputs)
        torch.testing.assert_close(network(pictures(2, SIZE)), earlier, rtol=0, atol=0)
        torch.testing.assert_close(seen, network(inputs), rtol=0, atol=0)
    assert not seen.requires_grad


@pytest.mark.parametrize("make", COMPUTING)
def test_a_probe_sees_what_those_hooks_compute(make: Callable[[], nn.Module]) -> None:
    network = make().eval()
    probe = Probe(network, prepare=Preparation(SIZE))
    layer = [name for name in probe.layers if name.endswith("4")][-1]
    kept: list[Tensor] = []
    with network.get_submodule(layer).register_forward_hook(lambda _module, _inputs, output: kept.append(output)):
        network(pictures(2, SIZE))
    torch.testing.assert_close(probe.activations(pictures(2, SIZE), [layer])[layer], kept[0].detach())


def _steered_by_settings(network: nn.Sequential) -> list[object]:
    settings, calls = {"strength": 2.0}, list[object]()

    def steer(_module: nn.Module, _inputs: object, output: Tensor) -> Tensor:
        calls.append(1)
        return output * settings["strength"]

    network[0].register_forward_hook(steer)
    return calls


def _guided(network: nn.Sequential) -> list[object]:
    def guide(_module: nn.Module, given: tuple[Tensor, ...], _: object) -> tuple[Tensor]:
        return (given[0].clamp(min=0),)

    network[1].register_full_backward_hook(guide)
    return []


@pytest.mark.parametrize("change", [_steered_by_settings, _guided])
def test_a_hook_of_the_users_that_may_change_what_is_computed_is_left_out_and_told(
    change: Callable[[nn.Sequential], list[object]],
) -> None:
    network = plain()
    calls = change(network)
    with pytest.warns(InputWarning, match="hooks of yours may change what the network computes") as told:
        seen = twin(network)(pictures(1, SIZE))
    assert change.__name__ in str(told[0].message)
    assert not calls
    torch.testing.assert_close(seen, plain()(pictures(1, SIZE)).detach(), rtol=0, atol=0)


def test_a_hook_that_comes_after_the_first_look_counts() -> None:
    network = plain()
    probe = Probe(network, prepare=Preparation(SIZE))
    before = probe.activations(pictures(1, SIZE), ["4"])["4"]
    with network[3].register_forward_hook(lambda _module, _inputs, output: output * 0):
        assert not probe.activations(pictures(1, SIZE), ["4"])["4"].any()
    torch.testing.assert_close(probe.activations(pictures(1, SIZE), ["4"])["4"], before, rtol=0, atol=0)
