"""Pages of a report in a browser: filters, keys, no scripts, hostile labels, and nothing asked of elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.kit.browser import Browser, browser
from tests.kit.reports import HOSTILE, made_up_site

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

UNITS = 12
ENTER, ESCAPE, RIGHT, DOWN, TAB = "\ue007", "\ue00c", "\ue014", "\ue015", "\ue004"


@pytest.fixture(scope="module")
def page() -> Iterator[Browser]:
    with browser() as shown:
        yield shown


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("report")
    return made_up_site(folder, units=UNITS, layers=[("net", "conv5"), ("net", HOSTILE), ("other", "conv5")]).parent


def _layer(site: Path) -> Path:
    return site / "layers" / "net--conv5--streets.html"


def _one_of_each(site: Path) -> list[Path]:
    (hostile,) = site.glob("layers/net--*-img-*.html")
    (concept,) = site.glob("concepts/object--*-img-*.html")
    unit, (pair,) = site / "units" / hostile.stem / "1.html", site.glob("pairs/*.html")
    return [site / "index.html", hostile, unit, concept, pair]


def _shown(page: Browser) -> list[int]:
    return [int(item) for item in page.run(
        "return Array.from(document.querySelectorAll('.card')).map(c => c.dataset.unit)"
    )]  # fmt: skip


def _choose(page: Browser, field: str, value: str) -> None:
    page.run(
        "const f = document.getElementById('f-' + arguments[0]); f.value = arguments[1];"
        "f.dispatchEvent(new Event('input', {bubbles: true}))", field, value,
    )  # fmt: skip


def test_units_are_filtered_and_the_address_tells_how(page: Browser, site: Path) -> None:
    page.open(_layer(site))
    assert _shown(page) == list(range(UNITS))
    page.all("#f-text")[0].send_keys("car")
    assert _shown(page) == [0, 4, 8]
    assert page.texts("#shown") == ["3 of 12 units"]
    _choose(page, "iou", "0.15")
    assert _shown(page) == [0, 4]
    state = page.driver.current_url.partition("#")[2]
    page.open(_layer(site), state)
    assert _shown(page) == [0, 4]
    assert page.all("#f-text")[0].get_property("value") == "car"
    page.all("button[type=reset]")[0].click()
    page.driver.execute_async_script("setTimeout(arguments[0], 20)")
    assert _shown(page) == list(range(UNITS))
    assert "#" not in page.driver.current_url


@pytest.mark.parametrize(
    ("field", "value", "units"),
    [
        ("category", "scene", [2, 6, 10]),
        ("name", HOSTILE, [1, 5, 9]),
        ("text", "7", [7]),
        ("text", "onerror", [1, 5, 9]),
        ("text", "nothing is called this", []),
        ("iou", "0.2", [0, 1, 2, 3]),
    ],
)
def test_each_filter_shows_the_units_that_it_says(
    page: Browser, site: Path, field: str, value: str, units: list[int]
) -> None:
    page.open(_layer(site))
    _choose(page, field, value)
    assert _shown(page) == units


def test_units_are_sorted(page: Browser, site: Path) -> None:
    page.open(_layer(site))
    _choose(page, "sort", "name")
    assert _shown(page) == [1, 5, 9, 0, 4, 8, 3, 7, 11, 2, 6, 10]
    _choose(page, "sort", "category")
    assert _shown(page) == [3, 7, 11, 0, 1, 4, 5, 8, 9, 2, 6, 10]
    _choose(page, "sort", "")
    assert _shown(page) == list(range(UNITS))


def test_who_opens_a_unit_and_goes_back_finds_the_filter_as_it_was(page: Browser, site: Path) -> None:
    page.open(_layer(site))
    _choose(page, "text", "car")
    page.all('.card[data-unit="4"] a')[0].click()
    assert page.reads("h1", "Unit 4 of conv5, net")
    page.driver.back()
    assert page.reads("#shown", "3 of 12 units")
    assert _shown(page) == [0, 4, 8]
    assert page.driver.current_url.endswith("#text=car")


def test_everything_can_be_done_by_keys(page: Browser, site: Path) -> None:
    page.open(_layer(site))
    page.keys("/")
    page.keys(*"car", ESCAPE)
    assert _shown(page) == [0, 4, 8]
    page.run("document.querySelector('.card a').focus()")
    page.keys(RIGHT, ENTER)
    assert page.reads("h1", "Unit 4 of conv5, net")
    page.keys(RIGHT)
    assert page.reads("h1", "Unit 5 of conv5, net")
    page.open(_layer(site))
    page.keys(TAB)
    assert page.run("return document.activeElement.textContent") == "Skip to the content"
    page.keys(ENTER, TAB)
    assert page.run("return document.activeElement.id") == "f-text"


def test_without_scripts_all_is_there_but_the_filter(page: Browser, site: Path) -> None:
    page.scripts(allowed=False)
    try:
        page.open(_layer(site))
        assert not page.all("#filter")[0].is_displayed()
        assert len(page.all(".card")) == UNITS
        page.all('.card[data-unit="1"] a')[0].click()
        assert page.reads("h1", "Unit 1 of conv5, net")
        assert HOSTILE in page.texts("tbody th")
        assert len(page.all("main figure")) >= 5
    finally:
        page.scripts(allowed=True)


def test_labels_that_would_be_markup_are_shown_as_text_and_nothing_is_asked_of_elsewhere(
    page: Browser, site: Path
) -> None:
    page.requests()
    for path in _one_of_each(site):
        page.open(path)
        assert page.run("return document.querySelectorAll('img[src=x], [onerror], main script').length") == 0, path
        pictures = page.run("return Array.from(document.images).filter(i => i.loading !== 'lazy' && !i.naturalWidth)")
        assert pictures == [], path
        assert HOSTILE in page.run("return document.body.textContent"), path
    asked = page.requests()
    assert asked
    assert [url for url in asked if not url.startswith((site.as_uri(), "about:blank"))] == []
    refused = [entry for entry in page.driver.get_log("browser") if entry["level"] == "SEVERE"]
    assert refused == []


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 390)])
def test_no_page_is_closed_to_anybody(page: Browser, site: Path, scheme: str, width: int) -> None:
    page.prefer(scheme)
    page.size(width, 900)
    try:
        for path in _one_of_each(site):
            page.open(path)
            assert page.violations() == [], path
            assert page.run("return document.documentElement.scrollWidth") <= width, path
            assert page.run("return Array.from(document.images).filter(i => !i.hasAttribute('alt')).length") == 0
    finally:
        page.prefer("light")
        page.size(1280, 1000)
