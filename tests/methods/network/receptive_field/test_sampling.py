"""Where pixels lie between samples, against numpy's interpolation between centres."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from visualize.methods.network.receptive_field.field import ReceptiveField
from visualize.methods.network.receptive_field.sampling import places

_sizes = st.tuples(st.integers(1, 40), st.integers(1, 40))


@given(_sizes, st.tuples(st.integers(1, 9), st.integers(1, 9)), _sizes, st.sampled_from([1.0, 2.0, 16.0]), _sizes)
def test_samples_lie_at_the_centres_of_their_fields(
    pixels: tuple[int, int], samples: tuple[int, int], inputs: tuple[int, int], stride: float, first: tuple[int, int]
) -> None:
    field = ReceptiveField((5, 5), (stride, 3.0), (first[0] - 20.5, first[1] - 20.0))
    for axis, given_ in enumerate(places(pixels, samples, inputs, field)):
        centres = field.offset[axis] + field.stride[axis] * np.arange(samples[axis])
        in_input = (np.arange(pixels[axis]) + 0.5) * inputs[axis] / pixels[axis] - 0.5
        wanted = np.interp(in_input, centres, np.arange(samples[axis]))
        np.testing.assert_allclose(given_.numpy(), wanted, rtol=1e-9, atol=1e-9)


@given(_sizes, st.tuples(st.integers(1, 9), st.integers(1, 9)), _sizes)
def test_without_a_local_field_samples_share_the_picture_evenly(
    pixels: tuple[int, int], samples: tuple[int, int], inputs: tuple[int, int]
) -> None:
    """The centre of pixel p of P lies at (p + 1/2) / P of the side, that of sample k of K at (k + 1/2) / K."""
    whole = ReceptiveField(inputs, (0.0, 0.0), (0.0, 0.0))
    for field in (None, whole):
        for axis, given_ in enumerate(places(pixels, samples, inputs, field)):
            shares = (np.arange(pixels[axis]) + 0.5) / pixels[axis]
            centres = (np.arange(samples[axis]) + 0.5) / samples[axis]
            wanted = np.interp(shares, centres, np.arange(samples[axis]))
            np.testing.assert_allclose(given_.numpy(), wanted, rtol=1e-9, atol=1e-9)


@given(_sizes, st.tuples(st.integers(1, 40), st.integers(1, 40)), _sizes, st.integers(1, 32), st.integers(-40, 40))
def test_places_are_rounded_once(
    pixels: tuple[int, int], samples: tuple[int, int], inputs: tuple[int, int], stride: int, halves: int
) -> None:
    """A pixel that lies exactly on a sample must not take a trace of its neighbours: thresholds are samples."""
    field = ReceptiveField((5, 5), (float(stride), float(stride)), (halves / 2, halves / 2))
    for axis, (anchored, plain) in enumerate(
        zip(places(pixels, samples, inputs, field), places(pixels, samples, inputs, None), strict=True)
    ):
        for pixel in range(pixels[axis]):
            share = Fraction(2 * pixel + 1, 2 * pixels[axis])
            centre = (share * inputs[axis] - Fraction(1, 2) - Fraction(halves, 2)) / stride
            last = samples[axis] - 1
            assert float(anchored[pixel]) == float(min(max(centre, Fraction(0)), Fraction(last)))
            even = share * samples[axis] - Fraction(1, 2)
            assert float(plain[pixel]) == float(min(max(even, Fraction(0)), Fraction(last)))
