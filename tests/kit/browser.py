"""A browser without a window, for pages on the disk; tests that need one are skipped where there is none."""

from __future__ import annotations

import json
import shutil
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

_BROWSERS = ("chromium", "chromium-browser", "google-chrome")
_DRIVER = "chromedriver"
_SWITCHES = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-extensions",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run",
    "--window-size=1280,1000",
)  # fmt: skip
_SEND = "Network.requestWillBeSent"


class Browser:
    """Chromium, driven by its own driver.

    Args:
        driver: of selenium.
    """

    def __init__(self, driver: Any) -> None:  # noqa: ANN401 (selenium has no types for it)
        self.driver = driver
        self._scripted = True

    def open(self, page: Path, state: str = "") -> None:
        """Open a page of the disk; ``state`` stands behind ``#``."""
        self.driver.get("about:blank")
        self.driver.get(page.as_uri() + (f"#{state}" if state else ""))
        if self._scripted:
            self.driver.execute_async_script("setTimeout(arguments[0], 0)")

    def visit(self, address: str) -> None:
        """Open a page of a server."""
        self.driver.get("about:blank")
        self.driver.get(address)

    def all(self, selector: str) -> list[Any]:
        """Elements by a selector of CSS."""
        elements: list[Any] = self.driver.find_elements("css selector", selector)
        return elements

    def texts(self, selector: str) -> list[str]:
        """Texts of the elements that are seen or not, by a selector."""
        script = "return Array.from(document.querySelectorAll(arguments[0]), item => item.textContent.trim())"
        texts: list[str] = self.driver.execute_script(script, selector)
        return texts

    def reads(self, selector: str, text: str) -> bool:
        """Whether the first element of a selector has a text, which a page that is being opened has ten seconds for."""
        from selenium.common.exceptions import TimeoutException
        from selenium.webdriver.support.wait import WebDriverWait

        try:
            WebDriverWait(self.driver, 10, 0.05).until(lambda _: self.texts(selector)[:1] == [text])
        except TimeoutException:
            return False
        return True

    def run(self, script: str, *values: object) -> Any:  # noqa: ANN401 (whatever the script gives)
        """Value that a script returns."""
        return self.driver.execute_script(script, *values)

    def keys(self, *keys: str) -> None:
        """Press keys, one after the other, wherever the focus is."""
        from selenium.webdriver import ActionChains

        for key in keys:
            ActionChains(self.driver).send_keys(key).perform()

    def scripts(self, *, allowed: bool) -> None:
        """Let the scripts of pages run, or not."""
        self._scripted = allowed
        self.driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": not allowed})

    def size(self, width: int, height: int) -> None:
        """Size of the page in the browser, pixels."""
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)

    def prefer(self, scheme: str) -> None:
        """Prefer ``"light"`` or ``"dark"``."""
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})

    def requests(self) -> list[str]:
        """Addresses that were asked for since the last call."""
        messages = [json.loads(entry["message"])["message"] for entry in self.driver.get_log("performance")]
        return [message["params"]["request"]["url"] for message in messages if message["method"] == _SEND]

    def violations(self) -> list[str]:
        """Violations that axe-core finds serious or worse, each with the first place."""
        self.driver.execute_script(_axe())
        options = "{resultTypes: ['violations']}"
        report = self.driver.execute_async_script(f"axe.run({options}).then(arguments[arguments.length - 1])")
        return [
            f"{item['id']}: {item['help']}: {item['nodes'][0]['html'][:200]}"
            for item in report["violations"]
            if item["impact"] in {"serious", "critical"}
        ]


def _axe() -> str:
    import axe_core_python

    return (Path(axe_core_python.__file__).parent / "axe.min.js").read_text("utf-8")


@contextmanager
def browser() -> Iterator[Browser]:
    """A browser with a profile of its own; the test is skipped, with a reason, where there is none."""
    webdriver = pytest.importorskip("selenium.webdriver", reason="needs selenium, of the dev group")
    program = next(filter(None, map(shutil.which, _BROWSERS)), None)
    driver = shutil.which(_DRIVER)
    if program is None or driver is None:
        pytest.skip("needs chromium and chromedriver (Debian: apt-get install chromium chromium-driver)")
    options = webdriver.ChromeOptions()
    options.binary_location = program
    options.set_capability("goog:loggingPrefs", {"performance": "ALL", "browser": "ALL"})
    for switch in _SWITCHES:
        options.add_argument(switch)
    service = webdriver.ChromeService(executable_path=driver)
    started = webdriver.Chrome(options=options, service=service)
    started.set_script_timeout(300)
    try:
        yield Browser(started)
    finally:
        started.quit()
