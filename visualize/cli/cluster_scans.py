"""Scans of a command on the workers of a cluster, where that is asked for."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from visualize.cards.request import Request
    from visualize.methods.pictures.checkpoints import Mergeable
    from visualize.methods.pictures.scan import Scan


@contextmanager
def scans_on(where: str | None, request: Request, *, trusted: bool) -> Iterator[None]:
    """Let a cluster's workers look at the pictures of the scans within; they are asked when the first scan begins.

    Args:
        where: the cluster; None is this machine.
        request: of the cards, which says what network and what pictures.
        trusted: whether the network's own code may run.

    Raises:
        InputError: there is no such cluster, or pictures are given one by one.
    """
    if where is None:
        yield
        return
    from visualize.cluster.ray_engine import check_address
    from visualize.methods.errors import InputError
    from visualize.methods.pictures.checkpoints import scanned_by

    check_address(where)
    if request.image is not None:
        raise InputError("--on is of a set of pictures, and --image gives single ones; leave out one of them")

    def look(scan: Scan, gathering: Mapping[str, Mergeable], saved: Callable[[], None]) -> None:
        _look(where, request, scan, gathering, saved, trusted=trusted)

    with scanned_by(look):
        yield


def _look(
    where: str,
    request: Request,
    scan: Scan,
    gathering: Mapping[str, Mergeable],
    saved: Callable[[], None],
    *,
    trusted: bool,
) -> None:
    import torch

    from visualize.cards.resolve import asked_for
    from visualize.cluster.picture_scan import ClusterScan, ScanWorker
    from visualize.cluster.pieces import NetworkSource
    from visualize.cluster.ray_engine import connected
    from visualize.methods.errors import InputError
    from visualize.models.registry import entry_of

    device, threads = scan.probe.device.type, torch.get_num_threads()
    with connected(where) as cluster:
        if device != "cuda" and cluster.cpus < threads:
            raise InputError(
                f"a machine of the cluster has {cluster.cpus} processors, and the network runs in {threads} threads "
                f"here, on which the last bits depend; set the variable OMP_NUM_THREADS to {cluster.cpus}"
            )
        facts = {name: getattr(request, name) for name in ("size", "mean", "std", "order", "classes")}
        network = NetworkSource(
            model=str(request.model), weights=None if request.weights is None else str(request.weights),
            device=cluster.device(device), facts=facts, trusted=trusted,
        )  # fmt: skip
        ClusterScan(
            engine=lambda job: cluster.engine(ScanWorker, job, threads=threads, device=device),
            network=network,
            where=str(asked_for(request, entry_of(str(request.model)))),
        )(scan, gathering, saved)
