"""A report of 2,048 units in a browser: how soon it is painted, and whether it stays smooth."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

import pytest

from tests.kit.browser import Browser, browser
from tests.kit.reports import made_up_layer, made_up_site
from visualize.reports.site import Site
from visualize.reports.writing import write_pages

UNITS = 2048
PAINTED, SMOOTH = 1.0, 0.1  # seconds: the bars of the first paint, and of the longest task while scrolling
_WATCH = """
window.tasks = [];
const note = list => window.tasks.push(...list.getEntries().map(entry => entry.duration));
new PerformanceObserver(note).observe({type: "longtask"});
"""
_SCROLL = """
const done = arguments[arguments.length - 1];
window.tasks.length = 0;
function step() {
  const before = scrollY;
  scrollBy({top: 700, behavior: "instant"});
  if (scrollY === before) setTimeout(() => done([scrollY, Math.max(0, ...window.tasks)]), 200);
  else requestAnimationFrame(step);
}
step();
"""
_ACT = """
const done = arguments[arguments.length - 1];
const field = document.getElementById("f-" + arguments[0]);
window.tasks.length = 0;
field.value = arguments[1];
field.dispatchEvent(new Event("input", {bubbles: true}));
requestAnimationFrame(() => setTimeout(() => done(Math.max(0, ...window.tasks)), 200));
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
    paints, tasks = [], []
    for _ in range(3):
        shown.open(page)
        paints.append(shown.run("return performance.getEntriesByName('first-contentful-paint')[0].startTime") / 1000)
        shown.run(_WATCH)
        height, longest = shown.driver.execute_async_script(_SCROLL)
        tasks.append(longest / 1000)
    told = {"first paint": (min(paints), PAINTED), f"longest task, scrolling {height:.0f} pixels": (min(tasks), SMOOTH)}
    for name, (seconds, bar) in told.items():
        print(f"  {name:<58} {seconds:8.2f} s   bar: {bar} s: {'kept' if seconds < bar else 'MISSED'}")
    shown.run("scrollTo(0, 0)")
    for field, value in (("text", "car"), ("text", ""), ("sort", "name"), ("sort", "")):
        longest = shown.driver.execute_async_script(_ACT, field, value) / 1000
        print(f"  {f'longest task, {field} {value!r}':<58} {longest:8.2f} s")
    return all(seconds < bar for seconds, bar in told.values())
