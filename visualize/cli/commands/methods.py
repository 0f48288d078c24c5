"""A command for each method: `viz saliency`, `viz top` and the like, and those of other packages."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

from visualize.cli import options
from visualize.cli.cluster_help import helped_by
from visualize.cli.draw_cards import Output, draw
from visualize.cli.network_options import parameters as network_options
from visualize.cli.network_options import stated
from visualize.cli.output import Sink
from visualize.cli.setting_options import of_exports, of_settings, read

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from visualize.cli.setting_options import Parameter
    from visualize.methods.method import Method


_UNIT: dict[str, Parameter] = {
    "model": (options.ModelOption, options.DEFAULT_MODEL),
    "layer": (options.LayerOption, None),
    "unit": (options.UnitOption, None),
}
_IMAGES: dict[str, Parameter] = {
    "image": (options.ImageOption, None),
    "images": (options.ImagesOption, None),
    "void": (options.VoidOption, None),
    "segmenter": (options.SegmenterOption, None),
}
_SEARCH: dict[str, Parameter] = {"on": (options.OnOption, None)}
_RUN: dict[str, Parameter] = {
    "out": (options.OutOption, None),
    "form": (options.FormatOption, None),
    "bare": (options.BareOption, False),
    "seed": (options.SeedOption, 0),
    "device": (options.DeviceOption, "auto"),
    "weights": (options.WeightsOption, None),
    "trust": (options.TrustOption, False),
    "json": (options.JsonOption, False),
    "arrays": (options.ArraysOption, False),
    "sheet": (options.SheetOption, False),
    "sort": (options.SortOption, None),
    "no_cache": (options.NoCacheOption, False),
    "quiet": (options.QuietOption, False),
}


def command(kind: type[Method], summary: str) -> Callable[..., None]:
    """The command of one method: the options that all share, with the settings that are its own among them.

    Args:
        kind: the method.
        summary: the first line of the command's help.
    """
    from visualize.methods.method import Needs

    images = {} if kind.needs is Needs.NOTHING else _IMAGES
    exports = of_exports(kind.exports)
    # an option that all commands have keeps its meaning, whatever a method calls its settings
    search = _SEARCH if kind.chooses or kind.shared else {}
    shared = {*_UNIT, *images, *exports, *_RUN, *search}
    settings = {name: option for name, option in of_settings(kind).items() if name not in shared}
    network = network_options(taken=settings)
    parameters = {**_UNIT, **images, **settings, **exports, **search, **_RUN, **network}

    def run(**given: Any) -> None:  # noqa: ANN401 (what typer has read, as the signature below says)
        _look(kind, {name: value for name, value in given.items() if name in settings}, given)

    run.__name__ = kind.name
    run.__doc__ = f"{summary}\n\n{inspect.cleandoc(kind.advice)}".strip()
    run.__annotations__ = {name: option for name, (option, _) in parameters.items()} | {"return": None}
    run.__signature__ = inspect.Signature([  # type: ignore[attr-defined] # typer reads it in place of the real one
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=option)
        for name, (option, default) in parameters.items()
    ])  # fmt: skip
    return run


def epilog(kind: type[Method]) -> str | None:
    """A method's examples as the foot of its command's help."""
    return (
        "\n".join(["\b", "Examples:", *(f"  viz {example}" for example in kind.examples)]) + "\n"
        if kind.examples
        else None
    )


def _look(kind: type[Method], settings: Mapping[str, object], given: dict[str, Any]) -> None:
    from pathlib import Path

    from visualize.cards.exports import ExportFile
    from visualize.cards.request import Request

    output = Output(
        given["out"], given["form"], given["bare"], given["arrays"], sheet=given["sheet"], order=given["sort"]
    )
    wanted = [export for export in kind.exports if given[export.name] is not None]
    files = {export.name: ExportFile(export, Path(given[export.name])) for export in wanted}
    needed = {name: value for export in wanted for name, value in export.settings.items()}
    request = Request(
        model=given["model"], layer=given["layer"], units=given["unit"], image=given.get("image") or None,
        images=options.set_named(given.get("images"), given.get("void"), given.get("segmenter")),
        methods=[kind.name], alone=True, seed=given["seed"], device=given["device"],
        settings={**read(kind, settings), **needed}, weights=given["weights"], **stated(given),
        cache=not given["no_cache"],
    )  # fmt: skip
    sink = Sink(given["json"])
    with helped_by(given.get("on"), request, trusted=given["trust"]):
        draw(request, output, sink=sink, quiet=given["quiet"], extras=files)
