"""Work that a cluster's workers do in place of this process: a dissection, and whatever scans pictures in a block."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from visualize.cluster.pieces import NetworkSource
    from visualize.cluster.pool import Engine
    from visualize.cluster.ray_engine import Cluster
    from visualize.dissection.resumable_run import Outcome
    from visualize.methods.dissection.settings import Settings
    from visualize.methods.network.probe import Probe
    from visualize.methods.pictures.checkpoints import Mergeable
    from visualize.methods.pictures.labelled import Labelled
    from visualize.methods.pictures.scan import Scan
    from visualize.watch import Watch


def dissect_on(  # noqa: PLR0913 (a network, layers, a set and a folder, and how)
    cluster_at: str,
    probe: Probe,
    layers: Sequence[str],
    labelled: Labelled,
    out: str | Path,
    settings: Settings,
    *,
    network: NetworkSource,
    source: Mapping[str, Any],
    batch: int | Literal["auto"] | None = None,
    workers: int | None = None,
    watch: Watch,
) -> Outcome:
    """Dissect into a folder with the workers of a cluster.

    Args:
        cluster_at: the cluster, as :func:`visualize.cluster.ray_address.check_address` takes it.
        probe: the network here, of which only the layers are asked.
        layers: names of the layers.
        labelled: the probe set.
        out: where the tables go.
        settings: what the numbers depend on.
        network: as workers load it; its device may be ``"auto"``.
        source: arguments with which a worker opens the set.
        batch: pictures that are loaded together; None is as usual, ``"auto"`` as many as the memory holds.
        workers: threads here that load; None is as usual.
        watch: shows how far it has come.

    Raises:
        InputError: there is no such cluster, or it has no GPU where one is asked for; or the work is refused.
    """
    import torch

    from visualize.cluster.dissection_run import ClusterWork, run_on_cluster
    from visualize.cluster.dissection_worker import DissectionWorker
    from visualize.cluster.ray_engine import connected

    with connected(cluster_at) as cluster:
        device = cluster.device(network.device)
        threads = torch.get_num_threads() if device == "cuda" else min(torch.get_num_threads(), cluster.cpus)
        work = ClusterWork(
            engine=lambda job: cluster.engine(DissectionWorker, job, threads=threads, device=device),
            network=replace(network, device=device, weights_sha256=probe.identity.weights_sha256 or ""),
            threads=threads, batch=batch,
        )  # fmt: skip
        return run_on_cluster(
            work, probe, layers, labelled, out, settings, source=source, workers=workers, watch=watch
        )  # fmt: skip


@contextmanager
def scans_on(where: str, network: Callable[[], NetworkSource], data: Callable[[], str]) -> Iterator[None]:
    """Let a cluster's workers look at the pictures of the scans within; they are asked when the first scan begins.

    Args:
        where: the cluster.
        network: gives the network as workers load it.
        data: gives the set as workers open it.

    Raises:
        InputError: there can be no such cluster.
    """
    from visualize.cluster.ray_address import check_address
    from visualize.cluster.ray_engine import connected
    from visualize.methods.pictures.checkpoints import scanned_by

    check_address(where)

    def look(scan: Scan, gathering: Mapping[str, Mergeable], saved: Callable[[], None]) -> None:
        from visualize.cluster.picture_scan import ClusterScan, ScanWorker

        with connected(where) as cluster:
            device = scan.probe.device.type
            threads = same_threads(cluster, device)
            ClusterScan(
                engine=lambda job: cluster.engine(ScanWorker, job, threads=threads, device=device),
                network=replace(network(), device=cluster.device(device)),
                where=data(),
            )(scan, gathering, saved)

    with scanned_by(look):
        yield


@contextmanager
def calls_on(where: str, network: Callable[[], NetworkSource]) -> Iterator[None]:
    """Let a cluster's workers make the pictures of units within; they are asked when the first are to be made.

    Args:
        where: the cluster.
        network: gives the network as workers load it.

    Raises:
        InputError: there can be no such cluster.
    """
    from visualize.cluster.ray_address import check_address
    from visualize.cluster.ray_engine import connected
    from visualize.cluster.unit_calls import CallJob, CallWorker, ClusterCalls
    from visualize.store.shared_calls import called_by

    check_address(where)
    with ExitStack() as opened:
        clusters: list[Cluster] = []  # at most one, once it is asked for

        def cluster() -> Cluster:
            if not clusters:
                clusters.append(opened.enter_context(connected(where)))
                opened.callback(calls.close)  # before the connection ends, which workers cannot be reached without
            return clusters[0]

        def engine(job: CallJob) -> Engine:
            device = job.network.device
            return cluster().engine(CallWorker, job, threads=same_threads(cluster(), device), device=device)

        def source(probe: Probe) -> NetworkSource:
            return replace(network(), device=cluster().device(probe.device.type))

        calls = ClusterCalls(engine, source)
        with called_by(calls):
            yield


def same_threads(cluster: Cluster, device: str) -> int:
    """The number of threads that workers' networks run in, which is that of this process.

    Args:
        cluster: of the workers.
        device: on which networks run.

    Raises:
        InputError: no machine of the cluster has so many processors.
    """
    import torch

    from visualize.methods.errors import InputError

    threads = torch.get_num_threads()
    if device != "cuda" and cluster.cpus < threads:
        raise InputError(
            f"a machine of the cluster has {cluster.cpus} processors, and the network runs in {threads} threads here, "
            f"on which the last bits depend; set the variable OMP_NUM_THREADS to {cluster.cpus}"
        )
    return threads
