"""Trust in code from the web: none until it is given, and no longer than it is given for."""

from __future__ import annotations

import contextvars

import pytest

from visualize.models.trust import given, grant, trusting, withdraw


def test_trust_lasts_as_long_as_its_block() -> None:
    assert not given()
    with trusting(yes=True):
        assert given()
        with trusting(yes=False):  # a block that asks for none takes none away
            assert given()
    assert not given()
    with pytest.raises(ZeroDivisionError, match="division"), trusting(yes=True):
        _ = 1 / 0
    assert not given()


def test_trust_is_given_until_it_is_withdrawn_and_in_one_context_alone() -> None:
    def inside() -> bool:
        grant()
        return given()

    assert contextvars.copy_context().run(inside)
    assert not given()
    grant()
    assert given()
    withdraw()
    assert not given()
