"""Results of every method on peculiar networks are those of networks that are written as they should be."""

from __future__ import annotations

import dataclasses
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from tests.kit.networks import SIZE, seeded
from tests.kit.peculiar import CHANCES, NEIGHBOURS, REMEMBERING, WRITERS, Trunk, trunk
from tests.kit.pictures import arrays
from visualize.methods import (
    Deconvolution,
    DeepDream,
    GradientAscent,
    GuidedBackpropagation,
    InputError,
    Inversion,
    Probe,
    Saliency,
    Sanity,
    Stack,
    TopImages,
    Unit,
)
from visualize.methods.errors import NetworkWarning
from visualize.methods.network.preprocessing import Preparation

if TYPE_CHECKING:
    from torch import nn

    from visualize.methods.method import Method
    from visualize.methods.result import Result

METHODS: dict[str, Method] = {
    "gradient": Saliency(count=2),
    "gradient x input": Saliency(count=2, kind="input"),
    "SmoothGrad": Saliency(count=2, kind="smoothgrad", samples=3),
    "integrated gradients": Saliency(count=2, kind="integrated"),
    "integrated in steps": Saliency(count=2, kind="integrated", steps=6),
    "deconvolution": Deconvolution(count=2),
    "guided": GuidedBackpropagation(count=2),
    "ascent": GradientAscent(steps=3),
    "inversion": Inversion(count=1, steps=3),
    "dream": DeepDream(count=1, steps=2, octaves=2),
    "top images": TopImages(count=4, batch=3),
    "sanity": Sanity(count=1, cascade=2, levels=2, steps=4),
}
PICTURES = Stack(arrays(7, SIZE))


def _looked(network: nn.Module, method: Method) -> Result:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NetworkWarning)
        (result,) = method(Probe(network, prepare=Preparation(SIZE)), Unit("second", 1), PICTURES)
    return result


def _alike(first: Result, second: Result) -> None:
    given, wanted = first.arrays(), second.arrays()
    assert given.keys() == wanted.keys()
    for name, values in wanted.items():
        np.testing.assert_allclose(given[name], values, rtol=1e-4, atol=1e-5, err_msg=name)


@pytest.mark.parametrize(
    ("writer", "method"),
    [
        *(("augmented", name) for name in METHODS),
        ("relu in place", "SmoothGrad"),
        ("relu in place", "ascent"),
        ("out", "integrated gradients"),
        ("out", "deconvolution"),
        ("out", "ascent"),
        ("out", "top images"),
        ("needed before", "gradient"),
        ("needed before", "guided"),
        ("needed before", "inversion"),
    ],
)  # fmt: skip
def test_a_network_that_writes_into_its_input_is_looked_at_as_one_that_does_not(writer: str, method: str) -> None:
    wrong, right = (trunk(before=before) for before in WRITERS[writer])
    looked = _looked(wrong, METHODS[method])
    _alike(looked, _looked(right, METHODS[method]))
    assert not any("network" in note for note in looked.notes)


class _WritingBetween(Trunk):
    """Writes over what the gradient of its own sigmoid needs, so that it could not be trained."""

    def __init__(self) -> None:
        super().__init__(between=lambda x: x.sigmoid().mul_(2))


@pytest.mark.parametrize("method", ["gradient", "deconvolution", "ascent", "dream"])
def test_a_network_that_writes_over_what_its_gradient_needs_is_told(method: str) -> None:
    with pytest.raises(InputError, match="write that operation out of place"):
        _looked(seeded(_WritingBetween()).eval(), METHODS[method])


def test_a_network_without_a_gradient_has_top_images() -> None:
    looked = _looked(seeded(_WritingBetween()).eval(), METHODS["top images"])
    _alike(looked, _looked(trunk(between=lambda x: 2 * x.sigmoid()), METHODS["top images"]))


@pytest.mark.parametrize(
    ("name", "method"),
    [
        ("noise", "integrated in steps"), ("noise", "sanity"), ("noise", "top images"), ("python", "SmoothGrad"),
        ("list", "integrated in steps"), ("list", "ascent"), ("buffer", "top images"), ("own generator", "gradient"),
    ],
)  # fmt: skip
def test_two_runs_agree_and_the_reader_is_told(name: str, method: str) -> None:
    network = trunk(between=CHANCES[name]) if name in CHANCES else seeded(REMEMBERING[name]()).eval()
    first, second = (_looked(network, METHODS[method]) for _ in range(2))
    _alike(first, second)
    assert first.notes == second.notes
    assert first.notes[0].startswith("the network ")


@pytest.mark.parametrize("method", ["gradient", "integrated gradients", "top images"])
def test_batches_of_any_length_give_the_same(method: str) -> None:
    network = trunk(between=NEIGHBOURS["batch statistics"])
    kinds: list[Any] = [METHODS[method]] * 2
    single, several = (
        _looked(network, dataclasses.replace(kind, batch=batch)) for kind, batch in zip(kinds, (1, 5), strict=True)
    )
    _alike(single, several)
    assert several.notes[0].startswith("a picture's activations depend on the others in its batch")
