"""Asking a web server, by httpx: through this machine's proxies, by its certificates, and in bounded time.

Importing this loads httpx, which takes as long as the start of ``viz``: import it where bytes are to be fetched.
"""

from __future__ import annotations

import functools
import ssl
import threading
from concurrent.futures import Future
from typing import TYPE_CHECKING
from urllib.request import getproxies, proxy_bypass

import httpx

from visualize._version import __version__
from visualize.download.errors import TransferError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


_HEADERS = {"User-Agent": f"viz-units/{__version__}", "Accept-Encoding": "identity", "Connection": "close"}
_REDIRECTS = 10
_FAULTS = (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError, ImportError)  # a proxy by SOCKS wants a library


class _Routes(httpx.BaseTransport):
    """Sends each request, redirected ones too, by the proxy that the environment or the system names for its host.

    httpx reads the same settings, but once for all hosts, and gives up where one of them names a proxy that it does
    not know (ALL_PROXY=socks://... beside a good HTTPS_PROXY). Certificates are the system's, or those of
    SSL_CERT_FILE; httpx would bring its own.
    """

    def __init__(self) -> None:
        self._used: list[httpx.HTTPTransport] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """The answer to a request, asked directly or by the proxy of its host."""
        direct = proxy_bypass(request.url.netloc.decode())
        proxy = None if direct else getproxies().get(request.url.scheme)
        address = f"http://{proxy}" if proxy and "://" not in proxy else proxy
        plain = request.url.scheme == "http" and not address
        certificates = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT) if plain else self._certificates
        self._used.append(httpx.HTTPTransport(verify=certificates, proxy=address or None))
        return self._used[-1].handle_request(request)

    @functools.cached_property
    def _certificates(self) -> ssl.SSLContext:
        """The system's certificates, which take longer to load than a small file to come."""
        return ssl.create_default_context()

    def close(self) -> None:
        """Close every connection that was opened."""
        for used in self._used:
            used.close()


def client(timeout: float) -> httpx.Client:
    """A client for requests through the proxies of this machine; closing it closes its connections.

    Args:
        timeout: seconds to wait for a connection, and then for each piece of an answer.
    """
    return httpx.Client(
        transport=_Routes(), trust_env=False, headers=_HEADERS, timeout=timeout, follow_redirects=True,
        max_redirects=_REDIRECTS,
    )  # fmt: skip


def ask(web: httpx.Client, address: str, headers: Mapping[str, str], *, within: float) -> httpx.Response:
    """The head of a server's answer, redirects followed; any status will do.

    The client's own timeout ends neither the look-up of a name, which its sync connection leaves to the system, nor a
    head that drips in, whose every byte is in time. So a thread asks, and is left to itself after ``within`` seconds.
    The thread stays because nothing else ends both: signals work in a program's main thread alone, and an event loop
    would look names up in a thread of its own, which it waits for before it closes.

    Raises:
        TransferError: there is no answer in time, or none that is HTTP.
    """
    answer: Future[httpx.Response] = Future()

    def wait() -> None:
        try:
            answer.set_result(web.send(web.build_request("GET", address, headers=headers), stream=True))
        except Exception as fault:  # noqa: BLE001 (raised where it is waited for)
            answer.set_exception(fault)

    threading.Thread(target=wait, daemon=True).start()
    try:
        return answer.result(within)
    except httpx.UnsupportedProtocol as fault:
        raise TransferError("leads out of the web") from fault
    except TimeoutError as fault:
        raise TransferError(f"no answer in {within:g} s") from fault
    except _FAULTS as fault:
        raise TransferError(_reason(fault, f"no answer in {web.timeout.read:g} s")) from fault


def content(answer: httpx.Response) -> Iterator[bytes]:
    """The bytes of an answer as they come; fewer than its head states if the connection closes early.

    Raises:
        TransferError: the connection breaks, or is closed early where no length was stated.
    """
    try:
        yield from answer.iter_raw()
    except httpx.HTTPError as fault:
        if isinstance(fault, httpx.RemoteProtocolError) and "Content-Length" in answer.headers:
            return
        raise TransferError(_reason(fault, "the server stopped sending")) from fault


def _reason(fault: BaseException, late: str) -> str:
    """The reason of a fault in one line: the system's words for it, where the system raised it."""
    chain = [fault]
    while (earlier := chain[-1].__cause__ or chain[-1].__context__) is not None:
        chain.append(earlier)
    if any(isinstance(link, TimeoutError) for link in chain):
        return late
    stated = next((link.strerror for link in chain if isinstance(link, OSError) and link.strerror), str(fault))
    return " ".join(stated.split()) or type(fault).__name__
