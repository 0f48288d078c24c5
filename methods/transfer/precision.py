"""Average precision in the three definitions that are in use, also for many resamples of the pictures at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, get_args

import numpy as np

from visualize.methods.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

Kind = Literal["area", "envelope", "eleven"]
KINDS: tuple[Kind, ...] = get_args(Kind)
NAMES: dict[Kind, str] = {
    "area": "area under the curve (scikit-learn, VirTex)",
    "envelope": "area under the envelope (VISSL)",
    "eleven": "mean at eleven recalls (Pascal VOC 2007)",
}
"""Names of the definitions for people, each with who uses it."""
_CLOSE = 1e-9  # a recall of 3/10 reaches 0.3


def average_precision(
    there: ArrayLike, scores: ArrayLike, *, kind: Kind = "area", weights: ArrayLike | None = None
) -> NDArray[np.float64]:
    """Average precision of a ranking; pictures of equal scores are ranked together.

    With precision P and recall R after each picture in falling order of scores:

    - ``"area"``: the sum of P x (rise of R), as ``sklearn.metrics.average_precision_score``;
    - ``"envelope"``: the same with P replaced by the largest P at this recall or a larger one (VISSL, Pascal VOC since
      2010);
    - ``"eleven"``: the mean of that envelope at the recalls 0, 0.1 ... 1, 0 where none is reached (Pascal VOC 2007).

    Args:
        there: N values, true where the picture shows what is looked for.
        scores: N values, larger where it is likelier.
        kind: the definition.
        weights: how often each picture counts, whole numbers: N values, or resamples x N.

    Returns:
        a number of no dimension, or one for each resample; NaN where no picture shows it.

    Raises:
        InputError: there is no such definition, or the lengths differ.

    Example:
        >>> there, scores = [1, 0, 1, 0], [0.9, 0.8, 0.7, 0.6]
        >>> [round(float(average_precision(there, scores, kind=kind)), 4) for kind in KINDS]
        [0.8333, 0.8333, 0.8485]
    """
    shown, values = np.asarray(there, bool), np.asarray(scores, np.float64)
    if kind not in KINDS:
        raise InputError(f"average precision is {', '.join(KINDS)}, not {kind!r}")
    if shown.ndim != 1 or shown.shape != values.shape:
        raise InputError(f"labels and scores are N numbers each, not {shown.shape} and {values.shape}")
    counts = np.ones(shown.shape) if weights is None else np.asarray(weights, np.float64)
    precision, recall = _curve(shown, values, counts)
    if kind != "area":
        precision = np.maximum.accumulate(precision[..., ::-1], axis=-1)[..., ::-1]
    if kind == "eleven":
        reached = [
            np.where(recall >= level - _CLOSE, precision, 0.0).max(-1, initial=0.0) for level in np.linspace(0, 1, 11)
        ]
        result = np.mean(reached, axis=0)
    else:
        result = (np.diff(recall, axis=-1, prepend=0.0) * precision).sum(-1)
    return np.where((counts * shown).sum(-1) > 0, result, np.nan)


def _curve(
    shown: NDArray[np.bool_], values: NDArray[np.float64], counts: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Precision and recall after each different score, from the highest."""
    order = np.argsort(-values, kind="stable")
    ranked = values[order]
    ends = np.flatnonzero(np.append(ranked[1:] != ranked[:-1], True)) if len(ranked) else np.zeros(0, int)
    weighed = counts[..., order]
    right = np.cumsum(weighed * shown[order], axis=-1)[..., ends]
    named = np.cumsum(weighed, axis=-1)[..., ends]
    total = right[..., -1:] if len(ends) else np.zeros((*counts.shape[:-1], 1))
    return right / np.maximum(named, 1), right / np.maximum(total, 1)
