"""A model of which only the layers are asked for, which are the same whatever its weights are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Unpack

from visualize.download.cache import at_hand
from visualize.keywords import spelled_out
from visualize.methods.network.probe import Probe
from visualize.methods.network.run.shared_copy import weights_sha256
from visualize.methods.plain_state import plain_state
from visualize.methods.provenance import Identity
from visualize.models.loading import build, load
from visualize.models.overrides import Stated, overrides
from visualize.models.products import name_classes
from visualize.models.registry import entry_of
from visualize.models.sources.torchvision import PREFIX

if TYPE_CHECKING:
    from pathlib import Path

    from visualize.methods.progress import Progress
    from visualize.models.model_entry import ModelEntry
    from visualize.models.products import Given


@spelled_out(Stated)
@plain_state()
def load_structure(
    model: str | Path | Given,
    *,
    weights: str | Path | None = None,
    progress: Progress | None = None,
    **stated: Unpack[Stated],
) -> Probe:
    """A model whose layers are to be listed, with random weights where its own would be downloaded for nothing.

    That is so of torchvision's networks, whose function makes every layer before any weights are read. Names, kinds,
    units, maps, blocks and receptive fields of the layers are those of the trained network; its activations are not.

    Args:
        model: its name, or a network, as :func:`visualize.load` takes it.
        weights: a file to load instead of the model's own.
        progress: called with the bytes of a download that are there, and the bytes in all.
        stated: facts of the network, as :func:`visualize.load` takes them.

    Raises:
        InputError: whatever :func:`visualize.load` raises.

    Example:
        >>> load_structure("torchvision/squeezenet1_1").layer("features.12").units  # downloads nothing
        512
    """
    entry = entry_of(str(model)) if weights is None and str(model).startswith(PREFIX) else None
    if entry is None or not _is_elsewhere(entry):
        return load(model, weights=weights, progress=progress, **stated)
    facts, network = overrides(**stated), build(entry, None)
    probe = Probe(
        network,
        prepare=facts.applied(entry.preparation),
        aliases=entry.aliases,
        identity=Identity(entry.name, weights_sha256(network)),
        layouts=entry.layouts,
    )
    name_classes(probe, facts)
    return probe


def _is_elsewhere(entry: ModelEntry) -> bool:
    """Whether a model has a weights file, and none of those that would do lies on this disk."""
    return bool(entry.resources) and all(at_hand(resource) is None for resource in entry.resources)
