"""Scores of words for units: how well the similarity of pictures to a word follows the unit's activation on them.

The idea: where a unit is strongly active on pictures, and a vision-language model finds these similar to "car" and all
others not, "car" is a name for the unit.

How it works: P holds the similarity of n pictures to m words, q_k the activations of unit k on the pictures. SoftWPMI
is the logarithm of the probability of a word given the pictures B_k that the unit answers to, less that of the word at
large, where each of its best pictures belongs to B_k with a probability that falls from the first to the last:

    log p(t | B_k) = sum over x of log(1 + p(x in B_k) (p(t | x) - 1)),   p(t | x) = softmax over words of a P[x]
    log p(t) = log of the mean over the layer's units of p(t | B_k)
    score = log p(t | B_k) - lambda log p(t)

WPMI lets every one of them belong to B_k. The others compare P[:, t] with q_k itself. All are of Oikarinen and Weng
2023. The authors' code adds 1e-7 before it takes logarithms; here they are taken of the probabilities themselves.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor

    from visualize.methods.dissection.text.settings import Settings

_LEAST_NORM = 1e-3  # below which a cubed column is not scaled up, as in the authors' code


def word_scores(activations: Tensor, similarities: Tensor, settings: Settings) -> Tensor:
    """Score of every word for every unit; larger fits better.

    Args:
        activations: pictures x units of one layer: all of them, for WPMI compares a unit with the others.
        similarities: pictures x words.
        settings: the score and its constants.

    Returns:
        units x words, float64.

    Example:
        >>> from visualize.methods.dissection.text.settings import Settings
        >>> pictures = torch.eye(4)
        >>> word_scores(pictures, pictures, Settings(top=1)).argmax(1)
        tensor([0, 1, 2, 3])
    """
    return _SCORES[settings.score](activations.double(), similarities, settings)


def best_pictures(activations: Tensor, count: int) -> Tensor:
    """Places of the pictures that excite each unit most, best first; equal ones stay in order.

    Args:
        activations: pictures x units.
        count: pictures of each unit; fewer where there are fewer.

    Returns:
        count x units.
    """
    return activations.sort(dim=0, descending=True, stable=True).indices[:count]


def _mutual_information(activations: Tensor, similarities: Tensor, settings: Settings) -> Tensor:
    """SoftWPMI, and WPMI as what is left of it where every picture belongs with probability 1."""
    best = best_pictures(activations, settings.top)
    soft = settings.score == "softwpmi"
    fall = torch.arange(len(best), dtype=torch.float64)[:, None] / settings.top * (settings.p_start - settings.p_end)
    belongs = settings.p_start - fall
    evidence = torch.empty(activations.shape[1], similarities.shape[1], dtype=torch.float64)
    for unit in range(activations.shape[1]):
        log_likely = torch.log_softmax(settings.scale * similarities[best[:, unit]].double(), 1)
        terms = torch.log1p(belongs * log_likely.expm1()) if soft else log_likely
        evidence[unit] = terms.sum(0)
    at_large = evidence.logsumexp(0) - math.log(len(evidence))
    return evidence - settings.penalty * at_large


def _rank_reorder(activations: Tensor, similarities: Tensor, settings: Settings) -> Tensor:
    """-||q' - q||_p: q' holds the unit's largest activations in the order of the pictures' similarity to the word."""
    count = max(1, int(len(activations) * settings.fraction))
    best = best_pictures(activations, count)
    scores = torch.empty(activations.shape[1], similarities.shape[1], dtype=torch.float64)
    for unit in range(activations.shape[1]):
        own = activations[best[:, unit], unit]
        ranks = similarities[best[:, unit]].argsort(dim=0, stable=True).argsort(0)  # 0: the least similar of these
        reordered = own.flip(0)[ranks]
        scores[unit] = -torch.linalg.vector_norm(reordered - own[:, None], settings.power, 0)
    return scores


def _cosine(activations: Tensor, similarities: Tensor, _: Settings) -> Tensor:
    return _unit_length(activations, 0.0).T @ _unit_length(similarities.double(), 0.0)


def _cosine_cubed(activations: Tensor, similarities: Tensor, _: Settings) -> Tensor:
    """Cosine of the two, each less its mean and cubed, so that the most similar pictures count most."""
    own, words = (columns - columns.mean(0) for columns in (activations, similarities.double()))
    return _unit_length(own**3, _LEAST_NORM).T @ _unit_length(words**3, _LEAST_NORM)


def _unit_length(columns: Tensor, least: float) -> Tensor:
    """Columns divided by their length; one of zeros stays so."""
    norms = torch.linalg.vector_norm(columns, dim=0).clamp(min=least)
    return columns / torch.where(norms > 0, norms, 1)


_SCORES: dict[str, Callable[[Tensor, Tensor, Settings], Tensor]] = {
    "softwpmi": _mutual_information,
    "wpmi": _mutual_information,
    "rank": _rank_reorder,
    "cosine": _cosine,
    "cosine-cubed": _cosine_cubed,
}
