"""Plan of a sweep as its file says it: TOML, whose every fault is named by its key."""

from __future__ import annotations

import tomllib
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from visualize.cards.named_methods import kind_of
from visualize.files import ROOT, out_folder, safe
from visualize.intake.fields import WrongValueError, checked, either, items, number, one_of, text, truth, whole
from visualize.intake.file_patterns import is_pattern, matching
from visualize.intake.regular_files import read_bytes
from visualize.intake.utf8 import decoded
from visualize.methods.dissection.settings import Settings
from visualize.methods.errors import InputError, one_line, suggest, system_words
from visualize.methods.registry import entries
from visualize.methods.settings import settings
from visualize.models.overrides import overrides
from visualize.models.registry import entry_of
from visualize.models.weights_choice import require_file
from visualize.printable import printable
from visualize.sweeps.plan import ABLATE, DISSECT, MEASURED, TRANSFER, Plan, PlannedNetwork
from visualize.transfers.protocols.catalogue import PROTOCOLS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from visualize.intake.fields import Reader

_MOST_BYTES = 4 << 20  # of which Python reads about a megabyte a second
_MOST_SEED = 2**32 - 1
_FACTS = ("size", "mean", "std", "order", "classes")
_name = text(1, 1000)
_number_or_text = (int, float, str, list)


def read_plan(path: str | Path, *, out: str | Path | None = None) -> Plan:
    """Read the plan of a sweep.

    Args:
        path: the TOML file.
        out: a folder for the results in place of the file's.

    Raises:
        InputError: the file cannot be read or is no TOML, or something in it cannot be; the message names the key.
    """
    path = Path(path).expanduser()
    try:
        content = tomllib.loads(decoded(read_bytes(path, most=_MOST_BYTES), str(path)))
    except OSError as fault:
        raise InputError(f"{printable(str(path))} cannot be read: {system_words(fault)}") from fault
    except InputError:
        raise
    except (ValueError, RecursionError) as fault:  # no TOML
        reason = printable(one_line(fault)).partition(";")[0][:160]
        raise InputError(f"{printable(str(path))} cannot be read as TOML: {reason}") from fault
    return plan_of(content, source=str(path), out=out)


def plan_of(content: Mapping[str, Any], *, source: str = "sweep", out: str | Path | None = None) -> Plan:
    """Plan of a sweep from what its file holds.

    Args:
        content: the keys models, layers, data, methods, seed, device and out, and a table for each method.
        source: where it comes from, for messages.
        out: a folder for the results in place of the one that is named.

    Raises:
        InputError: something in it cannot be; the message names the key.
    """
    source = printable(source)
    plain = {"models": _networks, "layers": _names, "data": _names, "methods": _names,
             "seed": whole(0, _MOST_SEED), "device": _name, "out": _name}  # fmt: skip
    given: dict[str, Any] = {}
    tables = {key: value for key, value in content.items() if key not in plain and isinstance(value, dict)}
    for key, value in content.items():
        if key in tables:
            continue
        if key in {*MEASURED, *entries()}:
            raise InputError(f"{source}: {key} is no key of a sweep, but a table of settings; write [{key}], once")
        if key not in plain:
            raise InputError(
                f"{source}: {_shown(key)} is no key of a sweep{suggest(key, [*plain, *entries()])} (known: "
                f"{', '.join(plain)}, and a table for each method)"
            )
        given[key] = checked({key: value}, _entry(key, plain[key]), source)
    for key in ("models", "methods"):
        if key not in given:
            raise InputError(f'{source}: {key} is missing; write {key} = ["..."]')
    return _plan(given, tables, source, out)


def _plan(given: Mapping[str, Any], tables: Mapping[str, Any], source: str, out: str | Path | None) -> Plan:
    methods = given["methods"]
    for place, name in enumerate(methods):
        with _at(source, f"methods[{place}]"):
            _check_method(name)
    for name, table in tables.items():
        if name not in methods:
            raise InputError(
                f"{source}: [{_shown(name)}] is of no method that is asked for{suggest(name, methods)} (methods: "
                f"{', '.join(methods)})"
            )
        _check_entries(table, f"[{name}]", _known(name), source)
    networks = tuple(
        item for place, entry in enumerate(given["models"])
        for item in _expanded(entry, given.get("layers", ()), f"models[{place}]", source)
    )  # fmt: skip
    plan = Plan(
        networks=networks, data=given.get("data", ()), methods=methods, settings=tables,
        seed=given.get("seed", 0), device=given.get("device", "auto"), source=source,
        out=_out(out if out is not None else given.get("out"), source),
    )  # fmt: skip
    plan.require_names()
    _check_settings(plan)
    return plan


def _check_method(name: str) -> None:
    known = list(dict.fromkeys([*MEASURED, *entries()]))
    if ":" in name:
        kind_of(name)
    elif name not in known:
        raise InputError(f"no method is called {name!r}{suggest(name, known)} (known: {', '.join(known)})")


def _out(asked: str | Path | None, source: str) -> Path:
    return out_folder(asked, ROOT / "sweep" / safe(Path(source).stem))


def _check_settings(plan: Plan) -> None:
    for name in plan.methods:
        with _at(plan.source, f"[{name}]"):
            if name == DISSECT:
                plan.dissection()
            elif name not in MEASURED:
                plan.look(name)


def _known(method: str) -> dict[str, Reader[Any] | None]:
    """Entries that the table of a method may have, with readers of those that no method checks itself."""
    count, batch = whole(1), either(one_of(["auto"]), whole(1))
    if method == DISSECT:
        own = [item.name for item in settings(Settings) if item.option]
        return {**dict.fromkeys(own), "count": count, "colours": truth, "batch": batch}
    if method == TRANSFER:
        return {"protocol": one_of(list(PROTOCOLS)), "numbers": count, "categories": _names, "pixels": count,
                "count": count, "share": number(0.01, 0.99), "folds": whole(2), "twin": truth,
                "batch": batch}  # fmt: skip
    if method == ABLATE:
        return {"labels": one_of(["auto", "given", "network"]), "by": one_of(["zero", "mean"]),
                "sizes": items(count, least=1), "least": count, "count": count, "batch": batch}  # fmt: skip
    return dict.fromkeys(item.name for item in settings(kind_of(method)))


def _check_entries(table: Mapping[str, Any], where: str, known: Mapping[str, Reader[Any] | None], source: str) -> None:
    for key, value in table.items():
        if key not in known:
            raise InputError(
                f"{source}: {where} knows no {_shown(key)}{suggest(key, known)} (known: {', '.join(known)})"
            )
        if (reader := known[key]) is not None:
            with _at(source, where):
                checked({key: value}, _entry(key, reader), where)


def _expanded(entry: Any, layers: tuple[str, ...], key: str, source: str) -> Iterator[PlannedNetwork]:  # noqa: ANN401
    """The networks of one entry of the list, one for each file of weights."""
    table: dict[str, Any] = {"model": entry} if isinstance(entry, str) else entry
    known: dict[str, Reader[Any] | None] = {
        "model": _name, "name": _name, "layers": _names, "weights": _files, **dict.fromkeys(_FACTS, _fact)
    }  # fmt: skip
    _check_entries(table, key, known, source)
    if "model" not in table:
        raise InputError(f'{source}: {key} names no model; write model = "..."')
    facts = {name: table[name] for name in _FACTS if name in table}
    with _at(source, key):
        entry_of(table["model"])
        overrides(**facts)
        files = [item for given in _files(table.get("weights", [])) for item in _matching(given)]
        for named in files:
            require_file(named)
    if len(files) > 1 and "name" in table:
        raise InputError(f"{source}: {key}.name is one, and there are {len(files)} files of weights; leave it out")
    own = _names(table["layers"]) if "layers" in table else layers
    several: list[str | None] = [*files] if files else [None]
    for file in several:
        name = table["model"] if file is None else f"{table['model']} ({Path(file).name})"
        yield PlannedNetwork(
            model=table["model"], name=table.get("name", name), layers=own, weights=file, facts=facts,
            key=key if len(files) < 2 else f"{key}, {file}",
        )  # fmt: skip


def _matching(pattern: str) -> list[str]:
    """Files that a pattern of weights names, in the order of their names; a plain name is itself."""
    if not is_pattern(pattern) or Path(pattern).expanduser().exists():
        return [pattern]
    files = matching(pattern)
    if not files:
        raise InputError(f"no file is called as weights = {pattern!r} says")
    return files


def _entry(key: str, reader: Reader[Any]) -> Reader[Any]:
    def read(value: object) -> Any:  # noqa: ANN401 (of many types)
        try:
            return reader(value[key])  # type: ignore[index]
        except WrongValueError as fault:
            raise fault.within(f".{key}") from None

    return read


def _several(value: object, reader: Reader[Any]) -> tuple[Any, ...]:
    """One thing, or a list of things none of which is there twice."""
    taken = items(reader, least=1, most=100_000)(value if isinstance(value, list) else [value])
    for place, item in enumerate(taken):
        if item in taken[:place]:
            raise WrongValueError("each item once", item).within(f"[{place}]")
    return taken


def _names(value: object) -> tuple[str, ...]:
    return _several(value, _stripped)


def _files(value: object) -> tuple[str, ...]:
    return _several(value, _stripped) if value != [] else ()


def _stripped(value: object) -> str:
    taken = _name(value).strip()
    if not taken:
        raise WrongValueError("a name", value)
    return taken


def _networks(value: object) -> tuple[Any, ...]:
    def read(item: object) -> Any:  # noqa: ANN401 (text or a table)
        if isinstance(item, dict):
            return item
        return _stripped(item)

    return _several(value, read)


def _fact(value: object) -> Any:  # noqa: ANN401 (of many types; what it may be is said where facts are read)
    if isinstance(value, bool) or not isinstance(value, _number_or_text):
        raise WrongValueError("a number, text or a list of numbers", value)
    return value


@contextmanager
def _at(source: str, key: str) -> Iterator[None]:
    """Name the key in a fault of what stands there."""
    try:
        yield
    except InputError as fault:
        raise InputError(f"{source}: {key}: {str(fault).removeprefix(f'{key}: ')}") from fault


def _shown(key: str) -> str:
    return printable(key[:60])
