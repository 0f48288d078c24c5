"""The trunk as it is trained and as it is shipped: they compute the same, and see the same colours."""

from __future__ import annotations

import pytest
import torch
from supervisions.trunk import luma, plain, prepared, training_trunk, without_green_magenta
from torch import Tensor, nn

from visualize.models.architectures.scenes_alexnet import MEAN, STD, scenes_alexnet, scenes_trunk


def noise(count: int = 4, size: int = 64) -> Tensor:
    return torch.randint(0, 256, (count, 3, size, size), generator=torch.Generator().manual_seed(3), dtype=torch.uint8)


def as_input(colours: Tensor) -> Tensor:
    """RGB in 0..1 to the network's input, written out."""
    return (colours - torch.tensor(MEAN).view(3, 1, 1)) / torch.tensor(STD).view(3, 1, 1)


def after_a_while(colours: Tensor | None) -> nn.Sequential:
    """A trunk whose batch norms have seen something, and have weights of their own."""
    trunk = training_trunk(5, colours)
    generator = torch.Generator().manual_seed(1)
    for module in trunk.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.uniform_(module.weight, 0.5, 2, generator=generator)
            nn.init.normal_(module.bias, generator=generator)
    with torch.no_grad():
        trunk.train()(prepared(noise()))
    return trunk.eval()


@pytest.mark.parametrize("colours", [None, luma(), without_green_magenta()], ids=["all", "grey", "no green-magenta"])
@torch.no_grad()
def test_the_plain_trunk_computes_what_the_trained_one_does(colours: Tensor | None) -> None:
    trunk = after_a_while(colours)
    given = prepared(noise(2, 128))
    assert torch.allclose(plain(trunk)(given), trunk(given), atol=1e-4)


@torch.no_grad()
def test_a_grey_picture_stays_grey_and_what_is_seen_of_a_colour_is_its_luma() -> None:
    red, green, blue = torch.rand(3, 1, 8, 8, generator=torch.Generator().manual_seed(0))
    grey = (0.299 * red + 0.587 * green + 0.114 * blue).expand(3, 8, 8)
    mixed = torch.einsum("oi,ihw->ohw", luma(), as_input(torch.cat([red, green, blue])))
    assert torch.allclose(mixed, torch.einsum("oi,ihw->ohw", luma(), as_input(grey)), atol=1e-5)
    assert torch.allclose(mixed[0], mixed[2])


def test_the_projection_is_that_of_the_paper_and_hides_green_against_magenta() -> None:
    axis = torch.tensor([-1.0, 2.0, -1.0]).view(3, 1, 1)
    colours = torch.rand(3, 8, 8, generator=torch.Generator().manual_seed(0))
    paper = torch.eye(3) - axis.view(3, 1) @ axis.view(1, 3) / 6  # B = I - a'a / (aa'), footnote of section 3.1

    def seen(picture: Tensor) -> Tensor:
        return torch.einsum("oi,ihw->ohw", without_green_magenta(), as_input(picture))

    assert torch.allclose(seen(colours + 0.1 * axis), seen(colours), atol=1e-5)
    mean = torch.tensor(MEAN).view(3, 1, 1)
    projected = torch.einsum("oi,ihw->ohw", paper, colours - mean) / torch.tensor(STD).view(3, 1, 1)
    assert torch.allclose(seen(colours), projected, atol=1e-5)


@torch.no_grad()
def test_training_begins_at_the_weights_of_the_untrained_twin() -> None:
    twin, begun = scenes_alexnet(seed=4).state_dict(), training_trunk(4).state_dict()
    shared = [name for name in begun if name.startswith("conv")]
    assert len(shared) == 10
    assert all(torch.equal(begun[name], twin[name]) for name in shared)
    assert scenes_trunk(seed=4)(torch.zeros(1, 3, 128, 128)).shape == (1, 80, 7, 7)


def test_bytes_become_the_input_of_the_embedded_networks() -> None:
    picture = noise(1)
    assert torch.allclose(prepared(picture)[0], as_input(picture[0] / 255), atol=1e-5)
    assert torch.allclose(prepared(picture, 0.5)[0], as_input(picture[0] / 510), atol=1e-5)
