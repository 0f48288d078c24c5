"""Offers of the shell when the tab key is pressed; everything here must answer at once, without torch."""

from __future__ import annotations

import typer  # noqa: TC002 (typer reads the annotations at run time)


def models(ctx: typer.Context, incomplete: str) -> list[tuple[str, str]]:  # noqa: ARG001 (typer's signature)
    """Names of the models in the catalogue, each with its title."""
    from visualize.models.registry import listing

    return [(model.name, model.title) for model in listing() if model.name.startswith(incomplete)]


def fetchable(ctx: typer.Context, incomplete: str) -> list[tuple[str, str]]:
    """Names of the models and of the probe sets that can be downloaded, each with its title."""
    from visualize.data.catalogue import CATALOGUE

    sets = [(entry.name, entry.title) for entry in CATALOGUE.values() if entry.resources]
    return [*models(ctx, incomplete), *(offer for offer in sets if offer[0].startswith(incomplete))]


def layers(ctx: typer.Context, incomplete: str) -> list[str]:
    """Names of layers in the model's catalogue entry; all layers, or other models', would take the network itself."""
    from visualize.models.registry import entry_of, names

    asked = ctx.params.get("model") or names()[0]
    if asked not in names():
        return []
    entry = entry_of(asked)
    known = {entry.default_layer, *entry.aliases, *entry.aliases.values()}
    return sorted(name for name in known if name and name.startswith(incomplete))


def methods(ctx: typer.Context, incomplete: str) -> list[str]:  # noqa: ARG001 (typer's signature)
    """Names of methods, after a comma as well."""
    from visualize.methods.registry import entries

    done, comma, begun = incomplete.rpartition(",")
    return [f"{done}{comma}{name}" for name in entries() if name.startswith(begun)]
