"""What docs/trust.md says runs, and what never does: files that would leave a mark, and the mark that is not there."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import torch
from PIL import Image

import visualize
from tests.kit import marking
from tests.kit.refusal import refusal
from tests.visualize.cli.kit import one_line, python, viz
from tests.visualize.cli.shops import dissecting, of_labels
from tests.visualize.transfers.kit import colour_task

if TYPE_CHECKING:
    from collections.abc import Callable

COMMANDS = [["unit", "--model"], ["saliency", "--image", "red.png", "--model"], ["layers"],
            ["predict", "red.png", "--model"], ["dissect", "--data", "scenes", "--count", "2", "--model"]]  # fmt: skip
RECORDED = [["find", "apple", "out", "--cards", "--methods", "top"], ["annotate", "out", "--port", "0"],
            ["compare", "out", "--concept", "apple", "--pictures"], ["report", "out", "--out", "site"]]  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with a picture, a cache and a hub of its own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("VIZ_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    monkeypatch.setattr(torch.hub, "_hub_dir", None)
    Image.new("RGB", (16, 16), "red").save("red.png")
    return tmp_path


@pytest.fixture
def mark(folder: Path) -> Path:
    """Where code that is run would leave a mark."""
    return folder / "mark"


def _torchscript(folder: Path, mark: Path) -> str:
    return str(marking.torchscript(folder / "net.pt", mark))


def _hub(folder: Path, mark: Path) -> str:
    marking.repository(folder, mark)
    return "hub/owner/repo@main:build"


@pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning")
@pytest.mark.parametrize("twin", ["", "random/"])
@pytest.mark.parametrize("command", COMMANDS, ids=lambda words: words[0])
@pytest.mark.parametrize("made", [_torchscript, _hub])
def test_without_trust_nothing_of_a_model_that_brings_code_runs(
    made: Callable[[Path, Path], str], command: list[str], twin: str, folder: Path, mark: Path
) -> None:
    name = made(folder, mark)
    mark.unlink(missing_ok=True)
    before = sorted(folder.rglob("*"))
    ran = viz(*command, f"{twin}{name}")
    assert ran.status == 2
    assert "--trust" in one_line(ran.err)
    assert not mark.exists()
    assert sorted(folder.rglob("*")) == before


@pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning")
@pytest.mark.parametrize("made", [_torchscript, _hub])
def test_trust_is_for_the_one_call(made: Callable[[Path, Path], str], folder: Path, mark: Path) -> None:
    name = made(folder, mark)
    mark.unlink(missing_ok=True)
    assert viz("layers", name, "--trust").status == 0
    assert mark.exists()  # so what the other tests refuse would have run
    mark.rmdir() if mark.is_dir() else mark.unlink()
    calls: list[Callable[[], object]] = [
        lambda: visualize.load(name),
        lambda: visualize.unit(name, methods=["ascent"], steps=1),
        lambda: visualize.units(name, methods=["ascent"], steps=1),
        lambda: visualize.look("ascent", name),
        lambda: visualize.ablate(name),
        lambda: visualize.transfer(name, data=colour_task(30)),
        lambda: visualize.text_names(name, count=2),
    ]
    for call in calls:
        with refusal("--trust (trust=True in Python)"):
            call()
    assert not mark.exists()
    for model in (name, Path(name)):
        assert visualize.look("ascent", model, trust=True, settings={"steps": 1, "count": 1}).stem == "0-ascent"
        assert mark.exists()


@pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning")
@pytest.mark.parametrize(
    "call",
    [
        lambda name: visualize.ablate(name, "nowhere", trust=True),
        lambda name: visualize.transfer(name, data=colour_task(30), layers="nowhere", trust=True),
        lambda name: visualize.text_names(name, "nowhere", count=2, trust=True),
    ],
)
def test_measurements_load_what_is_trusted(call: Callable[[str], object], folder: Path, mark: Path) -> None:
    name = _torchscript(folder, mark)
    mark.unlink(missing_ok=True)
    with pytest.raises(visualize.InputError, match=r"nowhere|classes"):
        call(name)
    assert mark.exists()


@pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning")
def test_a_sweep_loads_what_is_trusted(folder: Path, mark: Path) -> None:
    plan = {"models": [_torchscript(folder, mark)], "methods": ["dissect"], "data": "scenes"}
    mark.unlink(missing_ok=True)
    for trust in (False, True):
        done = visualize.sweep(plan, out="swept", dry_run=True, trust=trust)
        assert (len(done.failed), mark.exists()) == (int(not trust), trust)


def test_code_that_is_named_runs(folder: Path, mark: Path) -> None:
    marking.function(folder / "mine.py", mark)
    assert viz("layers", "mine.py:build").status == 0
    mark.rmdir()
    assert "mine.py:build" in one_line(viz("layers", "mine.py").err)  # parsed for its functions
    assert not mark.exists()


@pytest.mark.parametrize("command", RECORDED, ids=lambda words: words[0])
def test_a_record_that_names_code_runs_none(command: list[str], folder: Path, mark: Path) -> None:
    of_labels(folder)
    assert viz(*dissecting(folder, "--out", "out", "--quiet")).status == 0
    with (folder / "tiny.py").open("a") as file:
        file.write(f"\nimport os\nos.makedirs({str(mark)!r}, exist_ok=True)\n")
    ran = viz(*command)
    assert "--trust" in ran.err
    assert ran.status == (0 if command[0] == "report" else 2)
    assert not mark.exists()
    if command[0] in {"find", "compare"}:
        assert viz(*command, "--trust").status == 0
        assert mark.exists()


@pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning")
def test_no_file_of_weights_runs_code(folder: Path, mark: Path) -> None:
    files = marking.pickles(folder, mark) | {
        "net.pt2": marking.exported(folder / "net.pt2", mark),
        "net.pt": marking.torchscript(folder / "net.pt", mark),
    }
    mark.unlink(missing_ok=True)
    for file in files.values():
        for model in ("torchvision/squeezenet1_1:none", "places-squeezenet"):
            ran = viz("layers", model, "--weights", file)
            assert (ran.status, mark.exists()) == (2, False), (file, ran.err)
            one_line(ran.err)
    ran = viz("layers", files["net.pt2"])
    assert (ran.status, mark.exists()) == (2, False)
    one_line(ran.err)


@pytest.mark.filterwarnings("ignore::visualize.download.fetch.UncheckedWarning", "ignore::FutureWarning")
def test_no_file_of_a_mirror_runs_code(folder: Path, mark: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Under the names that files of the zoo have, where their publishers state no hash or a mirror's file is wrong."""
    files = marking.pickles(folder, mark)
    mirror = folder / "mirror"
    mirror.mkdir()
    for entry in visualize.models.listing():
        for resource in visualize.models.entry_of(entry.name).resources:
            for name in resource.names:
                shutil.copyfile(files["zip.pth"], mirror / name)
    monkeypatch.setenv("VIZ_MIRROR", str(mirror))
    for entry in visualize.models.listing():
        resources = visualize.models.entry_of(entry.name).resources
        if resources and not any(resource.hashes for resource in resources):
            ran = viz("layers", entry.name)
            assert (ran.status, mark.exists()) == (2, False), (entry.name, ran.err)


@pytest.mark.parametrize("command", ["data", "models", "cache", "data pictures", "compare a.csv b.csv"])
def test_nothing_is_imported_from_the_working_folder(command: str, folder: Path, mark: Path) -> None:
    """Modules that are called as libraries are, and the program as its own command starts it."""
    for name in ("torch.py", "numpy.py", "sitecustomize.py", "typer.py", "visualize.py"):
        marking.function(folder / name, mark)
    (folder / "pictures").mkdir()
    start = "import sys; from visualize.__main__ import main; sys.exit(main(sys.argv[1:]))"
    ran = python("-P", "-c", start, *command.split())
    assert "Traceback" not in ran.stderr
    assert not mark.exists()


def test_the_page_names_all_that_runs() -> None:
    """Every form of a model's name that `--model` takes is on the page."""
    page = (Path(__file__).resolve().parents[2] / "docs/trust.md").read_text("utf-8")
    for form in ("path/to/file.py:function", "package.module:function", "TorchScript", "hub/OWNER/REPO:ENTRY",
                 "path/to/file.py:Class", "entry point", "hf/OWNER/NAME", "torchvision/NAME", "timm/NAME"):  # fmt: skip
        assert form in page, form
