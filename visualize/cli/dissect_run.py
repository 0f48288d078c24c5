"""The run that ``viz dissect`` asks for: by itself, or as one of several processes that share the pictures."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from visualize.cli.errors import resumable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from visualize.cli.launcher import Place
    from visualize.dissection import Outcome
    from visualize.methods.dissection.settings import Settings
    from visualize.methods.network.probe import Probe
    from visualize.methods.pictures.labelled import Labelled
    from visualize.watch import Watch


@dataclass(frozen=True, kw_only=True)
class DissectRun:
    """A dissection as it was asked for.

    Args:
        probe: the network.
        layers: names of the layers.
        labelled: the probe set.
        settings: what the numbers depend on.
        source: arguments that open the set again.
        batch: pictures that are loaded together; None is as usual.
        workers: threads that load; None is as usual.
    """

    probe: Probe
    layers: Sequence[str]
    labelled: Labelled
    settings: Settings
    source: Mapping[str, Any]
    batch: int | None = None
    workers: int | None = None

    def into(self, folder: str, *, shard: tuple[int, int], joint: Place | None, watch: Watch) -> Outcome | None:
        """Dissect into a folder.

        Args:
            folder: where the tables go.
            shard: the part of the pictures that was asked for, (which, of how many) from 1.
            joint: place of this process among those that a launcher started together; None where it is alone.
            watch: shows how far it has come.

        Returns:
            None for a process of several that leaves putting the parts together to another.
        """
        from visualize.dissection import run
        from visualize.dissection.joint_run import run_jointly

        asked = self.probe, self.layers, self.labelled, folder, self.settings
        with resumable(f" (what is done lies in {folder})"):
            if joint is None:
                return run(*asked, shard=shard, source=self.source, batch=self.batch, workers=self.workers, watch=watch)
            done = run_jointly(
                *asked, shard=joint.shard, source=self.source, batch=self.batch, workers=self.workers, watch=watch
            )
        if done is None:
            which, count = joint.shard
            sys.stderr.write(f"viz: shard {which}/{count} is done; the last of the {count} puts them together\n")
        return done
