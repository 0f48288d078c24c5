"""What is measured on a GPU, part by part; each gives figures by name, beside the bare network's."""

from __future__ import annotations

import itertools
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from PIL import Image

from tests.bench.gpu.synthetic import BRODEN, Drawn
from tests.bench.passes import backward_passes
from tests.kit.checkout import ROOT
from tests.kit.memory import peak, reset_peak
from visualize.data.files.gpu_decoding import decoded, decoding
from visualize.data.files.picture_files import read_picture
from visualize.dissection import run
from visualize.methods import GradientAscent, Preparation, Unit
from visualize.methods.attribution.deconvolution import Deconvolution
from visualize.methods.attribution.guided_backprop import GuidedBackpropagation
from visualize.methods.attribution.saliency import Saliency
from visualize.methods.network import accelerator
from visualize.methods.network.run.hooks import watch
from visualize.methods.pictures.scan import stacked
from visualize.methods.plain_state import plain_state
from visualize.methods.progress import silent

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from tests.bench.gpu.scale import Scale
    from visualize.methods import Probe
    from visualize.methods.progress import Progress
    from visualize.watch import Watch

Figures = dict[str, Any]

_MARK = re.compile(r"mark\.cuda\b")
_FIRST = 512  # pictures of a first run, by which it is told how many fit into the time
_FILES = 64  # of JPEG, that are decoded in turn
_ENDING = 60_000  # letters of what tests wrote that failed: their tracebacks
_PATIENCE = 10.0  # seconds that interrupted tests have to tell what they found
_WARM = 2  # steps of ascent that are not counted


def cuda_tests(scale: Scale) -> Figures:
    """All tests that need a GPU, by pytest in a process of its own."""
    files = scale.tests or sorted(
        str(file.relative_to(ROOT)) for file in (ROOT / "tests").rglob("test_*.py") if _MARK.search(file.read_text())
    )
    how = ["-q", "-rfE", "-n0", "-m", "cuda", "--tb=short", "--durations=0", "-p", "no:cacheprovider"]
    how.append("--continue-on-collection-errors")  # a package that is missing spoils only the tests that need it
    code, text = _interrupted([sys.executable, "-m", "pytest", *how, *files], scale.testing)
    lines = text.strip().splitlines()
    told = [line for line in lines if line.startswith(("FAILED", "ERROR"))]
    figures: Figures = {"files": len(files), "summary": lines[-1] if lines else "", "failed": told}
    if code != 0:
        figures["what pytest wrote"] = text[-_ENDING:]
    if code not in {0, 1, 5}:
        figures["error"] = (
            f"pytest ended with {code}" if code is not None else f"interrupted after {scale.testing:.0f} s"
        )
    return figures


def _interrupted(command: Sequence[str], seconds: float) -> tuple[int | None, str]:
    """Status and output of a command; None as status of one that is interrupted, so that it tells what it found."""
    with tempfile.TemporaryFile("w+") as said, subprocess.Popen(command, stdout=said, stderr=said, cwd=ROOT) as process:
        late = False
        for signal_, patience in ((None, seconds), (signal.SIGINT, _PATIENCE), (signal.SIGKILL, None)):
            if signal_ is not None:
                late = True
                process.send_signal(signal_)
            with suppress(subprocess.TimeoutExpired):
                process.wait(patience)
                break
        said.seek(0)
        return None if late else process.returncode, said.read()


def dissection_of_tensors(scale: Scale, name: str) -> Figures:
    """A layer dissected, results written, on pictures that are in memory."""
    return _dissected(scale, name, Drawn(scale.pictures, scale.side))


def dissection_of_files(scale: Scale, name: str) -> Figures:
    """A layer dissected, results written, on pictures that are decoded from JPEG by threads."""
    with tempfile.TemporaryDirectory() as folder:
        paths = _written(Path(folder), scale, Preparation((scale.side, scale.side)))
        return _dissected(scale, name, Drawn(scale.pictures, scale.side, paths))


def decoding_of_files(scale: Scale) -> Figures:
    """Decoding and scaling JPEG files by one thread of the processor and by the GPU, and how far pixels differ."""
    prepare = Preparation((scale.side, scale.side))
    with tempfile.TemporaryDirectory() as folder:
        paths = _written(Path(folder), scale, prepare, large=True)

        def read() -> list[NDArray[np.uint8]]:
            return [read_picture(path, prepare) for path in paths]

        plain, seconds = read(), _seconds(scale, read)
        figures: Figures = {"pictures": len(paths), "processor, pictures a second": len(paths) / seconds}
        if not accelerator.is_gpu(scale.device):
            return figures
        scale.tell(figures)
        with decoding("gpu", scale.device):
            taken = sum(decoded(Image.open(path), path, prepare) is not None for path in paths)
            other, seconds = read(), _seconds(scale, read)
    apart = [np.abs(one.astype(np.int16) - two) for one, two in zip(plain, other, strict=True)]
    return figures | {
        "decoded by the GPU": taken,
        "GPU, pictures a second": len(paths) / seconds,
        "levels apart, at most": int(max(each.max() for each in apart)),
        "levels apart, mean": float(np.mean([each.mean() for each in apart])),
    }


def _written(folder: Path, scale: Scale, prepare: Preparation, *, large: bool = False) -> tuple[Path, ...]:
    """Files of some pictures, as they are or at four times their height and width."""
    drawn = Drawn(scale.pictures, scale.side)
    paths = tuple(folder / f"{number}.jpg" for number in range(min(_FILES, scale.pictures)))
    for number, path in enumerate(paths):
        picture = Image.fromarray(np.array(drawn.load(number, prepare)))
        picture = picture.resize((4 * scale.side, 4 * scale.side)) if large else picture
        picture.save(path, quality=90)
    return paths


def _dissected(scale: Scale, name: str, drawn: Drawn) -> Figures:
    probe, (layer, *_) = scale.probe(name)
    some = replace(drawn, count=min(drawn.count, _FIRST))
    _bare_scan(scale, probe, layer, some)
    first = _dissection(scale, probe, layer, some)[0]
    scale.tell({"layer": layer, "a first run": {"pictures": some.count, "seconds": first}})
    drawn = replace(drawn, count=min(drawn.count, max(_FIRST, int(scale.budget / first * some.count))))
    reset_peak()
    accelerator.forget_peak(scale.device)
    taken, phases = _dissection(scale, probe, layer, drawn)
    figures = {
        "layer": layer, "units": probe.layer(layer).units, "pictures": drawn.count, "seconds": taken, "phases": phases,
        "pictures a second": drawn.count / taken, "of Broden's size, seconds": taken * BRODEN / drawn.count,
        **_memory(scale),
    }  # fmt: skip
    scale.tell(figures)
    bare = _seconds(scale, lambda: _bare_scan(scale, probe, layer, drawn))
    return figures | {"bare network, seconds": bare, "ratio to the bare network": taken / bare}


def _dissection(scale: Scale, probe: Probe, layer: str, drawn: Drawn) -> tuple[float, dict[str, float]]:
    """Seconds of a dissection whose results are written, in all and by phase."""
    phases: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as out:
        taken = _seconds(scale, lambda: run(probe, [layer], drawn, out, watch=_phases(phases)))
    return taken, phases | {"names and tables": taken - sum(phases.values())}


def _phases(seconds: dict[str, float]) -> Watch:
    @contextmanager
    def timing(title: str) -> Iterator[Progress]:
        began = time.perf_counter()
        yield silent
        seconds["counting" if title == "counting" else "scanning"] = time.perf_counter() - began

    return timing


def _bare_scan(scale: Scale, probe: Probe, layer: str, drawn: Drawn) -> None:
    """Loading and the network alone, as other tools run it."""
    with torch.no_grad(), plain_state():
        for first in range(0, len(drawn), scale.together):
            some = range(first, min(first + scale.together, len(drawn)))
            pictures = stacked([drawn.load(index, probe.prepare) for index in some])
            watch(probe.network, [layer], probe.prepare(pictures.to(scale.device).float() / 255))
    accelerator.synchronize(scale.device)


def ascent(scale: Scale, name: str) -> Figures:
    """Pictures of many units, and a step against forward and backward of the bare network."""
    probe, layers = scale.probe(name)
    everything = [unit for layer in layers for unit in probe.units(layer)]
    units = list(itertools.islice(everything, scale.units))
    some = [Unit(layers[0], index) for index in range(min(scale.together, probe.layer(layers[0]).units))]
    pictures = torch.rand(len(some), 3, scale.side, scale.side, device=scale.device)
    bare, plain = backward_passes(probe, layers[0], pictures)
    figures: Figures = {"layer": layers[0], "pictures in a step": len(some)}
    methods = _ascents(len(some))
    works = {
        **_bare(scale, bare, plain, 8),
        **{key: (lambda method=method: _step(scale, probe, some, method)) for key, method in methods.items()},  # type: ignore[misc]
    }
    figures["a step, seconds"], failed = _in_turn(scale, works)
    figures |= {"failed": failed} if failed else {}
    medians = figures["a step, seconds"]
    figures["ratio to the bare network"] = {
        key: medians[key] / medians["bare network as loaded"] for key in methods if key in medians
    }
    scale.tell(figures)
    accelerator.forget_peak(scale.device)
    whole = GradientAscent(steps=scale.steps, batch=len(some))
    figures["all units, seconds"] = _seconds(scale, lambda: whole(probe, units))
    return figures | {"units": len(units), "steps": scale.steps, **_memory(scale)}


def _ascents(batch: int) -> dict[str, GradientAscent]:
    """The ways to run a step, by name."""
    return {
        "float32": GradientAscent(steps=_WARM + 8, batch=batch),
        "bf16": GradientAscent(steps=_WARM + 8, batch=batch, precision="bf16"),
        "float32, graph": GradientAscent(steps=_WARM + 8, batch=batch, graph=True),
        "bf16, graph": GradientAscent(steps=_WARM + 8, batch=batch, precision="bf16", graph=True),
    }


def _bare(
    scale: Scale, bare: Callable[[], object], plain: Callable[[], object], times: int
) -> dict[str, Callable[[], float]]:
    """Passes of the network alone, in the arithmetic that it is looked into with, and as torch does them by itself."""
    exact = plain_state(gradients=True)
    return {
        "bare network as it is run": lambda: exact(_each)(scale, bare, times),
        "bare network as loaded": lambda: exact(_each)(scale, plain, times),
        "bare network as loaded, convolutions in TF32": lambda: _each(scale, plain, times),
    }


def _each(scale: Scale, work: Callable[[], object], times: int = 8) -> float:
    """Mean of some runs, waited for once."""
    return _seconds(scale, lambda: [work() for _ in range(times)]) / times


def _step(scale: Scale, probe: Probe, units: Sequence[Unit], method: GradientAscent) -> float:
    """Mean of a run's steps, waited for before the first that counts and after the last."""
    at, calls = 0.0, 0

    def told(done: int, total: int) -> None:
        nonlocal at, calls
        calls += 1
        if calls == _WARM:
            accelerator.synchronize(scale.device)
            at = time.perf_counter()
        elif calls == method.steps:
            accelerator.synchronize(scale.device)
            at = (time.perf_counter() - at) / (method.steps - _WARM)

    method(probe, units, progress=told)
    if calls != method.steps:
        raise RuntimeError(f"{calls} steps in place of {method.steps}: some units were off at the start")
    return at


def attribution(scale: Scale, name: str) -> Figures:
    """Saliency, deconvolution and guided backpropagation against forward and backward of the bare network."""
    probe, (layer, *_) = scale.probe(name)
    pictures = torch.rand(scale.together, 3, scale.side, scale.side, device=scale.device)
    bare, plain = backward_passes(probe, layer, pictures)
    unit = Unit(layer, 3)
    methods = {method.name: method for method in (Saliency(), Deconvolution(), GuidedBackpropagation())}
    works = {
        **_bare(scale, bare, plain, 1),
        **{key: (lambda way=way: _each(scale, lambda: way.attribute(probe, pictures, unit), 1))  # type: ignore[misc]
           for key, way in methods.items()},
    }  # fmt: skip
    medians, failed = _in_turn(scale, works)
    ratios = {key: medians[key] / medians["bare network as loaded"] for key in methods if key in medians}
    figures: Figures = {"layer": layer, "pictures": len(pictures), "seconds": medians}
    return figures | {"ratio to the bare network": ratios, **({"failed": failed} if failed else {}), **_memory(scale)}


def _in_turn(scale: Scale, works: dict[str, Callable[[], float]]) -> tuple[dict[str, float], dict[str, str]]:
    """Medians of works done in turn, after a warm-up; and why those that fail do."""
    failed: dict[str, str] = {}
    seconds: dict[str, list[float]] = {key: [] for key in works}
    for turn in range(scale.rounds + 1):
        for key, work in works.items():
            if key in failed:
                continue
            try:
                taken = work()
            except Exception as fault:  # noqa: BLE001 (what fails is recorded, and the rest measured)
                failed[key] = f"{type(fault).__name__}: {fault}"
                continue
            if turn:
                seconds[key].append(taken)
    return {key: statistics.median(times) for key, times in seconds.items() if times}, failed


def _seconds(scale: Scale, work: Callable[[], object]) -> float:
    accelerator.synchronize(scale.device)
    began = time.perf_counter()
    work()
    accelerator.synchronize(scale.device)
    return time.perf_counter() - began


def _memory(scale: Scale) -> Figures:
    return {"peak MB of the machine": peak() >> 20, "peak MB of the GPU": accelerator.peak_memory(scale.device) >> 20}


PARTS: dict[str, tuple[Callable[[Scale], Figures], float]] = {
    "dissection of AlexNet conv5, decoded": (lambda scale: dissection_of_tensors(scale, "alexnet"), 90),
    "ascent, AlexNet": (lambda scale: ascent(scale, "alexnet"), 80),
    "CUDA tests": (cuda_tests, 120),
    "dissection of ResNet50 layer4, decoded": (lambda scale: dissection_of_tensors(scale, "resnet50"), 90),
    "dissection of AlexNet conv5, JPEG": (lambda scale: dissection_of_files(scale, "alexnet"), 75),
    "attribution, AlexNet": (lambda scale: attribution(scale, "alexnet"), 30),
    "attribution, ResNet50": (lambda scale: attribution(scale, "resnet50"), 30),
    "JPEG by processor and GPU": (decoding_of_files, 45),
}
"""Parts by name, in the order of their weight, each with the seconds that it may take, its start included."""
