"""Attacks: pages of other origins, names that are rebound, paths that climb, bodies that are too large or too slow."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from tests.kit.annotation import HOST, Client, opened, photographed_site
from visualize.annotation.guard import LARGEST, Guard
from visualize.annotation.serving import warning

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.types import Message

    from visualize.annotation.pages import Pages


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pages]:
    shown = opened(photographed_site(tmp_path_factory.mktemp("guarded") / "report"))
    with shown.answers:
        yield shown


@pytest.fixture(scope="module")
def client(pages: Pages) -> Client:
    return Client(pages.app("127.0.0.1"))


@pytest.fixture
def fields(client: Client) -> dict[str, str]:
    return {**client.get("/?by=Ada").fields, "word": "lamp", "kind": "object"}


@pytest.mark.parametrize(
    "host",
    [
        "evil.example", "evil.example:8470", "127.0.0.1.evil.example:8470", "localhost.evil.example", "10.0.0.1:8470",
        "", "127.0.0.1:8470, evil.example", "127.0.0.1@evil.example", "[::1", "127.0.0.1:8470/",
    ],
)  # fmt: skip
def test_a_name_that_is_none_of_this_machine_gets_nothing(client: Client, host: str) -> None:
    reply = replace(client, host=host).get("/?by=Ada")
    assert reply.status == 421
    assert "token" not in reply.text


@pytest.mark.parametrize("host", ["127.0.0.1:8470", "localhost:9000", "[::1]:8470", "LOCALHOST:8470", "127.0.0.1"])
def test_this_machine_is_asked_by_its_own_names_through_any_tunnel(client: Client, host: str) -> None:
    assert replace(client, host=host).get("/").status == 200


def test_bound_to_a_network_it_is_asked_by_addresses_and_by_the_name_that_was_given(pages: Pages) -> None:
    for bound, host, status in (
        ("0.0.0.0", "192.168.1.5:8470", 200),
        ("0.0.0.0", "evil.example:8470", 421),
        ("lab.example", "lab.example:8470", 200),
        ("lab.example", "evil.example:8470", 421),
    ):
        assert Client(pages.app(bound), host).get("/").status == status, (bound, host)


@pytest.mark.parametrize(
    "origin",
    ["", "null", "http://evil.example", f"http://{HOST}.evil.example", "http://127.0.0.1:8471", f"ftp://{HOST}",
     "http://localhost:8470"],
)  # fmt: skip
@pytest.mark.parametrize("address", ["/answer", "/draft", "/undo"])
def test_a_page_of_another_origin_cannot_post_even_with_the_token(
    client: Client, pages: Pages, fields: dict[str, str], origin: str, address: str
) -> None:
    assert client.post(address, fields, origin=origin).status == 403
    assert pages.answers.all() == []


@pytest.mark.parametrize("token", ["", "guessed", "é"])
def test_who_does_not_know_the_token_cannot_post(
    client: Client, pages: Pages, fields: dict[str, str], token: str
) -> None:
    reply = client.post("/answer", {**fields, "token": token})
    assert reply.status == 403
    assert "open it again" in reply.text
    assert pages.answers.all() == []


def test_a_token_is_given_once(client: Client, fields: dict[str, str]) -> None:
    assert client.post("/answer", {**fields, "token": [fields["token"], fields["token"]]}).status == 403


@pytest.mark.parametrize(
    "address",
    [
        "/static/../storage.py", "/static/..%2f..%2fpyproject.toml", "/static/%2e%2e/annotate.html",
        "/static//etc/passwd", "/pictures/../../annotation/answers.sqlite", "/pictures/0-top-0.webp",
        "/pictures/%2e%2e%2f%2e%2e%2fannotation%2fanswers.sqlite", "/pictures/..\\..\\x", "/answers.sqlite",
        "/annotation/answers.sqlite", "/data/net--conv5--streets/units.jsonl", "/static/report.js",
    ],
)  # fmt: skip
def test_no_path_leads_out_of_what_pages_show(client: Client, address: str) -> None:
    reply = client.get(address)
    assert reply.status == 404
    assert len(reply.body) < 100


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
def test_other_methods_do_nothing(client: Client, pages: Pages, method: str) -> None:
    reply = asyncio.run(client.asked(method, "/answer", b"", {}))
    assert reply.status in {403, 405}
    assert "access-control-allow-origin" not in reply.headers
    assert pages.answers.all() == []


def test_a_post_is_of_a_form(client: Client, fields: dict[str, str]) -> None:
    assert client.post("/answer", fields, content_type="application/json").status == 415
    assert client.post("/answer", fields, content_type="text/plain").status == 415
    assert client.post("/answer", fields, content_type="").status == 415
    assert client.post("/answer", b"\xff\xfe=1").status == 400
    assert client.post("/answer", b"&".join(b"a=1" for _ in range(200))).status == 400


def test_a_body_that_is_too_large_is_refused_by_its_length_or_when_it_has_come(
    client: Client, fields: dict[str, str]
) -> None:
    assert client.post("/answer", fields, content_length=str(LARGEST + 1)).status == 413
    assert client.post("/answer", fields, content_length="9" * 400).status == 413
    assert client.post("/answer", fields, content_length="-1").status == 413
    assert client.post("/answer", b"word=" + b"x" * LARGEST).status == 413


def _ask(guard: Guard, receive: Any) -> int:  # noqa: ANN401 (of ASGI)
    scope: dict[str, Any] = {
        "type": "http", "method": "POST", "path": "/answer",
        "headers": [
            (b"host", HOST.encode()), (b"origin", f"http://{HOST}".encode()),
            (b"content-type", b"application/x-www-form-urlencoded"),
        ],
    }  # fmt: skip
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    asyncio.run(guard(scope, receive, send))
    return int(sent[0]["status"])


def test_a_body_that_does_not_come_is_not_waited_for(pages: Pages) -> None:
    async def never() -> Message:
        await asyncio.sleep(3600)
        raise AssertionError

    async def endless() -> Message:
        await asyncio.sleep(0)
        return {"type": "http.request", "body": b"x" * 4096, "more_body": True}

    async def gone() -> Message:
        await asyncio.sleep(0)
        return {"type": "http.disconnect"}

    guard = Guard(pages.app("127.0.0.1"), "127.0.0.1", pages.answers.token, patience=0.05)
    began = time.monotonic()
    assert [_ask(guard, receive) for receive in (never, endless, gone)] == [408, 413, 400]
    assert time.monotonic() - began < 5


def test_who_serves_to_others_is_told_which_address_they_open(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("visualize.annotation.serving._ELSEWHERE", ("127.0.0.1", 9))
    assert warning("127.0.0.1", "8470") == ""
    assert warning("192.168.0.3", "8470").endswith("others open http://192.168.0.3:8470/")
    assert warning("fe80::1", "1").endswith("others open http://[fe80::1]:1/")
    assert warning("0.0.0.0", "8470").endswith("there is no password")  # a machine without a network
