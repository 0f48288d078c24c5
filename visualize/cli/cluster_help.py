"""Work of a command on cards that the workers of a cluster do, where that is asked for."""

from __future__ import annotations

from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from visualize.cards.request import Request
    from visualize.cluster.pieces import NetworkSource


@contextmanager
def helped_by(where: str | None, request: Request, *, trusted: bool) -> Iterator[None]:
    """Let a cluster's workers look at the pictures of the scans within, and make the pictures of units.

    Args:
        where: the cluster, whose workers are asked when there is work for them; None is this machine.
        request: of the cards, which says what network and what pictures.
        trusted: whether the network's own code may run.

    Raises:
        InputError: there is no such cluster, or nothing that is asked for can be done there.
    """
    if where is None:
        yield
        return
    from visualize.cards.named_methods import kind_of
    from visualize.cluster.ray_address import check_address
    from visualize.cluster.shared_work import calls_on, scans_on
    from visualize.methods.errors import InputError

    check_address(where)
    asked = [kind_of(name) for name in request.methods or ()]
    if request.image is not None and asked and not any(kind.shared for kind in asked):
        raise InputError("--on is of a set of pictures, and --image gives single ones; leave out one of them")
    scans = scans_on(where, lambda: _network(request, trusted=trusted), lambda: _pictures(request))
    with (
        nullcontext() if request.image is not None else scans,  # single pictures are no set that workers could open
        calls_on(where, lambda: _network(request, trusted=trusted)),
    ):
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
