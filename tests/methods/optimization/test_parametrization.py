"""Pictures against the formulas in numpy's float64, and the statistics of their starting noise."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from visualize.methods.network.colours import Colours
from visualize.methods.optimization.parametrization import BY_NAME, FittedFourier, Fourier, Pixels, written

_SIZES = [(12, 16), (15, 9), (8, 8), (31, 32)]


# Olah, Mordvintsev and Schubert 2017: the square root of the covariance of ImageNet's colours
_ROOT = np.array([[0.26, 0.09, 0.02], [0.27, 0.00, -0.05], [0.27, -0.09, 0.03]])

_COLOURS = Colours((0.2, -0.1, 0.3), ((0.8, 0.4, -0.1), (0.7, 0.0, 0.2), (0.8, -0.4, -0.1)), 0.7)


def _generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize("decorrelate", [True, False])
@pytest.mark.parametrize("size", _SIZES)
def test_the_fourier_formula(size: tuple[int, int], *, decorrelate: bool) -> None:
    write = Fourier(decorrelate=decorrelate)
    numbers = write.start(2, size, _generator()).double() * 50
    rows, columns = np.fft.fftfreq(size[0]), np.abs(np.fft.rfftfreq(size[1]))
    frequency = np.maximum(np.sqrt(rows[:, None] ** 2 + columns[None] ** 2), 1 / max(size))
    spectrum = (numbers[..., 0].numpy() + 1j * numbers[..., 1].numpy()) * 0.25 / frequency
    values = np.fft.irfft2(spectrum, s=size, norm="ortho")
    if decorrelate:
        root = _ROOT / np.sqrt((_ROOT**2).sum(0)).max()
        values = np.einsum("cd,ndhw->nchw", root, values)
    # the picture's factors are held in float32
    np.testing.assert_allclose(write.pictures(numbers, size), 1 / (1 + np.exp(-values)), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("decorrelate", [True, False])
@pytest.mark.parametrize("size", _SIZES)
def test_the_gradient_of_the_spectrum_is_the_difference_quotient(size: tuple[int, int], *, decorrelate: bool) -> None:
    write = Fourier(decorrelate=decorrelate)
    numbers = (write.start(2, size, _generator()).double() * 50).requires_grad_()
    assert torch.autograd.gradcheck(lambda given: write.pictures(given, size), numbers, fast_mode=True)
    swapped = numbers.detach().transpose(2, 3).contiguous().transpose(2, 3).requires_grad_()
    assert torch.autograd.gradcheck(lambda given: write.pictures(given, size), swapped, fast_mode=True)


def test_pixels_are_a_sigmoid() -> None:
    numbers = torch.randn(2, 3, 4, 5, dtype=torch.float64, generator=_generator())
    np.testing.assert_allclose(Pixels().pictures(numbers, (4, 5)), 1 / (1 + np.exp(-numbers.numpy())), rtol=1e-12)


@given(st.sampled_from(sorted(BY_NAME)), st.floats(0, 30), st.integers(0, 99), st.sampled_from(_SIZES))
@settings(max_examples=40, deadline=None)
def test_pictures_have_the_size_and_lie_in_0_to_1(name: str, strength: float, seed: int, size: tuple[int, int]) -> None:
    write = BY_NAME[name]()
    numbers = write.start(2, size, _generator(seed)) * strength
    shown = write.pictures(numbers, size)
    assert shown.shape == (2, 3, *size)
    assert bool(((shown >= 0) & (shown <= 1)).all())


@pytest.mark.parametrize("name", BY_NAME)
def test_every_number_moves_its_own_picture_alone(name: str) -> None:
    write = BY_NAME[name]()
    numbers = write.start(3, (10, 12), _generator()).requires_grad_()
    (gradient,) = torch.autograd.grad(write.pictures(numbers, (10, 12))[1].square().sum(), numbers)
    assert gradient[1].abs().max() > 0
    assert gradient[[0, 2]].abs().max() == 0


def test_the_power_of_starting_noise_falls_as_one_over_the_frequency_squared() -> None:
    """Amplitudes fall as 1/f, as those of natural pictures do (Field 1987)."""
    size = (64, 64)
    write = Fourier(decorrelate=False)
    shown = write.pictures(write.start(40, size, _generator()), size).double().numpy()
    logits = np.log(shown / (1 - shown))
    power = (np.abs(np.fft.fft2(logits)) ** 2).mean((0, 1))
    radius = np.hypot(np.fft.fftfreq(64)[:, None], np.fft.fftfreq(64)[None])
    rings = [(low, power[(radius >= low) & (radius < low * 1.3)].mean()) for low in np.geomspace(2 / 64, 0.35, 8)]
    slope = np.polyfit(np.log([low for low, _ in rings]), np.log([mean for _, mean in rings]), 1)[0]
    assert slope == pytest.approx(-2, abs=0.15)


def test_the_colours_of_starting_noise_vary_together_as_published() -> None:
    size = (32, 32)
    write = Fourier()
    shown = write.pictures(write.start(200, size, _generator()), size).double()
    logits = torch.logit(shown).permute(1, 0, 2, 3).flatten(1)
    np.testing.assert_allclose(np.corrcoef(logits.numpy()), _correlation(_ROOT @ _ROOT.T), atol=0.02)


def _correlation(covariance: np.ndarray) -> np.ndarray:
    spread = np.sqrt(np.diag(covariance))
    correlation: np.ndarray = covariance / spread[:, None] / spread[None]
    return correlation


@pytest.mark.parametrize("name", BY_NAME)
def test_the_noise_is_the_seeds(name: str) -> None:
    first, same, other = (BY_NAME[name]().start(2, (8, 10), _generator(seed)) for seed in (3, 3, 4))
    assert torch.equal(first, same)
    assert not torch.equal(first, other)
    assert not torch.equal(first[0], first[1])


@pytest.mark.parametrize("strength", [1, 400])
@pytest.mark.parametrize("size", _SIZES)
def test_fitted_pictures_have_the_colours_and_no_more_than_the_contrast(size: tuple[int, int], strength: int) -> None:
    write = FittedFourier(_COLOURS)
    numbers = write.start(2, size, _generator()).double() * strength
    shown = write.pictures(numbers, size).numpy()
    plain = Fourier(decorrelate=False).pictures(numbers, size)
    field = torch.logit(plain).numpy()
    rms = np.sqrt((field**2).mean((1, 2, 3), keepdims=True))
    assert bool((rms > 0.7).all()) is (strength == 400)
    values = np.einsum("cd,ndhw->nchw", np.array(_COLOURS.root), field * np.minimum(1, 0.7 / rms))
    values += np.array(_COLOURS.mean)[:, None, None]
    np.testing.assert_allclose(shown, 1 / (1 + np.exp(-values)), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("strength", [1, 400])
def test_the_gradient_of_a_fitted_spectrum_is_the_difference_quotient(strength: int) -> None:
    write = FittedFourier(_COLOURS)
    numbers = (write.start(2, (8, 10), _generator()).double() * strength).requires_grad_()
    assert torch.autograd.gradcheck(lambda given: write.pictures(given, (8, 10)), numbers, fast_mode=True)


def test_only_a_spectrum_is_fitted_and_only_to_known_colours() -> None:
    assert isinstance(written("fourier", _COLOURS), FittedFourier)
    assert isinstance(written("fourier"), Fourier)
    assert isinstance(written("pixels", _COLOURS), Pixels)
