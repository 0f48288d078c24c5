"""The pages as people go through them, without a browser: answers, drafts, undo, going on."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import pytest

from tests.kit.annotation import HOST, Client, answered, opened, photographed_site
from tests.kit.reports import HOSTILE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from visualize.annotation.pages import Pages

UNITS = 6


@pytest.fixture
def pages(tmp_path: Path) -> Iterator[Pages]:
    shown = opened(photographed_site(tmp_path / "report", units=UNITS), share=0.2)
    with shown.answers:
        yield shown


@pytest.fixture(scope="module")
def untouched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pages]:
    shown = opened(photographed_site(tmp_path_factory.mktemp("untouched") / "report", units=UNITS))
    with shown.answers:
        yield shown


@pytest.fixture
def client(pages: Pages) -> Client:
    return Client(pages.app("127.0.0.1"))


def _unit(client: Client, by: str = "Ada") -> str:
    return client.get(f"/?{urlencode({'by': by})}").fields["unit"]


def test_a_person_answers_every_unit_once_and_is_done(client: Client, pages: Pages) -> None:
    seen = []
    for number in range(UNITS):
        seen.append(_unit(client))
        assert f"{number} of {UNITS}" in client.get("/?by=Ada").text
        reply = answered(client, "Ada", f"word {number}", "object", misfit=["0", "2"])
        assert (reply.status, reply.headers["location"]) == (303, "/?by=Ada")
    assert len(set(seen)) == UNITS
    assert "All 6 units are named" in client.get("/?by=Ada").text
    saved = pages.answers.all()
    assert [item.word for item in saved] == [f"word {number}" for number in range(UNITS)]
    assert all(item.misfits == (0, 2) for item in saved)
    assert [f"{item.layer}:{item.unit}" for item in saved] == seen


def test_people_do_not_see_each_others_answers(client: Client) -> None:
    answered(client, "Ada", "lamp", "object")
    page = client.get("/?by=Bo").text
    assert "lamp" not in page
    assert f"0 of {UNITS}" in page


def test_who_sees_nothing_in_common_says_so(client: Client, pages: Pages) -> None:
    fields = client.get("/?by=Ada").fields
    client.post("/answer", {**fields, "word": "half written", "nothing": "1", "misfit": "1"})
    (saved,) = pages.answers.all()
    assert saved.skipped
    assert (saved.word, saved.kind, saved.misfits, saved.precision) == ("", "", (), None)


def test_a_draft_is_there_after_everything_was_closed(client: Client, pages: Pages, tmp_path: Path) -> None:
    fields = client.get("/?by=Ada").fields
    draft = {**fields, "word": "half a la", "kind": "object part", "misfit": ["1", "3"], "at": "5"}
    assert client.post("/draft", draft).text == '{"saved":true}'
    pages.answers.close()
    again = opened(tmp_path / "report")
    with again.answers:
        page = Client(again.app("127.0.0.1")).get("/?by=ada")
    assert page.fields["unit"] == fields["unit"]
    assert page.fields["token"] == fields["token"]
    assert 'value="half a la"' in page.text
    assert 'value="object part" data-key="p" checked' in page.text
    assert [f'value="{place}" checked' in page.text for place in range(4)] == [False, True, False, True]


def test_marks_of_a_draft_are_not_put_on_other_pictures(client: Client, pages: Pages, tmp_path: Path) -> None:
    fields = client.get("/?by=Ada").fields
    client.post("/draft", {**fields, "word": "lamp", "misfit": ["0", "1"], "at": "5"})
    pages.answers.close()
    again = opened(tmp_path / "report", count=2)
    with again.answers:
        layer, unit = fields["unit"].rsplit(":", 1)
        page = Client(again.app("127.0.0.1")).get(f"/?by=Ada&unit={layer}:{unit}").text
    assert 'value="lamp"' in page
    assert " checked" not in page


def test_undo_brings_the_last_answer_back_to_be_changed(client: Client, pages: Pages) -> None:
    first = _unit(client)
    answered(client, "Ada", "lamp", "object", misfit="1")
    fields = client.get("/?by=Ada").fields
    assert fields["unit"] != first
    reply = client.post("/undo", {"token": fields["token"], "by": "Ada"})
    page = client.get(reply.headers["location"])
    assert page.fields["unit"] == first
    assert 'value="lamp"' in page.text
    client.post("/answer", {**page.fields, "word": "light", "kind": "object"})
    assert [item.word for item in pages.answers.all()] == ["light"]


def test_an_answer_that_is_sent_again_is_saved_once_and_says_so_to_a_script(client: Client, pages: Pages) -> None:
    fields = {**client.get("/?by=Ada").fields, "word": "lamp", "kind": "object"}
    for _ in range(3):
        reply = client.post("/answer", fields, accept="application/json")
        assert (reply.status, reply.text) == (200, '{"next":"/?by=Ada"}')
    with sqlite3.connect(pages.answers.path) as other:
        assert other.execute("SELECT count(*) FROM answer").fetchone() == (1,)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"word": "  "}, "lacks a word"),
        ({"word": "", "kind": ""}, "write a word"),
        ({"word": "x" * 121}, "write at most 120"),
        ({"kind": ""}, "lacks one of the six kinds"),
        ({"kind": "animal"}, "none of the kinds"),
        ({"misfit": "19"}, "not on the page"),
        ({"misfit": "-1"}, "not on the page"),
        ({"unit": "net:999"}, "not asked about"),
        ({"unit": "../../etc/passwd:1"}, "not asked about"),
        ({"page": "0"}, "have changed"),
        ({"by": ""}, "whose it is"),
        ({"by": "x" * 61}, "write at most 60"),
    ],
)
def test_what_is_no_answer_is_refused_and_saves_nothing(untouched: Pages, changed: dict[str, str], said: str) -> None:
    client = Client(untouched.app("127.0.0.1"))
    fields = {**client.get("/?by=Ada").fields, "word": "lamp", "kind": "object", **changed}
    reply = client.post("/answer", fields, accept="application/json")
    assert reply.status == 422
    assert said in reply.text
    assert said in client.post("/answer", fields).text
    assert untouched.answers.all() == []


def test_text_of_people_is_shown_as_text(client: Client, pages: Pages) -> None:
    by = urlencode({"by": HOSTILE})
    fields = client.get(f"/?{by}").fields
    client.post("/draft", {**fields, "by": HOSTILE, "word": HOSTILE, "at": "5"})
    page = client.get(f"/?{by}").text
    assert HOSTILE not in page
    assert page.count("&lt;img src=x onerror=alert(1)&gt;") >= 3
    assert pages.answers.all() == []


def test_addresses_of_pictures_do_not_tell_whose_they_are(client: Client, pages: Pages) -> None:
    names = set()
    for question in pages.questions.ordered("Ada"):
        page = client.get(f"/?by=Ada&unit={question.layer}:{question.unit}").text
        shown = [part.partition('"')[0] for part in page.split('src="/pictures/')[1:]]
        files = [pages.gathered.picture(question.layer, item.file) for item in question.shown]
        for name, path in zip(shown, files, strict=True):
            reply = client.get(f"/pictures/{name}")
            assert (reply.status, reply.headers["content-type"]) == (200, "image/webp")
            assert reply.body == path.read_bytes()
            assert name.isalnum()
        names |= set(shown)
    assert len(names) == UNITS * 4


def test_two_hundred_people_at_once_lose_no_answer(client: Client, pages: Pages) -> None:
    people, each = 200, 2

    async def answer(person: int) -> None:
        by = f"person {person}"
        for number in range(each):
            page = await client.asked("GET", f"/?{urlencode({'by': by})}", b"", {})
            reply = await client.posted(
                "/answer", {**page.fields, "word": f"word {number} of {person}", "kind": "scene"}
            )
            assert reply.status == 303

    async def everyone() -> None:
        await asyncio.gather(*map(answer, range(people)))

    began = time.process_time()
    asyncio.run(everyone())
    assert time.process_time() - began < 20
    words = [item.word for item in pages.answers.all()]
    assert sorted(words) == sorted(f"word {number} of {person}" for person in range(people) for number in range(each))


def test_a_disk_that_is_full_is_said_and_the_answer_can_be_sent_again(tmp_path: Path) -> None:
    pages = opened(photographed_site(tmp_path / "report", units=UNITS))
    client = Client(pages.app("127.0.0.1"))
    with pages.answers:
        pages.answers.limit(1)  # to as many pages as there are
        for person in range(100):
            fields = {**client.get(f"/?by=p{person}").fields, "word": "lamp" * 30, "kind": "object"}
            reply = client.post("/answer", fields, accept="application/json")
            if reply.status != 200:
                break
        assert reply.status == 507
        assert "free some space" in reply.text
        assert len(pages.answers.all()) == person > 0
        pages.answers.limit(1 << 20)
        assert client.post("/answer", fields, accept="application/json").status == 200
        assert len(pages.answers.all()) == person + 1


def test_every_page_is_shut_off_from_others_and_from_caches(client: Client) -> None:
    for address in ("/", "/?by=Ada", "/nowhere", "/static/annotate.js"):
        headers = client.get(address).headers
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert headers["cross-origin-resource-policy"] == "same-origin"
        assert headers["x-content-type-options"] == "nosniff"
    assert client.get("/?by=Ada").headers["cache-control"] == "no-store"
    assert "://" not in client.get("/?by=Ada").text.replace(f"http://{HOST}", "")
