"""Supervisions compared: the embedded networks of one shape, one for each thing to learn from, dissected alike."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from visualize.comparison.comparison import Comparison, require_cut
from visualize.data.sets.labelled_scenes import KeptScenes
from visualize.dissection.at_hand import Finished, default_folder, finished
from visualize.dissection.record_fields import as_json
from visualize.dissection.resumable_run import run
from visualize.dissection.tables import read
from visualize.methods.dissection.settings import Settings
from visualize.models.catalogue.supervisions import SUPERVISIONS
from visualize.models.loading import load
from visualize.watch import unwatched

if TYPE_CHECKING:
    from pathlib import Path

    from visualize.methods.network.probe import Probe
    from visualize.methods.pictures.labelled import Labelled
    from visualize.watch import Watch

LAYER = "conv5"
SET = "scenes"


def compared(*, cut: float | None = None, count: int | None = None, watch: Watch = unwatched) -> Comparison:
    """Compare the networks that learned from labels, from nothing but pictures, and from nothing.

    All are dissected alike: conv5, the embedded scenes, the paper's settings. A dissection that is at hand is taken;
    one that is not is made, and lies where ``viz dissect`` would leave it.

    Args:
        cut: the IoU above which a unit is a detector; None takes the paper's, 0.04.
        count: how many scenes are looked at; None takes all 300. Fewer take less time, and give higher IoUs by chance.
        watch: shows how far it has come.

    Returns:
        a table for each supervision, named after it, in the order of
        :data:`visualize.models.catalogue.supervisions.SUPERVISIONS`; ``nothing`` is the untrained twin.

    Raises:
        InputError: a folder that a dissection would go into holds another one.
    """
    require_cut(cut)
    labelled = KeptScenes() if count is None else KeptScenes(count)
    tables = []
    for supervision, model in SUPERVISIONS.items():
        with watch(f"loading {model}"):
            probe = load(model)
        table = read(_dissected(probe, labelled, count, watch), layer=LAYER)
        tables.append(dataclasses.replace(table, name=supervision, cut=table.cut if cut is None else cut))
    return Comparison(tuple(tables))


def _dissected(probe: Probe, labelled: Labelled, count: int | None, watch: Watch) -> Path:
    """The folder of a network's dissection, which is made where none is at hand."""
    name = probe.identity.name
    there = next((item for item in finished(name) if _fits(item, probe, labelled)), None)
    if there is not None:
        return there.folder
    source = {"where": SET, "colours": False, "count": count, "seed": 0}
    folder = default_folder(name, SET if count is None else f"{SET}-count-{count}")
    return run(probe, [LAYER], labelled, folder, source=source, watch=watch).out


def _fits(item: Finished, probe: Probe, labelled: Labelled) -> bool:
    """Whether a dissection is of the network as it comes along, on the same pictures, in the paper's settings."""
    pictures = {"name": labelled.name, "pictures": len(labelled), "fingerprint": labelled.fingerprint}
    usual = as_json(dataclasses.asdict(Settings()))
    there = item.content
    asked = {**usual, **there["settings"]}  # an older version's dissection knows nothing of a setting that is newer
    return LAYER in item.layers and item.is_of(probe) and there["set"] == pictures and asked == usual
