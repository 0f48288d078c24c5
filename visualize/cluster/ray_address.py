"""Addresses of Ray clusters, and what is wrong with one at which no cluster answers: Ray itself tries for minutes."""

from __future__ import annotations

import os
import re
import socket
from contextlib import suppress
from typing import Any

from visualize.methods.errors import InputError, one_line, system_words
from visualize.printable import printable

HERE = "ray"
_CLIENTS = "ray://"
_ANSWER = 10.0  # seconds in which a cluster takes a connection, and says something
_ADDRESS = re.compile(r"(ray://)?[A-Za-z0-9._\[\]:-]+:[0-9]{1,5}")
_HEAD, _FOR_CLIENTS = "/ray.rpc.NodeInfoGcsService/GetClusterId", "/ray.rpc.RayletDriver/ClusterInfo"
_RIGHT = "HOST:PORT of the head of a Ray cluster that runs, as ray start --head has said it"


def check_address(where: str) -> None:
    """Refuse what can be no cluster, before anything is loaded.

    Args:
        where: ``"ray"`` for the cluster of this machine or of the variable RAY_ADDRESS, ``"HOST:PORT"`` of its head, or
            ``"ray://HOST:PORT"`` of a server for clients.

    Raises:
        InputError: it is none of these.
    """
    if where != HERE and not _ADDRESS.fullmatch(where):
        raise InputError(
            f"--on {printable(where[:80])} is no cluster; write ray for the one that this machine is part of, "
            f"HOST:PORT of its head, or ray://HOST:PORT"
        )


def require_answer(where: str) -> None:
    """Refuse an address at which nobody listens, or no Ray, or one that asks for a token that it would not be given.

    Args:
        where: see :func:`check_address`.

    Raises:
        InputError: it is such an address.
    """
    found = where == HERE and not os.environ.get("RAY_ADDRESS", "")
    if where == HERE:
        where = _found_here() if found else os.environ["RAY_ADDRESS"]
    if where == "local":
        raise InputError(f"the variable RAY_ADDRESS is local, for which Ray would start a cluster; give {_RIGHT}")
    host, colon, port = where.removeprefix(_CLIENTS).rpartition(":")
    if not colon or not port.isdigit():
        return
    try:
        with socket.create_connection((host.strip("[]"), int(port)), _ANSWER):
            pass
    except (OSError, OverflowError) as fault:
        raise InputError(f"nobody listens at {printable(where)} ({system_words(fault)}); give {_RIGHT}") from fault
    if os.environ.get("RAY_USE_TLS", "0").lower() not in {"1", "true"}:
        _require_ray(
            where, f"{host}:{port}", gives_token=found or os.environ.get("RAY_AUTH_MODE", "").lower() == "token"
        )


def _found_here() -> str:
    """The address that Ray will find for this machine; none where it does not tell, or there is none."""
    with suppress(Exception):  # its own affair, which may be another one in another version
        from ray._private.services import canonicalize_bootstrap_address

        return str(canonicalize_bootstrap_address("auto") or "")
    return ""


def _require_ray(where: str, place: str, *, gives_token: bool) -> None:
    asked, other = (_FOR_CLIENTS, _HEAD) if where.startswith(_CLIENTS) else (_HEAD, _FOR_CLIENTS)
    said = _status(place, asked)
    if said in {"UNAVAILABLE", "DEADLINE_EXCEEDED"}:
        raise InputError(f"whoever listens at {printable(where)} does not answer as a Ray cluster does; give {_RIGHT}")
    if said == "UNAUTHENTICATED" and not gives_token:
        raise InputError(
            f"the Ray cluster {printable(where)} asks for a token; set the variable RAY_AUTH_MODE to token here, with "
            f"the token of the cluster in ~/.ray/auth_token (ray get-auth-token)"
        )
    if said == "UNIMPLEMENTED" and _status(place, other) not in {"UNIMPLEMENTED", "UNAVAILABLE", "DEADLINE_EXCEEDED"}:
        kind, right = ("a cluster's head", place) if other == _HEAD else ("a server for clients", f"{_CLIENTS}{place}")
        raise InputError(f"{printable(where)} is the address of {kind}; write --on {printable(right)}")


def _status(place: str, method: str) -> str:
    """Name of the status with which a server answers an empty call; none where that cannot be asked."""
    try:
        import grpc
    except ImportError:  # Ray without its clients
        return ""
    channel: Any
    with grpc.insecure_channel(place, options=[("grpc.enable_http_proxy", 0)]) as channel:
        try:
            channel.unary_unary(method)(b"", timeout=_ANSWER)
        except grpc.RpcError as fault:
            code: Any = fault
            return str(code.code().name)
    return "OK"


def unreachable(where: str, fault: Exception) -> str:
    """Sentence on a cluster to which Ray could not connect.

    Args:
        where: see :func:`check_address`.
        fault: what Ray raised.
    """
    reason = printable(one_line(fault))
    reason = f"{reason[:100]} ... {reason[-200:]}" if len(reason) > 305 else reason  # a traceback's end tells most
    if where == HERE:
        return (
            f"no Ray cluster runs on this machine ({reason}); start one with ray start --head, or give --on HOST:PORT "
            f"of one that runs"
        )
    return f"the Ray cluster {printable(where)} does not answer, or does not take us ({reason})"
