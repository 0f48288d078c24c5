"""Downloads that are forbidden: no server is asked, nothing on the disk changes, and a line says what is missing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.kit.checkout import FILES, module_of
from tests.kit.refusal import refusal
from tests.visualize.cli.kit import one_line, viz
from tests.visualize.download.kit import DATA, OTHER, refused, resource
from tests.visualize.download.site import Site, whole
from visualize.data.files.remote_files import remote_file
from visualize.data.sets import hugging_face
from visualize.download.fetch import fetch
from visualize.download.offline import is_offline
from visualize.models.sources import torch_hub

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIZ_OFFLINE", "1")


@pytest.mark.usefixtures("offline")
def test_a_missing_file_is_not_asked_for_at_its_address_nor_a_mirror_s(
    site: Site, kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = site.page("net.bin", whole(DATA))
    monkeypatch.setenv("VIZ_MIRROR", address.rpartition("/")[0])
    told = refused(resource(address), "it is not on this disk, and VIZ_OFFLINE forbids downloads", "set VIZ_MIRROR to")
    assert told.endswith("or give the file itself with --weights")
    assert site.asked == []
    assert not kept.exists()


@pytest.mark.usefixtures("offline")
def test_files_at_hand_are_used_and_wrong_ones_named_and_left_where_they_are(
    site: Site, kept: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = resource(site.page("net.bin", whole(DATA)))
    kept.mkdir(parents=True)
    (kept / "net.bin").write_bytes(OTHER)
    refused(wanted, f"{kept / 'net.bin'} (wrong SHA-256", "cannot be used, and VIZ_OFFLINE forbids downloads")
    assert [(path.name, path.read_bytes()) for path in kept.iterdir()] == [("net.bin", OTHER)]
    (kept / "net.bin").write_bytes(DATA)
    assert fetch(wanted) == kept / "net.bin"
    mirror = tmp_path / "mirror"
    mirror.mkdir()
    (mirror / "net.bin").write_bytes(DATA)
    monkeypatch.setenv("VIZ_MIRROR", str(mirror))
    assert fetch(wanted) == mirror / "net.bin"
    assert site.asked == []


@pytest.mark.parametrize(
    ("value", "forbidden"), [("1", True), ("yes", True), ("0", False), ("", False), ("Off", False)]
)
def test_values_that_forbid(monkeypatch: pytest.MonkeyPatch, value: str, forbidden: bool) -> None:  # noqa: FBT001
    monkeypatch.setenv("VIZ_OFFLINE", value)
    assert is_offline() is forbidden


@pytest.mark.usefixtures("offline")
def test_what_other_libraries_would_fetch_is_refused_before_they_are_asked() -> None:
    with refusal("hub/a/b:net is loaded by torch.hub", "VIZ_OFFLINE forbids downloads", "path/to/hubconf.py:net"):
        torch_hub.network("a/b", "net")
    for url in ("https://127.0.0.1:1/a.jpg", "s3://bucket/a.jpg"):
        with refusal(f"{url} lies elsewhere, and VIZ_OFFLINE forbids downloads"):
            remote_file(url)
    with refusal("hf/owner/name lies on the Hugging Face hub, and VIZ_OFFLINE forbids downloads", "save_to_disk"):
        hugging_face.open_hugging_face("hf/owner/name")


@pytest.mark.usefixtures("offline")
@pytest.mark.parametrize(
    "arguments",
    [
        ("fetch", "places-squeezenet"),
        ("unit", "--model", "torchvision/resnet18"),
        ("dissect", "--data", "broden-224"),
        ("compare", "https://127.0.0.1:1/a.csv", "https://127.0.0.1:1/b.csv"),
    ],
    ids=lambda words: words[0],
)
def test_commands_end_with_2_and_one_line(
    arguments: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    ran = viz(*arguments)
    assert ran.status == 2
    assert "VIZ_OFFLINE forbids downloads" in one_line(ran.err)


def test_web_servers_are_asked_in_one_place() -> None:
    """Whoever adds another makes it heed what is forbidden."""
    words = ("httpx", "urllib.request", "urlopen", "aiohttp", "fsspec", "requests.get")
    asking = {module_of(file) for file in FILES if any(f"import {word}" in file.read_text("utf-8") for word in words)}
    asking |= {module_of(file) for file in FILES if "from urllib.request import" in file.read_text("utf-8")}
    assert asking == {
        "visualize.download.transfer", "visualize.download.web", "visualize.data.files.remote_files",
    }  # fmt: skip
