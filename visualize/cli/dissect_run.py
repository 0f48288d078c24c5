"""A run of ``viz dissect``: by itself, as one of several processes that share the pictures, or on a cluster."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from visualize.cli.errors import resumable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from visualize.cli.launcher import Place
    from visualize.data.files.gpu_decoding import Decoding
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
        batch: pictures that are loaded together; None is as usual, ``"auto"`` as many as the memory holds.
        workers: threads that load; None is as usual.
        decode: what decodes JPEG files.
    """

    probe: Probe
    layers: Sequence[str]
    labelled: Labelled
    settings: Settings
    source: Mapping[str, Any]
    batch: int | Literal["auto"] | None = None
    workers: int | None = None
    decode: Decoding = "processor"

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
        how: dict[str, Any] = {"source": self.source, "batch": self.batch, "workers": self.workers}
        how |= {"decode": self.decode, "watch": watch}
        with resumable("what is done lies in", folder):
            if joint is None:
                return run(*asked, shard=shard, **how)
            done = run_jointly(*asked, shard=joint.shard, **how)
        if done is None:
            which, count = joint.shard
            sys.stderr.write(f"viz: shard {which}/{count} is done; the last of the {count} puts them together\n")
        return done

    def on(self, where: str, folder: str, network: Mapping[str, Any], *, watch: Watch) -> Outcome:
        """Dissect into a folder with the workers of a cluster.

        Args:
            where: the cluster.
            folder: where the tables go.
            network: arguments of :class:`visualize.cluster.pieces.NetworkSource`, as they were asked for.
            watch: shows how far it has come.

        Raises:
            InputError: there is no such cluster, or it has no GPU where one is asked for.
        """
        from visualize.cluster.pieces import NetworkSource
        from visualize.cluster.shared_work import dissect_on

        with resumable("what is done lies in", folder):
            return dissect_on(
                where, self.probe, self.layers, self.labelled, folder, self.settings, network=NetworkSource(**network),
                source=self.source, batch=self.batch, workers=self.workers, watch=watch,
            )  # fmt: skip


def check_cluster(on: str | None, shard: str | None, decode: str) -> None:
    """Refuse a cluster that can be none, or one that is to look at a shard.

    Raises:
        InputError: the message says what to write.
    """
    from visualize.methods.errors import InputError

    if on is None:
        return
    from visualize.cluster.ray_address import check_address

    check_address(on)
    if shard is not None:
        raise InputError("--on cuts the pictures itself; leave out --shard, or --on")
    if decode != "processor":
        raise InputError("workers of --on decode pictures on their processors; leave out --decode, or --on")


def device_here(asked: str, joint: Place | None, on: str | None) -> str:
    """The device of this process's own network: of a cluster's it only asks what its layers are."""
    if on is not None:
        return "cpu"
    return asked if joint is None else joint.device(asked)
