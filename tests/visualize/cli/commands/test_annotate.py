"""``viz annotate``: serving until interrupted, killed and begun again, and exports."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import urllib.request
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import pytest

from tests.kit.annotation import Reply, photographed_site
from tests.kit.checkout import ROOT
from tests.visualize.cli.kit import viz

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    Serve = Callable[..., tuple[subprocess.Popen[str], str]]


@pytest.fixture
def site(tmp_path: Path) -> Path:
    return photographed_site(tmp_path / "report", units=5)


@pytest.fixture
def serve(site: Path) -> Iterator[Serve]:
    started: list[subprocess.Popen[str]] = []

    def start(*more: str) -> tuple[subprocess.Popen[str], str]:
        command = [sys.executable, "-m", "visualize", "annotate", str(site), "--port", "0", *more]
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        running = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment, cwd=ROOT
        )
        started.append(running)
        assert running.stdout is not None
        return running, running.stdout.readline().strip()

    yield start
    for running in started:
        running.kill()
        running.communicate()


def _post(address: str, path: str, fields: dict[str, str]) -> int:
    data = urlencode(fields).encode()
    request = urllib.request.Request(address + path, data, {"Origin": address, "Accept": "application/json"})
    with urllib.request.urlopen(request, timeout=30) as reply:
        return int(reply.status)


def _question(address: str, by: str) -> dict[str, str]:
    with urllib.request.urlopen(f"{address}/?{urlencode({'by': by})}", timeout=30) as reply:
        return Reply(reply.status, {}, reply.read()).fields


def test_a_server_that_is_killed_has_lost_nothing_and_one_that_is_interrupted_says_what_there_is(
    site: Path, serve: Serve
) -> None:
    running, address = serve()
    assert address.startswith("http://127.0.0.1:")
    address = address.rstrip("/")
    first = _question(address, "Ada")
    assert _post(address, "/answer", {**first, "word": "lamp", "kind": "object"}) == 200
    second = _question(address, "Ada")
    assert _post(address, "/draft", {**second, "word": "half a wo", "at": "7"}) == 200
    running.send_signal(signal.SIGKILL)
    running.wait()

    running, address = serve()
    again = _question(address.rstrip("/"), "Ada")
    assert (again["unit"], again["token"]) == (second["unit"], second["token"])
    with urllib.request.urlopen(f"{address}?by=Ada", timeout=30) as reply:
        assert 'value="half a wo"' in reply.read().decode()
    running.send_signal(signal.SIGINT)
    out, err = running.communicate(timeout=30)
    assert running.returncode == 0
    assert err == ""
    assert out.splitlines()[-1] == f"1 answers of 1 people lie in {site / 'annotation' / 'answers.sqlite'}"

    table = site / "names.csv"
    ran = viz("annotate", site, "--export", table, "--json")
    assert (ran.status, json.loads(ran.out)) == (0, {"export": str(table), "answers": 1, "left_out": 0})
    assert ",Ada,lamp,object," in table.read_text()


def test_what_cannot_be_served_is_said_in_one_line(site: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        ran = viz("annotate", site, "--port", str(port))
    assert (ran.status, ran.out) == (2, "")
    assert ran.err.startswith(f"viz: error: cannot serve at 127.0.0.1, port {port}: ")
    assert ran.err.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--export", "names.txt"), "ends in none of"),
        (("--export", "names.csv"), "nobody has answered yet"),
        (("--layer", "fc8"), "no pictures of layer fc8"),
        (("--decoys", "0.9"), "Invalid value for '--decoys'"),
        (("--host", "no.such.host.invalid"), "cannot serve at no.such.host.invalid"),
    ],
)
def test_what_cannot_be_asked_is_said_in_one_line(site: Path, arguments: tuple[str, ...], said: str) -> None:
    ran = viz("annotate", site, *arguments)
    assert ran.status == 2
    assert said in ran.err
    assert ran.err.count("\n") == 1
    assert "Traceback" not in ran.err


@pytest.mark.parametrize("name", ["starlette", "uvicorn"])
def test_what_is_not_installed_is_named_with_the_command_that_installs_it(
    site: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setitem(sys.modules, name, None)
    ran = viz("annotate", site)
    assert (ran.status, ran.out) == (2, "")
    assert f"needs {name}, which is not installed; run: pip install 'viz-units[annotate]'" in ran.err


def test_help_loads_neither_torch_nor_a_server() -> None:
    script = (
        "import sys; from visualize.__main__ import main; main(['annotate', '--help']); "
        "assert not {'torch', 'numpy', 'PIL', 'starlette', 'uvicorn', 'sqlite3'} & set(sys.modules)"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    ran = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    assert "--decoys" in ran.stdout
