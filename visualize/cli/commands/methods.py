"""A command for each method that is worth one: `viz saliency`, `viz top` and the like, made from one table."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Annotated, Any

import typer

from visualize.cli import options
from visualize.cli.draw_cards import draw
from visualize.cli.method_options import LOOKS, SETTINGS, Look
from visualize.cli.output import Sink

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from typer.core import TyperCommand

    from visualize.cards.exports import Extra


_BEFORE: dict[str, tuple[Any, object]] = {
    "model": (options.ModelOption, options.DEFAULT_MODEL),
    "layer": (options.LayerOption, None),
    "unit": (options.UnitOption, None),
    "image": (options.ImageOption, None),
    "images": (options.ImagesOption, None),
}
_FILM: dict[str, tuple[Any, object]] = {
    "picture": (options.PictureOption, None),
    "frames": (options.FramesOption, None),
}
_AFTER: dict[str, tuple[Any, object]] = {
    "out": (options.OutOption, None),
    "seed": (options.SeedOption, 0),
    "device": (options.DeviceOption, "auto"),
    "weights": (options.WeightsOption, None),
    "trust": (options.TrustOption, False),
    "json": (options.JsonOption, False),
    "arrays": (options.ArraysOption, False),
    "quiet": (options.QuietOption, False),
}


def add_to(app: typer.Typer, kind: type[TyperCommand]) -> None:
    """Give the program a command of that kind for each method of the table."""
    for look in LOOKS:
        app.command(look.name, cls=kind, epilog=look.epilog)(command(look))


def command(look: Look) -> Callable[..., None]:
    """The command of one method: the options that all share, with the settings that are its own among them."""

    def run(**given: Any) -> None:  # noqa: ANN401 (what typer has read, as the signature below says)
        shared = {name: given.pop(name, None) for name in (*_BEFORE, *_FILM, *_AFTER)}
        settings = {name: SETTINGS[name].read(value) for name, value in given.items() if value is not None}
        _look(look.name, shared, settings)

    own = {name: (_option(name, default), None) for name, default in look.settings.items()}
    parameters = {**_BEFORE, **own, **(_FILM if look.film else {}), **_AFTER}
    run.__name__ = look.name
    run.__doc__ = look.help
    run.__annotations__ = {name: option for name, (option, _) in parameters.items()} | {"return": None}
    run.__signature__ = inspect.Signature([  # type: ignore[attr-defined] # typer reads it in place of the real one
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=option)
        for name, (option, default) in parameters.items()
    ])  # fmt: skip
    return run


def _option(name: str, default: str) -> Any:  # noqa: ANN401 (an annotation, which typer reads)
    """The option of a setting; typer tells an option that is not given by None, whatever its default is."""
    setting = SETTINGS[name]
    said = f"{setting.help}  [default: {default}]" if default else setting.help
    flags = (f"{setting.flag}/--no-{setting.flag[2:]}",) if setting.kind is bool else (setting.flag,)
    return Annotated[setting.kind | None, typer.Option(*flags, metavar=setting.metavar or None, help=said)]


def _look(name: str, shared: Mapping[str, Any], settings: Mapping[str, object]) -> None:
    from pathlib import Path

    from visualize.cards.destination import check_out
    from visualize.cards.exports import FRAMES, Film, Still
    from visualize.cards.request import Request

    check_out(shared["out"])
    kinds: dict[str, Callable[[Path], Extra]] = {"picture": Still, "frames": Film}
    extras = {name: kind(Path(shared[name])) for name, kind in kinds.items() if shared[name] is not None}
    request = Request(
        model=shared["model"], layer=shared["layer"], units=shared["unit"], image=shared["image"] or None,
        images=shared["images"], methods=[name], alone=True, seed=shared["seed"], device=shared["device"],
        settings={**settings, "frames": FRAMES} if "frames" in extras else settings, weights=shared["weights"],
    )  # fmt: skip
    sink = Sink(shared["json"])
    draw(request, shared["out"], sink=sink, arrays=shared["arrays"], quiet=shared["quiet"], extras=extras)
