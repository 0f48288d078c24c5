"""Pictures to optimise: what the numbers under the optimiser mean."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, Protocol

import torch
from torch import Tensor

if TYPE_CHECKING:
    from visualize.methods.network.colours import Colours

# How the colours of natural pictures vary together: the square root of the covariance of ImageNet's RGB values, as
# published with Olah, Mordvintsev and Schubert 2017, "Feature Visualization" (appendix, "Preconditioning and
# parameterization").
_COLOUR = ((0.26, 0.09, 0.02), (0.27, 0.00, -0.05), (0.27, -0.09, 0.03))


class Parametrisation(Protocol):
    """A way to write pictures as numbers that an optimiser may change freely."""

    def start(self, count: int, size: tuple[int, int], generator: torch.Generator) -> Tensor:
        """The numbers of ``count`` pictures of noise, drawn on the CPU; the first axis is the picture's."""

    def pictures(self, numbers: Tensor, size: tuple[int, int]) -> Tensor:
        """The pictures, count x 3 x H x W, RGB strictly inside 0..1, differentiable."""


class Pixels:
    """Every pixel by itself, through a sigmoid.

    Args:
        spread: the standard deviation of the starting noise, before the sigmoid.
    """

    def __init__(self, spread: float = 0.05) -> None:
        self._spread = spread

    def start(self, count: int, size: tuple[int, int], generator: torch.Generator) -> Tensor:
        """Independent normal noise, count x 3 x H x W."""
        return torch.randn(count, 3, *size, generator=generator) * self._spread

    def pictures(self, numbers: Tensor, size: tuple[int, int]) -> Tensor:  # noqa: ARG002 (the numbers have the size)
        """The sigmoid of the numbers: count x 3 x H x W, strictly inside 0..1."""
        return torch.sigmoid(numbers)


class Fourier:
    """A spectrum in decorrelated colours (Olah et al. 2017).

    The optimiser's steps are equally large in every frequency and in every independent colour direction:
    ``picture = sigmoid(C * irfft2(numbers / (4 * max(f, 1 / max(H, W)))))`` with ``f`` in cycles a pixel, the
    orthonormal transform, and ``C`` the scaled root of the natural colour covariance.

    Args:
        spread: the standard deviation of the starting noise of each coefficient.
        decorrelate: False leaves out ``C``.
    """

    def __init__(self, spread: float = 0.01, *, decorrelate: bool = True) -> None:
        self._spread = spread
        self._decorrelate = decorrelate

    def start(self, count: int, size: tuple[int, int], generator: torch.Generator) -> Tensor:
        """Independent normal coefficients, count x 3 x H x (W // 2 + 1) x 2 (real and imaginary parts)."""
        return torch.randn(count, 3, size[0], size[1] // 2 + 1, 2, generator=generator) * self._spread

    def pictures(self, numbers: Tensor, size: tuple[int, int]) -> Tensor:
        """The pictures that these coefficients stand for: count x 3 x H x W, strictly inside 0..1."""
        pictures: Tensor = _Spectrum.apply(numbers, self, size)
        return pictures

    def drawn(self, numbers: Tensor, size: tuple[int, int]) -> Tensor:
        """:meth:`pictures` without a graph: cheaper for who brings the gradient back by :meth:`gradient`.

        Args:
            numbers: N x 3 x H x (W // 2 + 1) x 2, real and imaginary parts.
            size: (H, W).

        Returns:
            N x 3 x H x W, strictly inside 0..1.
        """
        with torch.no_grad():
            scaled = numbers * _weights(size, numbers.dtype, numbers.device)[0]
            values = torch.fft.irfft2(torch.view_as_complex(scaled), s=size, norm="ortho")
            if self._decorrelate:
                values = torch.matmul(_colours(numbers.dtype, numbers.device), values.flatten(2)).view_as(values)
            pictures: Tensor = values.sigmoid_()
        return pictures

    def gradient(self, gradient: Tensor, pictures: Tensor) -> Tensor:
        """From a gradient with respect to pictures to that with respect to their coefficients: the chain rule by hand.

        Args:
            gradient: N x 3 x H x W; left as it is.
            pictures: N x 3 x H x W, as they were drawn.

        Returns:
            N x 3 x H x (W // 2 + 1) x 2.
        """
        with torch.no_grad():
            values = torch.ops.aten.sigmoid_backward(gradient, pictures)
            if self._decorrelate:
                colours = _colours(values.dtype, values.device)
                values = torch.matmul(colours.T, values.flatten(2)).view_as(pictures)
            spectrum = torch.view_as_real(torch.fft.rfft2(values, norm="ortho"))
            size = (pictures.shape[2], pictures.shape[3])
            return spectrum.mul_(_weights(size, values.dtype, values.device)[1])


class FittedFourier:
    """A spectrum in the colours, and in no more than the contrast, of the pictures that a network knows.

    ``picture = sigmoid(mean + root @ (z * min(1, contrast / rms(z))))`` with ``z`` the field of :class:`Fourier`,
    ``irfft2(numbers / (4 * max(f, 1 / max(H, W))))``. Ascent makes what excites a unit larger for as long as it is
    allowed to: without a bound, pictures end in the corners of the cube of colours, where the network has never been.

    Args:
        colours: of the pictures that the network knows.
        spread: the standard deviation of the starting noise of each coefficient.
    """

    def __init__(self, colours: Colours, spread: float = 0.01) -> None:
        self._colours = colours
        self._plain = Fourier(spread)

    def start(self, count: int, size: tuple[int, int], generator: torch.Generator) -> Tensor:
        """The numbers that :class:`Fourier` starts with."""
        return self._plain.start(count, size, generator)

    def pictures(self, numbers: Tensor, size: tuple[int, int]) -> Tensor:
        """The pictures that these coefficients stand for: count x 3 x H x W, strictly inside 0..1."""
        scaled = numbers * _weights(size, numbers.dtype, numbers.device)[0]
        field = torch.fft.irfft2(torch.view_as_complex(scaled), s=size, norm="ortho").flatten(2)
        square = field.square().mean((1, 2), keepdim=True)
        bound = self._colours.contrast**2
        field = field * torch.rsqrt((square / bound).clamp(min=1))
        mean, root = _fitted(self._colours, field.dtype, field.device)
        return torch.sigmoid(mean[:, None] + root @ field).view(len(numbers), 3, *size)


class _Spectrum(torch.autograd.Function):
    """The pictures of :class:`Fourier`, with a gradient that keeps nothing but them: a step would show every copy."""

    @staticmethod
    def forward(ctx: Any, numbers: Tensor, write: Fourier, size: tuple[int, int]) -> Tensor:  # noqa: ANN401 (torch's own)
        pictures = write.drawn(numbers, size)
        ctx.save_for_backward(pictures)
        ctx.write = write
        return pictures

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None, None]:  # noqa: ANN401 (torch's own context)
        (pictures,) = ctx.saved_tensors
        return ctx.write.gradient(gradients[0], pictures), None, None


@functools.lru_cache(maxsize=8)
def _weights(size: tuple[int, int], dtype: torch.dtype, device: torch.device) -> tuple[Tensor, Tensor]:
    """Factors of each frequency's coefficient, and those of its gradient; H x (W // 2 + 1) x 2.

    The first is a quarter of 1 / f, at most a quarter of max(H, W). In the second the frequencies that a real picture
    has twice, of which only one is written down, count twice. Both stand once for the real and once for the imaginary
    part: a product with one number for two takes more than twice the time.
    """
    rows = torch.fft.fftfreq(size[0])[:, None]
    columns = torch.fft.rfftfreq(size[1])[None, :]
    falloff = 0.25 / torch.hypot(rows, columns).clamp(min=1 / max(size))
    twice = torch.full((size[1] // 2 + 1,), 2.0)
    twice[0] = 1
    if size[1] % 2 == 0:
        twice[-1] = 1
    written, back = (factors[..., None].repeat(1, 1, 2).to(device, dtype) for factors in (falloff, falloff * twice))
    return written, back


@functools.cache
def _colours(dtype: torch.dtype, device: torch.device) -> Tensor:
    root = torch.tensor(_COLOUR)
    scaled: Tensor = root / torch.linalg.vector_norm(root, dim=0).max()
    return scaled.to(device, dtype)


@functools.lru_cache(maxsize=8)
def _fitted(colours: Colours, dtype: torch.dtype, device: torch.device) -> tuple[Tensor, Tensor]:
    """Mean and root of colours; copied to a device once, not in every step."""
    with torch.inference_mode(mode=False):  # they must serve gradients later
        mean, root = (torch.tensor(values, dtype=dtype, device=device) for values in (colours.mean, colours.root))
    return mean, root


BY_NAME = {"fourier": Fourier, "pixels": Pixels}


def written(name: str, colours: Colours | None = None) -> Parametrisation:
    """The parametrisation of that name, in the colours of the pictures that a network knows where these are known.

    Args:
        name: one of :data:`BY_NAME`; pixels have no colours to be fitted.
        colours: of the pictures that the network knows.
    """
    if name == "fourier" and colours is not None:
        return FittedFourier(colours)
    plain: Parametrisation = BY_NAME[name]()
    return plain
