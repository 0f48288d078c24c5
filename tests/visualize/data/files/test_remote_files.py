from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from visualize.data.files import remote_files
from visualize.data.files.remote_files import RemoteFile, remote_file
from visualize.data.files.remote_files import remote_files as listed
from visualize.methods.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable

CONTENT = bytes(range(100))


class AnswerError(Exception):
    """What a library of a web server raises."""

    def __init__(self, status: int) -> None:
        super().__init__(f"{status}, message='no'")
        self.status = status


class Storage:
    """Storage that goes wrong at first."""

    def __init__(self, *faults: Exception | bytes) -> None:
        self.faults, self.asked = list(faults), 0

    def cat_file(self, path: str, start: int = 0, end: int | None = None) -> bytes:
        self.asked += 1
        fault: Any = self.faults.pop(0) if self.faults else CONTENT[start:end]
        if isinstance(fault, Exception):
            raise fault
        return bytes(fault)

    def info(self, path: str) -> dict[str, int]:
        return {"size": len(CONTENT)}

    def find(self, path: str) -> list[str]:
        self.cat_file(path)
        return ["/a/1.png"]


@pytest.fixture(autouse=True)
def slept(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    pauses: list[float] = []
    monkeypatch.setattr("time.sleep", pauses.append)
    return pauses


def _file(*faults: Exception | bytes) -> tuple[Storage, RemoteFile]:
    storage = Storage(*faults)
    return storage, RemoteFile(storage, "/a/1.png", "https://host/a/1.png")


@pytest.mark.parametrize("read", [lambda file: file.content(), lambda file: file.read(0, 100)])
@pytest.mark.parametrize(
    "faults",
    [
        (AnswerError(500),), (AnswerError(429), AnswerError(503)), (ConnectionResetError(104, "reset by peer"),),
        (TimeoutError(),), (CONTENT[:40],), (CONTENT[:0], AnswerError(502), CONTENT[:99]),
    ],
)  # fmt: skip
def test_what_fails_in_passing_is_asked_for_again(
    read: Callable[[RemoteFile], bytes], faults: tuple[Exception | bytes, ...], slept: list[float]
) -> None:
    storage, file = _file(*faults)
    assert read(file) == CONTENT
    assert storage.asked == len(faults) + 1
    assert slept == [0.5, 1.0, 2.0][: len(faults)]


@pytest.mark.parametrize(
    ("faults", "tries", "match"),
    [
        ([AnswerError(500)] * 9, 4, "cannot be fetched: 500"),
        ([AnswerError(403)] * 9, 1, "cannot be fetched: 403"),
        ([FileNotFoundError("bucket/1.png")] * 9, 1, "it is not there"),
        ([TimeoutError()] * 9, 4, "cannot be fetched: TimeoutError"),
        ([CONTENT[:7]] * 9, 4, "7 bytes came where 50 were asked for"),
        ([CONTENT] * 9, 1, "100 bytes came where 50 were asked for"),  # a server that gives no parts
        ([ValueError("x" * 9999)] * 9, 1, "^.{0,20}it cannot be fetched: x{200}$"),
    ],
)
def test_what_fails_for_good_is_said_shortly(faults: list[Any], tries: int, match: str) -> None:
    storage, file = _file(*faults)
    with pytest.raises(OSError, match=match):
        file.read(0, 50)
    assert storage.asked == tries


def test_a_listing_is_asked_for_again_too(monkeypatch: pytest.MonkeyPatch) -> None:
    storage, _ = _file(AnswerError(503))
    monkeypatch.setattr(remote_files, "_system", lambda url: (storage, "/a"))
    assert [file.url for file in listed("https://host/a", (".png",))] == ["https://host/a/1.png"]
    storage.faults = [AnswerError(500)] * 9
    with pytest.raises(InputError, match="https://host/a cannot be read: it cannot be fetched: 500"):
        listed("https://host/a", (".png",))


def test_a_silent_web_server_is_not_waited_for_for_minutes() -> None:
    pytest.importorskip("aiohttp", reason="aiohttp is not installed")
    timeout = remote_file("http://127.0.0.1:1/a.tar").system.client_kwargs["timeout"]
    assert (timeout.total, timeout.sock_read) == (None, 30.0)  # of a file as a whole there is no limit
