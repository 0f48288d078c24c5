"""A report of 2,048 units in a browser: how soon it is painted, and whether it stays smooth."""

from __future__ import annotations

import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

import pytest

from tests.kit.browser import Browser, browser
from tests.kit.reports import made_up_layer, made_up_site
from visualize.reports.site import Site
from visualize.reports.writing import write_pages

UNITS = 2048
PAINTED, SMOOTH = 1.0, 0.1  # seconds: the bars of the first paint, and of the longest step of a scroll
_STEP = """
const done = arguments[arguments.length - 1];
const before = scrollY;
scrollBy({top: 700, behavior: "instant"});
requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(() => done(scrollY - before), 0)));
"""
_ACT = """
const done = arguments[arguments.length - 1];
const field = document.getElementById("f-" + arguments[0]);
field.value = arguments[1];
field.dispatchEvent(new Event("input", {bubbles: true}));
requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 0)));
"""


def report() -> bool:
    """Write a report of made-up units, open its largest page, scroll through it, filter and sort it.

    Returns:
        Whether the bars are kept; True as well where there is no browser.
    """
    print(f"\nreport: {UNITS} made-up units of one layer")
    with tempfile.TemporaryDirectory() as folder:
        site = Path(folder)
        made_up_site(site, units=12)
        layer = made_up_layer(site, "large", "layer", units=UNITS, pictures=4)
        wall, processor = time.perf_counter(), time.process_time()
        write_pages(Site.read(site), lambda done, total: None)
        wall, processor = time.perf_counter() - wall, time.process_time() - processor
        page = site / "layers" / f"{layer.name}.html"
        print(f"  {'pages read and written':<58} {wall:8.2f} s ({processor:.2f} s of processor time)")
        print(f"  {'the page of the layer':<58} {page.stat().st_size / 1e6:8.2f} MB")
        try:
            with browser() as shown:
                return _measured(shown, page)
        except pytest.skip.Exception as fault:
            print(f"  not measured: {fault}")
            return True


def _measured(shown: Browser, page: Path) -> bool:
    """Measure the page: paints by the clock, tasks by the processor time of the page's main thread."""
    paints = []
    for _ in range(3):
        shown.open(page)
        paints.append(shown.run("return performance.getEntriesByName('first-contentful-paint')[0].startTime") / 1000)
    shown.driver.execute_cdp_cmd("Performance.enable", {"timeDomain": "threadTicks"})
    steps: list[float] = []
    while (step := _task(shown, _STEP))[1]:
        steps.append(step[0])
    told = {
        "first paint, by the clock": (min(paints), PAINTED),
        f"longest of {len(steps)} steps of 700 pixels, processor time": (max(steps), SMOOTH),
    }
    for name, (seconds, bar) in told.items():
        print(f"  {name:<58} {seconds:8.3f} s   bar: {bar} s: {'kept' if seconds < bar else 'MISSED'}")
    print(f"  {'the same in the middle':<58} {statistics.median(steps):8.3f} s")
    for field, value in (("text", "car"), ("text", ""), ("sort", "name"), ("sort", "")):
        print(f"  {f'{field} {value!r}, processor time':<58} {_task(shown, _ACT, field, value)[0]:8.3f} s")
    return all(seconds < bar for seconds, bar in told.values())


def _task(shown: Browser, script: str, *values: str) -> tuple[float, Any]:
    """Processor time of the page's main thread while a script runs and what it changed is painted; and its value."""
    before = _busy(shown)
    value = shown.driver.execute_async_script(script, *values)
    return _busy(shown) - before, value


def _busy(shown: Browser) -> float:
    metrics = shown.driver.execute_cdp_cmd("Performance.getMetrics", {})["metrics"]
    return next(float(item["value"]) for item in metrics if item["name"] == "TaskDuration")
