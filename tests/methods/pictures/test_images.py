from __future__ import annotations

import numpy as np
import pytest

from tests.kit.pictures import Listed, arrays
from visualize.methods.errors import InputError
from visualize.methods.network.preprocessing import Preparation
from visualize.methods.pictures.images import Images, Stack, Subset


def test_a_stack_is_a_probe_set_of_its_pictures() -> None:
    held = [*arrays(2, (12, 16)), *arrays(1, (12, 16), seed=1)]
    stack = Stack(held, name="noise")
    assert isinstance(stack, Images)
    assert [stack.file(index) for index in range(len(stack))] == ["noise/0", "noise/1", "noise/2"]
    for index, picture in enumerate(held):
        np.testing.assert_array_equal(stack.load(index, Preparation((12, 16))), picture)


@pytest.mark.parametrize("wrong", [np.zeros((4, 4), np.uint8), np.zeros((4, 4, 3)), np.zeros((4, 4, 4), np.uint8)])
def test_what_is_no_picture_is_refused(wrong: np.ndarray) -> None:
    with pytest.raises(InputError, match=r"picture 1 of pictures .* expected H x W x 3 of uint8"):
        Stack([*arrays(1, (4, 4)), wrong])


def test_a_subset_has_the_names_sizes_and_pixels_of_the_whole_set() -> None:
    held = [*arrays(2, (12, 16)), *arrays(1, (10, 8), seed=1)]
    some = Subset(Stack(held, name="noise"), (2, 0))
    assert isinstance(some, Images)
    assert (some.name, len(some)) == ("noise", 2)
    assert [(some.file(index), some.size(index)) for index in range(2)] == [("noise/2", (10, 8)), ("noise/0", (12, 16))]
    np.testing.assert_array_equal(some.load(1, Preparation((12, 16))), held[0])
    with pytest.raises(InputError, match="listed does not know its pictures' own sizes"):
        Subset(Listed(held), (0,)).size(0)
