"""Linear support vector machines by scikit-learn, on rows that are rotated to fewer numbers first."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from visualize.methods.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

ITERATIONS = 2000


@dataclass(frozen=True, eq=False)
class Rotated:
    """Rows in a basis of as many numbers as there are rows, where they have more.

    A linear classifier with an L2 penalty depends on scalar products alone, which a rotation leaves as they are: it
    finds the same weights, in a fraction of the time.

    Args:
        rows: pictures x features.
    """

    rows: NDArray[np.float64]
    basis: NDArray[np.float64] | None = field(init=False)
    short: NDArray[np.float64] = field(init=False)

    def __post_init__(self) -> None:
        if self.rows.shape[0] >= self.rows.shape[1]:
            basis, short = None, self.rows
        else:
            basis, upper = np.linalg.qr(self.rows.T)
            short = np.ascontiguousarray(upper.T)
        object.__setattr__(self, "basis", basis)
        object.__setattr__(self, "short", short)

    def whole(self, weights: NDArray[np.float64]) -> NDArray[np.float64]:
        """Weights for the features themselves, of weights for the short rows: classes x features."""
        return weights if self.basis is None else weights @ self.basis.T


@dataclass(frozen=True)
class Machine:
    """Settings of a linear support vector machine: squared hinge loss, L2 penalty.

    One is fitted after the other: the solver's random numbers are one stream for the whole process.

    Args:
        iterations: of the solver at most.
        weight: how much more a picture of the class counts than one of the others, as scikit-learn's class weights.
        dual: solve the dual problem; the primal one has the same optimum, and its solver comes to an end also where
            there are more pictures than features and C is large.
    """

    iterations: int = ITERATIONS
    weight: Mapping[int, float] | None = None
    dual: bool = True

    def fitted(self, rows: NDArray[np.float64], there: NDArray[np.bool_], cost: float) -> tuple[Any, bool]:
        """The classifier of scikit-learn, and whether its solver came to an end.

        Args:
            rows: pictures x features.
            there: which of the pictures are of the class; both kinds must occur.
            cost: C.
        """
        from sklearn import config_context
        from sklearn.exceptions import ConvergenceWarning
        from sklearn.svm import LinearSVC

        machine = LinearSVC(
            C=cost, dual=self.dual, class_weight=self.weight, max_iter=self.iterations, random_state=0
        )  # squared hinge, L2, tolerance 1e-4 by default
        # features were found finite as they were read, and there are thousands of fits
        with config_context(assume_finite=True, skip_parameter_validation=True), warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            machine.fit(rows, np.where(there, 1, -1))
        return machine, int(machine.n_iter_) < self.iterations

    def learnt(
        self, rows: NDArray[np.float64], labels: NDArray[np.int8], part: NDArray[np.bool_], costs: Sequence[float]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64], int]:
        """Weights and offsets of one machine for each class, and how many solvers did not come to an end.

        Args:
            rows: pictures x features.
            labels: pictures x classes: 1 of the class, 0 not, -1 left out of it.
            part: the pictures to learn from.
            costs: C of each class.
        """
        size = labels.shape[1]
        weights, offsets, slow = np.zeros((size, rows.shape[1])), np.full(size, -1.0), 0
        for place in range(size):
            known = part & (labels[:, place] >= 0)
            there = labels[known, place] == 1
            if there.all() or not there.any():  # nothing to tell apart: every picture gets the same score
                offsets[place] = 1.0 if there.any() else -1.0
                continue
            fitted, ended = self.fitted(rows[known], there, costs[place])
            weights[place], offsets[place] = fitted.coef_[0], fitted.intercept_[0]
            slow += not ended
        return weights, offsets, slow


def require_sklearn() -> None:
    """Refuse to go on without scikit-learn.

    Raises:
        InputError: it is not installed; the message says how to install it.
    """
    try:
        import sklearn  # noqa: F401
    except ImportError as fault:
        raise InputError(
            "viz transfer needs scikit-learn, which is not installed; run: pip install 'viz-units[transfer]'"
        ) from fault
