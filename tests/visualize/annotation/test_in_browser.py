"""Naming units in a browser: keys alone, reloads, servers and tabs that die, no scripts, and pages of other origins."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest

from tests.kit.annotation import opened, photographed_site, serving
from tests.kit.browser import Browser, browser

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from visualize.annotation.pages import Pages
    from visualize.annotation.records import Draft

ENTER, ESCAPE, RIGHT, TAB, SPACE = "\ue007", "\ue00c", "\ue014", "\ue004", " "
UNITS = 3


@pytest.fixture(scope="module")
def page() -> Iterator[Browser]:
    with browser() as shown:
        yield shown


@pytest.fixture
def site(tmp_path: Path) -> Path:
    return photographed_site(tmp_path / "report", units=UNITS)


def _wait(true: Callable[[], object]) -> None:
    """Wait until something is so, for ten seconds at the most."""
    end = time.monotonic() + 10
    while time.monotonic() < end:
        if true():
            return
        time.sleep(0.02)
    raise AssertionError("it did not come to be within ten seconds")


def _progress(page: Browser, done: int) -> bool:
    return page.reads(".progress span", f"{done} of {UNITS}")


def _state(page: Browser) -> dict[str, Any]:
    state: dict[str, Any] = page.run(
        "const f = document.getElementById('answer'); const c = n => Array.from(f.querySelectorAll(n + ':checked'));"
        "const v = n => c(n).map(i => i.value); return {word: f.word.value, misfits: v('[name=misfit]'),"
        "kind: v('[name=kind]')}"
    )  # fmt: skip
    return state


def test_a_whole_annotation_by_keys_alone_with_a_reload_in_the_middle(page: Browser, site: Path) -> None:
    pages = opened(site, share=0.2)
    with pages.answers, serving(pages) as address:
        page.visit(address)
        page.keys("Ada L", ENTER)
        assert _progress(page, 0)
        page.keys("street lamp", ENTER, "1", "3", "3", "o", ENTER)
        assert _progress(page, 1)
        page.keys("half a wo", ENTER, "2", "p")
        _wait(lambda: (draft := _draft(pages)) is not None and draft.kind == "object part")
        page.driver.refresh()
        assert _progress(page, 1)
        assert _state(page) == {"word": "half a wo", "misfits": ["1"], "kind": ["object part"]}
        page.keys("rd", ENTER)
        assert _progress(page, 2)
        page.keys(ESCAPE, "u")
        assert _progress(page, 1)
        assert _state(page) == {"word": "half a word", "misfits": ["1"], "kind": ["object part"]}
        page.keys(ESCAPE, "s", ENTER)
        assert _progress(page, 2)
        page.keys(ESCAPE, "n")
        assert page.reads("h1", f"All {UNITS} units are named")
        first, second, third = pages.answers.all()
        assert (first.annotator, first.word, first.kind, first.misfits) == ("Ada L", "street lamp", "object", (0,))
        assert (second.word, second.kind, second.misfits) == ("half a word", "scene", (1,))
        assert third.skipped


def _draft(pages: Pages) -> Draft | None:
    return pages.answers.draft_of("Ada L", pages.questions.ordered("Ada L")[1].key)


def test_keys_reach_every_picture_and_ask_for_what_is_missing(page: Browser, site: Path) -> None:
    pages = opened(site)
    with pages.answers, serving(pages) as address:
        page.visit(f"{address}/?by=Bo")
        assert _progress(page, 0)
        page.keys(ENTER)
        assert page.texts("#said")[0].startswith("Write a word")
        page.keys("lamp 12", ENTER)  # digits within the word mark nothing
        assert _state(page)["misfits"] == []
        page.keys(SPACE, RIGHT, RIGHT, SPACE, ENTER)
        assert _state(page)["misfits"] == ["0", "2"]
        assert page.texts("#said")[0].startswith("Choose one of the six kinds")
        page.keys("w", TAB)
        assert page.run("return document.activeElement.name") == "misfit"
        assert pages.answers.all() == []
        page.keys("t", ENTER)
        assert _progress(page, 1)
        (saved,) = pages.answers.all()
        assert (saved.word, saved.kind, saved.misfits) == ("lamp 12", "texture or material", (0, 2))


def test_an_answer_outlives_a_server_that_dies_and_so_does_a_draft_in_a_closed_tab(page: Browser, site: Path) -> None:
    pages = opened(site)
    with serving(pages) as address:
        page.visit(f"{address}/?by=Cy")
        assert _progress(page, 0)
    pages.answers.close()
    page.keys("lamp", ENTER, "4", "o", ENTER)
    _wait(lambda: page.texts("#said")[0].startswith("Not saved yet"))
    again, port = opened(site), int(address.rpartition(":")[2])
    with again.answers, serving(again, port):
        assert _progress(page, 1)
        (saved,) = again.answers.all()
        assert (saved.word, saved.misfits) == ("lamp", (3,))
    page.keys("sk", ENTER, "1")
    page.visit("about:blank")
    third = opened(site)
    with third.answers, serving(third, port):
        page.visit(f"{address}/?by=Cy")
        assert _progress(page, 1)
        assert _state(page) == {"word": "sk", "misfits": ["0"], "kind": []}
        _wait(lambda: _drafts(third, "Cy"))


def _drafts(pages: Pages, by: str) -> list[Draft]:
    asked = pages.questions.ordered(by)
    return [draft for item in asked if (draft := pages.answers.draft_of(by, item.key)) is not None]


def test_without_scripts_it_is_a_form(page: Browser, site: Path) -> None:
    pages = opened(site)
    page.scripts(allowed=False)
    try:
        with pages.answers, serving(pages) as address:
            page.visit(f"{address}/?by=Di")
            page.all("#word")[0].send_keys("lamp")
            page.all("input[name=misfit]")[1].click()
            page.all("input[name=kind][value=object]")[0].click()
            page.all("button.main")[0].click()
            _wait(lambda: len(pages.answers.all()) == 1)
            (saved,) = pages.answers.all()
            assert (saved.word, saved.kind, saved.misfits) == ("lamp", "object", (1,))
            assert _progress(page, 1)
            page.all("#undo button")[0].click()
            assert _progress(page, 0)
            assert page.all("#word")[0].get_property("value") == "lamp"
            page.all("button.main")[0].click()
            assert _progress(page, 1)
            page.all("button.main")[0].click()
            assert page.reads("h1", "Not saved")
    finally:
        page.scripts(allowed=True)


_FOREIGN = """<!DOCTYPE html><form method="post" action="{address}/answer"><input name="token" value="{token}">
<input name="by" value="Eve"><input name="unit" value="{unit}"><input name="page" value="{page}">
<input name="word" value="x"><input name="kind" value="object"></form>
<script>
const body = new URLSearchParams(new FormData(document.forms[0]));
window.tried = fetch("{address}/answer", {{ method: "POST", body: body, mode: "no-cors" }}).then(() => 1, () => 1)
  .then(() => fetch("{address}/?by=Eve")).then(() => "read", () => "shut");
</script>"""


def test_a_page_of_another_origin_can_neither_post_nor_read(page: Browser, site: Path, tmp_path: Path) -> None:
    pages = opened(site)
    with pages.answers, serving(pages) as address:
        page.visit(f"{address}/?by=Eve")
        hidden = page.run("const f = document.getElementById('answer');"
                          "return {token: f.token.value, unit: f.unit.value, page: f.page.value}")  # fmt: skip
        foreign = tmp_path / "foreign.html"
        foreign.write_text(_FOREIGN.format(address=address, **hidden))
        page.open(foreign)
        assert page.driver.execute_async_script("window.tried.then(arguments[0])") == "shut"
        page.run("document.forms[0].submit()")
        _wait(lambda: page.driver.current_url.startswith(address))
        assert "only pages of this server" in page.run("return document.body.textContent")
        assert pages.answers.all() == []


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 390)])
def test_no_page_is_closed_to_anybody_and_nothing_is_asked_of_elsewhere(
    page: Browser, site: Path, scheme: str, width: int
) -> None:
    pages = opened(site)
    page.prefer(scheme)
    page.size(width, 900)
    try:
        with pages.answers, serving(pages) as address:
            page.requests()
            page.driver.get_log("browser")
            page.visit(address)
            assert _shut_out(page) == []
            page.visit(f"{address}/?by=Flo")
            page.keys("lamp", ENTER, "1", "o")
            assert _shut_out(page) == []
            for done in range(UNITS):
                assert _progress(page, done)
                page.keys("w", ESCAPE, "n")
            assert page.reads("h1", f"All {UNITS} units are named")
            assert _shut_out(page) == []
            assert [item.skipped for item in pages.answers.all()] == [True] * UNITS
            asked = page.requests()
            assert [url for url in asked if not url.startswith((address, "about:blank", "data:"))] == []
            assert [entry for entry in page.driver.get_log("browser") if entry["level"] == "SEVERE"] == []
            page.visit(f"{address}/?by={'x' * 61}")
            assert page.reads("h1", "Not to be shown")
            assert _shut_out(page) == []
    finally:
        page.prefer("light")
        page.size(1280, 1000)


def _shut_out(page: Browser) -> list[str]:
    """Violations of accessibility, and what is wider than the page."""
    wide = page.run("return document.documentElement.scrollWidth > window.innerWidth")
    return [*page.violations(), *(["wider than the page"] if wide else [])]
