"""Guard of the page: what another site makes a browser send is refused, and so are bodies that are too large.

A page of another origin can make a browser ask this server for anything, and by rebinding its own name to 127.0.0.1 it
can even read the answer. So the name by which the server is asked must be an address of this machine, and whoever posts
must come from a page of this server and know the token in it.
"""

from __future__ import annotations

import asyncio
import hmac
import ipaddress
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

LARGEST = 64 << 10
"""Bytes of a body."""
FIELDS = "viz_fields"
"""Name under which a request's state holds the fields that were posted."""

_MOST_FIELDS = 100
_PATIENCE = 20.0  # seconds for a body to arrive
_FORM = "application/x-www-form-urlencoded"
_HOST = re.compile(r"(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::[0-9]{1,5})?")
_HEADERS = {
    "content-security-policy": "default-src 'none'; img-src 'self'; style-src 'self'; script-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "same-origin",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}


class Refusal(Exception):  # noqa: N818 (an answer rather than a fault)
    """A request that is refused.

    Args:
        status: of HTTP.
        reason: in one line.

    Example:
        >>> Refusal(403, "only pages of this server may post to it").status
        403
    """

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status, self.reason = status, reason


@dataclass(frozen=True)
class Guard:
    """Lets through what the server's own pages ask, and adds headers that shut its pages off from others.

    Args:
        app: what is guarded.
        host: address that the server is bound to, as it was given.
        token: that a post must bring.
        patience: seconds for a body to arrive.
    """

    app: ASGIApp
    host: str
    token: str
    patience: float = _PATIENCE

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand a request on, or refuse it."""
        if scope["type"] != "http":
            return

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = [(name.encode(), value.encode()) for name, value in _HEADERS.items()]
                message = {**message, "headers": [*message.get("headers", []), *headers]}
            await send(message)

        try:
            authority = self._authority(scope)
            if scope["method"] not in {"GET", "HEAD"}:
                scope.setdefault("state", {})[FIELDS] = await self._posted(scope, receive, authority)
        except Refusal as refusal:
            await _refuse(answer, refusal)
            return
        await self.app(scope, receive, answer)

    def _authority(self, scope: Scope) -> str:
        """The name and port by which the server is asked."""
        hosts = _values(scope, b"host")
        matched = _HOST.fullmatch(hosts[0].lower()) if len(hosts) == 1 else None
        if matched is None or not _is_ours(matched[1].strip("[]"), self.host):
            raise Refusal(421, "this name is none of this server's; ask by its address, such as 127.0.0.1")
        return hosts[0].lower()

    async def _posted(self, scope: Scope, receive: Receive, authority: str) -> dict[str, list[str]]:
        origins = _values(scope, b"origin")
        if origins not in ([f"http://{authority}"], [f"https://{authority}"]):
            raise Refusal(403, "only pages of this server may post to it")
        if [kind.lower().partition(";")[0].strip() for kind in _values(scope, b"content-type")] != [_FORM]:
            raise Refusal(415, f"a post must be of {_FORM}")
        body = await self._body(scope, receive)
        try:
            fields = parse_qsl(body.decode("utf-8"), keep_blank_values=True, max_num_fields=_MOST_FIELDS)
        except ValueError:
            raise Refusal(400, "the fields that were posted cannot be read") from None
        posted: dict[str, list[str]] = {}
        for name, value in fields:
            posted.setdefault(name, []).append(value)
        tokens = posted.pop("token", [])
        if len(tokens) != 1 or not hmac.compare_digest(tokens[0].encode(), self.token.encode()):
            raise Refusal(403, "the page is not of these answers; open it again")
        return posted

    async def _body(self, scope: Scope, receive: Receive) -> bytes:
        lengths = _values(scope, b"content-length")
        if any(not text.isdecimal() or int(text[:12]) > LARGEST for text in lengths):
            raise Refusal(413, f"a post may have {LARGEST:,} bytes")
        body = bytearray()
        try:
            async with asyncio.timeout(self.patience):
                while True:
                    message = await receive()
                    if message["type"] == "http.disconnect":
                        raise Refusal(400, "the post broke off")
                    body += message.get("body", b"")
                    if len(body) > LARGEST:
                        raise Refusal(413, f"a post may have {LARGEST:,} bytes")
                    if not message.get("more_body", False):
                        return bytes(body)
        except TimeoutError:
            raise Refusal(408, "the post did not arrive in time") from None


def is_loopback(host: str) -> bool:
    """Whether a host is this machine as it calls itself.

    Example:
        >>> [is_loopback(host) for host in ("127.0.0.1", "::1", "localhost", "0.0.0.0", "example.org")]
        [True, True, True, False, False]
    """
    address = _address(host)
    return host.lower() == "localhost" if address is None else address.is_loopback


def _is_ours(name: str, host: str) -> bool:
    """Whether the server may be asked by a name: addresses cannot be rebound, names can."""
    if is_loopback(name):
        return True
    return not is_loopback(host) and (_address(name) is not None or name == host.lower())


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _values(scope: Scope, header: bytes) -> list[str]:
    return [value.decode("latin-1").strip() for name, value in scope["headers"] if name.lower() == header]


async def _refuse(send: Any, refusal: Refusal) -> None:  # noqa: ANN401 (of Starlette)
    body = f"{refusal.reason}\n".encode()
    headers = [
        (b"content-type", b"text/plain; charset=utf-8"),
        (b"content-length", str(len(body)).encode()),
        (b"connection", b"close"),
    ]
    await send({"type": "http.response.start", "status": refusal.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
