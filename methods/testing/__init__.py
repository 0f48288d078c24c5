"""The contract of methods as checks that run anywhere: what every way of looking promises, whoever wrote it.

With pytest::

    import pytest
    from visualize.methods.testing import checks

    @pytest.mark.parametrize("check", checks(MyMethod), ids=str)
    def test_my_method_keeps_its_promises(check):
        check()

or, without any test runner, ``visualize.methods.testing.run(MyMethod)``. The checks need nothing but this package: a
network with random weights, a few pictures of noise and labels of noise are made here.
"""

from visualize.methods.testing.contract import PROMISES, BrokenPromiseError, Check, checks, run

__all__ = ["PROMISES", "BrokenPromiseError", "Check", "checks", "run"]
