"""Serving the pages on this machine, until interrupted."""

from __future__ import annotations

import contextlib
import socket
from typing import TYPE_CHECKING

from visualize.annotation.guard import is_loopback
from visualize.methods.errors import InputError, system_words

if TYPE_CHECKING:
    from collections.abc import Callable

    from visualize.annotation.pages import Pages

_QUEUE = 256  # connections that wait
_EVERY = frozenset({"0.0.0.0", "::", ""})  # hosts that are all addresses of this machine  # noqa: S104 (as asked for)
_ELSEWHERE = ("192.0.2.1", 9)  # of a network for examples (RFC 5737)
_LEAVE = 3  # seconds for requests in progress when the server ends


def serve(pages: Pages, host: str, port: int, ready: Callable[[str], None]) -> None:
    """Serve until interrupted.

    Args:
        pages: what is served.
        host: address to be bound to.
        port: of it; 0 for any that is free.
        ready: told the address to open, once the server can be asked.

    Raises:
        InputError: the address cannot be bound.
    """
    import uvicorn

    bound = _bind(host, port)
    number = bound.getsockname()[1]
    config = uvicorn.Config(
        pages.app(host), log_level="error", access_log=False, lifespan="off", ws="none", server_header=False,
        proxy_headers=False, timeout_graceful_shutdown=_LEAVE, backlog=_QUEUE,
    )  # fmt: skip
    with contextlib.closing(bound):
        ready(f"http://{_named(host)}:{number}/")
        with contextlib.suppress(KeyboardInterrupt):
            uvicorn.Server(config).run(sockets=[bound])


def check(host: str, port: int) -> None:
    """Refuse an address that cannot be bound, before pictures are made and answers begun.

    Args:
        host: address to be bound to.
        port: of it; 0 for any that is free.

    Raises:
        InputError: the address cannot be bound.
    """
    _bind(host, port).close()


def _bind(host: str, port: int) -> socket.socket:
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        bound = socket.socket(family, kind)
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(address)
        bound.listen(_QUEUE)
    except (OSError, OverflowError, UnicodeError) as fault:  # the last of names that no address can be
        reason = system_words(fault)
        raise InputError(f"cannot serve at {host}, port {port}: {reason}; give another --port or --host") from fault
    return bound


def _named(host: str) -> str:
    """Host in an address that a browser on this machine can open."""
    if host in _EVERY:
        return "127.0.0.1" if host != "::" else "[::1]"
    return f"[{host}]" if ":" in host else host


def warning(host: str, port: str) -> str:
    """Sentence for who serves to others, with the address that these open; "" where only this machine can ask.

    Args:
        host: that the server is bound to.
        port: of it, as the address has it.
    """
    if is_loopback(host):
        return ""
    own = _outward() if host in _EVERY else host
    others = f"; others open http://{f'[{own}]' if ':' in own else own}:{port}/" if own else ""
    return (
        f"bound to {host}: whoever reaches this machine can see the pictures and answer; there is no password{others}"
    )


def _outward() -> str:
    """This machine's address in its network, as far as it has one; nothing is sent to find out."""
    with contextlib.suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asked:
        asked.connect(_ELSEWHERE)
        own = str(asked.getsockname()[0])
        return "" if is_loopback(own) else own
    return ""
