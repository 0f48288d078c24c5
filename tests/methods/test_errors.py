"""Errors because of what the user gave: their words, and the suggestions that end them."""

from __future__ import annotations

import pytest

from visualize.methods.errors import BrokenImage, InputError, UnitError, suggest


def test_suggestions_ignore_case_and_come_only_when_close() -> None:
    assert suggest("Fire9", ["fire8", "fire9", "conv1"]).startswith("; did you mean fire9")
    assert suggest("zzz", ["fire8", "conv1"]) == ""


def test_suggestions_name_the_nearest_first_and_no_more_than_asked_for() -> None:
    known = ["conv1", "conv2", "conv3", "conv4", "conv5"]
    assert suggest("conv9", known, most=2).count("conv") == 2
    assert suggest("conv33", known).startswith("; did you mean conv3")


@pytest.mark.parametrize("fault", [UnitError("no unit"), BrokenImage("a.jpg", "it is empty")])
def test_every_error_of_a_users_is_caught_as_one_kind(fault: InputError) -> None:
    with pytest.raises(InputError, match=f"^{fault}$"):
        raise fault


def test_a_broken_image_says_which_and_why() -> None:
    fault = BrokenImage("street/7.jpg", "it is empty")
    assert (fault.file, fault.reason, str(fault)) == ("street/7.jpg", "it is empty", "street/7.jpg: it is empty")
