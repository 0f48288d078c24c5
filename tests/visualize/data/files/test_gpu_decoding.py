"""JPEG files decoded where a GPU would be asked to: the same function on a processor, and a GPU where there is one."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
import torchvision
from PIL import Image
from torch import nn

from tests.kit.fake_gpu import FakeGpu
from visualize.data import open_labelled
from visualize.data.files.gpu_decoding import decoding
from visualize.data.files.picture_files import read_picture
from visualize.dissection import run
from visualize.dissection.record_fields import read_manifest
from visualize.methods import Preparation, Probe
from visualize.methods.errors import BrokenImage, InputError

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

_GPUS = ["cpu", pytest.param("cuda", marks=pytest.mark.cuda)]


def _smooth(height: int, width: int) -> NDArray[np.uint8]:
    coarse = Image.fromarray(np.random.default_rng(0).integers(0, 256, (6, 7, 3), np.uint8))
    return np.array(coarse.resize((width, height), Image.Resampling.BICUBIC))


def _jpeg(height: int, width: int, **how: object) -> io.BytesIO:
    held = io.BytesIO()
    Image.fromarray(_smooth(height, width)).save(held, "JPEG", quality=92, **how)
    return held


@pytest.mark.parametrize("device", _GPUS)
@pytest.mark.parametrize("prepare", [Preparation((40, 56)), Preparation((24, 24), resize=32), Preparation((64, 80))])
def test_pixels_are_those_of_pillow_within_a_few_levels(
    prepare: Preparation, device: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if device == "cpu":
        FakeGpu().install(monkeypatch)
    file = _jpeg(40, 56)
    wanted = read_picture(file, prepare)
    with decoding("gpu", torch.device(device)):
        given = read_picture(file, prepare)
    assert given.shape == wanted.shape
    assert given.dtype == np.uint8
    difference = np.abs(given.astype(int) - wanted)
    assert difference.max() <= (4 if device == "cpu" else 12)
    assert difference.mean() < (0.5 if device == "cpu" else 1.5)
    np.testing.assert_array_equal(read_picture(file, prepare), wanted)  # behind the block as ever


def test_what_a_gpu_does_not_decode_is_decoded_as_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    FakeGpu().install(monkeypatch)
    exif = Image.Exif()
    exif[0x0112] = 6
    turned, png = _jpeg(40, 56, exif=exif), io.BytesIO()
    Image.fromarray(_smooth(30, 30)).save(png, "PNG")
    cut = io.BytesIO(_jpeg(40, 56).getvalue()[:900])
    for file in (turned, png):
        wanted = read_picture(file, Preparation((40, 40)))
        with decoding("gpu", torch.device("cpu")):
            np.testing.assert_array_equal(read_picture(file, Preparation((40, 40))), wanted)
    with decoding("gpu", torch.device("cpu")), pytest.raises(BrokenImage, match="truncated"):
        read_picture(cut, Preparation((40, 40)), name="cut")


def test_a_gpu_that_decodes_nothing_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else the processor would decode everything, and the record say that the GPU did."""
    FakeGpu().install(monkeypatch)

    def fails(*_: object, **__: object) -> None:
        raise RuntimeError("nvjpegCreate failed: 5\nmore")

    monkeypatch.setattr(torchvision.io, "decode_jpeg", fails)
    wanted = r"no JPEG on cpu \(nvjpegCreate failed: 5\); leave out --decode gpu"
    with pytest.raises(InputError, match=wanted), decoding("gpu", torch.device("cpu")):
        pass


def test_without_a_gpu_it_is_refused() -> None:
    with pytest.raises(InputError, match="needs a GPU"), decoding("gpu", torch.device("cpu")):
        pass
    with decoding("processor", torch.device("cpu")):
        assert read_picture(_jpeg(8, 8), Preparation((8, 8))).shape == (8, 8, 3)


def test_a_dissection_says_what_decoded_its_pictures(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    FakeGpu().install(monkeypatch)
    (here / "set" / "images").mkdir(parents=True)
    (here / "set" / "annotations").mkdir()
    for number in range(3):
        (here / "set" / "images" / f"{number}.jpg").write_bytes(_jpeg(32, 32).getvalue())
        Image.fromarray(np.full((32, 32), 1 + number, np.uint8)).save(here / "set" / "annotations" / f"{number}.png")
    (here / "set" / "names.txt").write_text("1 sky\n2 sea\n3 sand\n")
    labelled = open_labelled(str(here / "set"))
    probe = Probe(nn.Sequential(nn.Conv2d(3, 2, 5, stride=4)), prepare=Preparation((32, 32)))
    run(probe, ["0"], labelled, here / "plain")
    run(probe, ["0"], labelled, here / "out", decode="gpu")
    assert read_manifest(here / "out" / "dissection.json")["decoding"] == "gpu"
    assert "decoding" not in read_manifest(here / "plain" / "dissection.json")
    with pytest.raises(InputError, match="decoding: 'gpu' there, 'processor' asked for"):
        run(probe, ["0"], labelled, here / "out")
