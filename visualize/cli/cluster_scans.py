"""Scans of a command on the workers of a cluster, where that is asked for."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from visualize.cards.request import Request
    from visualize.cluster.pieces import NetworkSource


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
    from visualize.cluster import shared_work
    from visualize.cluster.ray_engine import check_address
    from visualize.methods.errors import InputError

    check_address(where)
    if request.image is not None:
        raise InputError("--on is of a set of pictures, and --image gives single ones; leave out one of them")
    with shared_work.scans_on(where, lambda: _network(request, trusted=trusted), lambda: _pictures(request)):
        yield


def _network(request: Request, *, trusted: bool) -> NetworkSource:
    from visualize.cluster.pieces import NetworkSource

    facts = {name: getattr(request, name) for name in ("size", "mean", "std", "order", "classes")}
    weights = None if request.weights is None else str(request.weights)
    return NetworkSource(model=str(request.model), weights=weights, facts=facts, trusted=trusted)


def _pictures(request: Request) -> str:
    from visualize.cards.resolve import asked_for
    from visualize.models.registry import entry_of

    return str(asked_for(request, entry_of(str(request.model))))
