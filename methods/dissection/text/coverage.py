"""Similarity of labelled pictures to their own concepts: what a perfect vision-language model would say of them.

Where pictures are labelled, no model is needed to know what is in them. The share of a picture that a concept covers,
as part of the largest share that it covers anywhere in the set, stands for its similarity: 1 is as much of it as any
picture has. So names in text can be compared with what Network Dissection measures pixel by pixel.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from visualize.methods.concept_words import spoken
from visualize.methods.dissection.labels import Reading, Vocabulary
from visualize.methods.pictures.worded import Similarities

if TYPE_CHECKING:
    from visualize.methods.network.preprocessing import Preparation
    from visualize.methods.pictures.labelled import Labelled
    from visualize.methods.progress import Progress


def coverage(labelled: Labelled, preparation: Preparation, progress: Progress) -> Similarities:
    """Share of each picture that each concept covers, as part of its largest share of any: 0..1.

    A concept of which two categories have one of the same name bears its category too.

    Args:
        labelled: the set; a picture whose labels cannot be read is like no concept.
        preparation: how the network's input is made of a picture.
        progress: told how many pictures are done.

    Raises:
        InputError: the set has no concepts, or is labelled with one that it does not list.

    Example:
        >>> from visualize.methods import Preparation
        >>> from visualize.methods.progress import silent
        >>> from visualize.methods.testing.subjects import LabelledNoise
        >>> half = np.repeat([[1], [0]], 5, 0) * np.ones((10, 14), int)  # the upper half is "car"
        >>> labels = [{"object": [half], "scene": [7]}, {"object": [np.ones((10, 14), int)]}]
        >>> labelled = LabelledNoise([np.zeros((20, 28, 3), np.uint8)] * 2, labels)
        >>> shares = coverage(labelled, Preparation((20, 28)), silent)
        >>> dict(zip(shares.words, shares.values.T.tolist()))
        {'car': [0.5, 1.0], 'tree': [0.0, 0.0], 'street': [1.0, 0.0]}
    """
    vocabulary = Vocabulary(labelled)
    rows, columns = labelled.label_shape(preparation)
    shares = np.zeros((len(labelled), len(vocabulary.concepts)), np.float32)
    for done, (place, annotation) in enumerate(
        Reading(labelled, preparation, vocabulary)(range(len(labelled))), start=1
    ):
        shares[place] = annotation.areas / (rows * columns)
        progress(done, len(labelled))
    most = shares.max(0, initial=0)
    shares /= np.where(most > 0, most, 1)
    names = [spoken(concept.category, concept.name) for concept in vocabulary.concepts]
    words = tuple(
        name if names.count(name) == 1 else f"{name} ({concept.category}, {concept.number})"
        for name, concept in zip(names, vocabulary.concepts, strict=True)
    )
    return Similarities(words, shares, source=f"the labels of {labelled.name}")
