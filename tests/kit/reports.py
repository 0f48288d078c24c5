"""Reports made up from records, and a small probe set on disk with labels that try to be markup."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zlib import crc32

import numpy as np
from PIL import Image

from visualize.files import save_bytes
from visualize.pages.coding import coded
from visualize.reports import folders
from visualize.reports.folders import LayerFolder
from visualize.reports.picture_files import mark_name
from visualize.reports.records import Activity, Fit, LayerFacts, Shown, UnitFacts, View
from visualize.reports.site import Site
from visualize.reports.writing import write_pages

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

HOSTILE = "<img src=x onerror=alert(1)>"
CONCEPTS = (("object", "car"), ("object", HOSTILE), ("scene", "street (scene)"), ("color", "red (color)"))
_FIRST, _OTHERS = 0.30, 0.01  # the best IoU of the best unit, and that of other concepts


def fits_of(unit: int, units: int, concepts: Sequence[tuple[str, str]] = CONCEPTS) -> tuple[Fit, ...]:
    """Concepts of a unit: one above all, in turn; the later the unit, the weaker."""
    order = [*concepts[unit % len(concepts) :], *concepts[: unit % len(concepts)]]
    ious = [round(_FIRST * (1 - unit / units), 4), *[_OTHERS] * (len(order) - 1)]
    return tuple(Fit(category=category, name=name, iou=iou) for (category, name), iou in zip(order, ious, strict=True))


def made_up_layer(site: Path, model: str, layer: str, *, units: int = 12, pictures: int = 3) -> LayerFolder:
    """The records and pictures of a layer: photographs, a made picture and a diagram of each unit."""
    folder = LayerFolder.of(site, model, layer, "streets")
    shown = _pictures(folder.pictures, units, pictures)
    mark = mark_name(content := coded(Image.new("RGB", (20, 12), "orange"), drawn=True))
    save_bytes(content, folder.pictures / mark)
    for name, role, title in (("top", "photographs", "Top-activated images"), ("ascent", "made", "Gradient ascent")):
        views = [_view(unit, role, title, shown, mark) for unit in range(units)]
        with folder.adding(name) as adding:
            for view in views:
                adding.add(view)
    facts = LayerFacts(
        model=model,
        weights_sha256="0" * 64,
        layer=layer,
        about=(("Layer", layer), ("Units", f"{units}, counted from 0")),
        units=units,
        data="streets",
        fingerprint="f",
        pictures=468,
        dissected=True,
        quantile=0.005,
        cut=0.04,
        categories=("object", "scene", "color"),
        methods=("ascent", "top"),
        views={"ascent": units, "top": units},
        options={"model": model, "images": "streets"},
    )
    folder.write(facts, [_facts(unit, units) for unit in range(units)])
    return folder


def _facts(unit: int, units: int) -> UnitFacts:
    counts = tuple(int(1000 * 0.8**place) for place in range(30))
    return UnitFacts(
        unit=unit,
        fits=fits_of(unit, units),
        threshold=1.0,
        facts=(("chance", "0.00124"),),
        activity=Activity(first=0.0, width=0.0625, counts=counts),
    )


def _pictures(folder: Path, units: int, many: int) -> list[Shown]:
    """Files that all units share: their pixels are noise, which compresses as badly as photographs do."""
    generator = np.random.default_rng(0)
    shown = []
    for place in range(many):
        noise = generator.integers(0, 256, (34, 34, 3), dtype=np.uint8)
        image = Image.fromarray(noise).resize((136, 136), Image.Resampling.BILINEAR)
        content, file = coded(image), f"{place}.webp"
        save_bytes(content, folder / file)
        caption = ("activation 5.49", HOSTILE)
        shown.append(Shown(file=file, width=136, height=136, crc32=crc32(content), caption=caption))
    return shown


def _view(unit: int, role: str, title: str, shown: Sequence[Shown], mark: str) -> View:
    pictures = tuple(shown) if role == "photographs" else tuple(shown[:1])
    legend = ((mark, "where it is active: at least 50% of its peak"),) if role == "photographs" else ()
    return View(
        unit=unit, key="k", title=title, shows="What it answers to.", role=role, pictures=pictures, legend=legend,
        facts=(("steps", "128"),), notes=("a note",),
    )  # fmt: skip


def made_up_site(site: Path, *, units: int = 12, layers: Sequence[tuple[str, str]] = (("net", "conv5"),)) -> Path:
    """A whole site from records; gives the path of its index."""
    folders.begin(site)
    for model, layer in layers:
        made_up_layer(site, model, layer, units=units)
    return write_pages(Site.read(site), lambda done, total: None)


def labelled_folder(folder: Path, *, count: int = 16, label: str = HOSTILE) -> Path:
    """Pictures with a red glow on noise, ever brighter; the brightest are called by a name that tries to be markup."""
    generator = np.random.default_rng(0)
    rows, columns = np.mgrid[:48, :64]
    for place in range(count):
        picture = generator.integers(0, 60, (48, 64, 3), dtype=np.uint8)
        distance = np.hypot(rows - 12 - 8 * (place % 4), columns - 16 - 8 * (place // 4))
        glow = distance < 13
        picture[..., 0][glow] = (150 + 6 * place - 4 * distance[glow]).astype(np.uint8)
        mask = np.full((48, 64), 2, np.uint8)
        if place >= count - 3:
            mask[glow] = 1
        for kind, pixels in (("images", picture), ("masks", mask)):
            path = folder / kind / f"{place:02d}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(pixels).save(path)
    (folder / "names.txt").write_text(f"1 {label}\n2 wall\n")
    return folder
