"""One product over the channels, against torch's einsum."""

from __future__ import annotations

import pytest
import torch

from tests.kit.pictures import pictures
from visualize.methods.network.affine import affine


@pytest.mark.parametrize("channels", [1, 3])
def test_the_product_and_its_gradient_are_those_of_the_formula(channels: int) -> None:
    generator = torch.Generator().manual_seed(0)
    matrix = torch.randn(channels, 3, dtype=torch.float64, generator=generator)
    offset = torch.randn(channels, 1, dtype=torch.float64, generator=generator)
    shown = pictures(2, (4, 5), dtype=torch.float64).requires_grad_()
    rows = tuple(tuple(row) for row in matrix.tolist()), tuple(tuple(row) for row in offset.tolist())
    result = affine(shown, *rows)
    wanted = torch.einsum("ck,nkhw->nchw", matrix, shown) + offset[:, :, None]
    torch.testing.assert_close(result, wanted, rtol=1e-12, atol=1e-12)
    behind = torch.randn(result.shape, dtype=torch.float64, generator=generator)
    for signal in (behind, behind.to(memory_format=torch.channels_last)):
        (gradient,) = torch.autograd.grad(result, shown, signal, retain_graph=True)
        torch.testing.assert_close(gradient, torch.einsum("ck,nchw->nkhw", matrix, behind), rtol=1e-12, atol=1e-12)


def test_constants_made_in_inference_mode_serve_gradients_later() -> None:
    rows = ((2.0, 0.0, 0.0),), ((0.25,),)
    with torch.inference_mode():
        affine(pictures(1, (2, 2)), *rows)
    shown = pictures(1, (2, 2)).requires_grad_()
    affine(shown, *rows).sum().backward()  # type: ignore[no-untyped-call]
    assert shown.grad is not None
    assert torch.equal(shown.grad[:, 0], torch.full((1, 2, 2), 2.0))
