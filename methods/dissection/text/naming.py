"""Words for all units of some layers, out of one run of the network over a set."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from visualize.methods.dissection.text.embedding_measures import clarity, polysemanticity, redundancy
from visualize.methods.dissection.text.scores import best_pictures, word_scores

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import Tensor

    from visualize.methods.dissection.text.pooling import Pooled
    from visualize.methods.dissection.text.settings import Settings
    from visualize.methods.pictures.worded import Similarities

_TOGETHER = 64  # units whose embeddings are held at once


@dataclass(frozen=True, eq=False)
class Named:
    """Words for one layer's units.

    Args:
        order: units x words shown: the columns of the best words, best first.
        scores: units x words shown: their scores.
        lifts: units x words shown: how many standard deviations more similar to the word its best pictures
            (``samples`` of them) are than pictures at large; 0 for a word that all are equally similar to.
        best: units x pictures: places in the set of the unit's best pictures, best first.
        activations: units x pictures: its activation on them.
        clarity: of each unit; None without embeddings.
        redundancy: of each unit, likewise.
        twins: for each unit the one whose best pictures mean most nearly the same, likewise.
        polysemanticity: of each unit, likewise.
        notes: sentences that a reader must know.
    """

    order: NDArray[np.intp]
    scores: NDArray[np.float64]
    lifts: NDArray[np.float64]
    best: NDArray[np.intp]
    activations: NDArray[np.float64]
    clarity: NDArray[np.float64] | None = None
    redundancy: NDArray[np.float64] | None = None
    twins: NDArray[np.intp] | None = None
    polysemanticity: NDArray[np.float64] | None = None
    notes: tuple[str, ...] = ()


def named(pooled: Pooled, similarities: Similarities, settings: Settings, *, shown: int, seed: int = 0) -> Named:
    """Find the words that fit each unit of a layer best.

    Args:
        pooled: activations of the layer's units on the set.
        similarities: of the set's pictures to the words.
        settings: the score and its constants.
        shown: words that are kept of each unit.
        seed: of the clustering behind polysemanticity.
    """
    readable, activations = pooled.readable, pooled.values
    like = torch.from_numpy(similarities.values[readable])
    scores = word_scores(activations, like, settings)
    order = scores.sort(dim=1, descending=True, stable=True).indices[:, :shown]
    best = best_pictures(activations, max(settings.samples, settings.top))
    own = activations.gather(0, best).T.double().numpy()
    lifts = _lifts(like, best[: settings.samples], order)
    few = len(readable) < settings.top and settings.score in {"softwpmi", "wpmi"}
    notes = (f"the set has {len(readable)} pictures, and all of them count as the best of every unit",) if few else ()
    examples = best[: settings.samples].T
    return Named(
        order.numpy(), scores.gather(1, order).numpy(), lifts, readable[best.T.numpy()], own, notes=notes,
        **_measures(None if similarities.embeddings is None else similarities.embeddings[readable], examples, seed),
    )  # fmt: skip


def _lifts(like: Tensor, best: Tensor, order: Tensor) -> NDArray[np.float64]:
    means, spread = like.double().mean(0), like.double().std(0, correction=0)
    rows = [
        (like[best[:, unit]][:, words].double().mean(0) - means[words]) / torch.where(spread > 0, spread, 1)[words]
        for unit, words in enumerate(order)
    ]
    lifts: NDArray[np.float64] = torch.stack(rows).numpy()
    return lifts


def _measures(embeddings: NDArray[np.float32] | None, examples: Tensor, seed: int) -> dict[str, Any]:
    """Clarity and the like by name; none without embeddings, or of a single picture."""
    if embeddings is None or examples.shape[1] < 2:
        return {}
    parts = [embeddings[part.numpy()].astype(np.float64) for part in torch.split(examples, _TOGETHER)]
    clear = np.concatenate([clarity(part) for part in parts])
    several = np.concatenate([polysemanticity(part, seed) for part in parts])
    if len(examples) < 2:
        return {"clarity": clear, "polysemanticity": several}
    means = np.concatenate([part.mean(1, keepdims=True) for part in parts])
    cosines, twins = redundancy(means)
    return {"clarity": clear, "polysemanticity": several, "redundancy": cosines, "twins": twins}
