"""Results as trees of plain values with their arrays: as they are written to the disk, and go to other processes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from visualize.methods.method import Method
from visualize.methods.result import Result
from visualize.store.record_tree import NotPlainError, Reader, Writer, record_kind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from visualize.methods.network.probe import Probe
    from visualize.methods.pictures.images import Images
    from visualize.methods.unit import Target

_SHARED = ("unit", "provenance")  # fields of a result that the call gives


@dataclass(frozen=True)
class Packed:
    """A result without its unit, its provenance and its pictures.

    Args:
        tree: of its fields.
        arrays: those that the tree speaks of.
    """

    tree: Mapping[str, Any]
    arrays: Sequence[NDArray[Any]]


def packed(result: Result, method: Method, images: Images | None) -> Packed:
    """A result as plain values.

    Args:
        result: of the method.
        method: that gave it.
        images: the probe set of the call.

    Raises:
        NotPlainError: something in it cannot be written so.
    """
    writer, kind = Writer(images, _packages(method)), type(result)
    fields = writer.fields(result, but=_SHARED)
    tree = {"module": kind.__module__, "name": kind.__qualname__, "fields": fields}
    return Packed({**tree, "seconds": result.provenance.seconds}, writer.arrays)


def unpacked(held: Packed, method: Method, probe: Probe, target: Target, images: Images | None) -> Result:
    """The result that was packed.

    Args:
        held: what :func:`packed` gave.
        method: that gave the result.
        probe: the network that it is of.
        target: its unit.
        images: the probe set of the call.

    Raises:
        NotPlainError: it is no result.
    """
    packages = _packages(method)
    try:
        module, name, seconds, fields = (held.tree[part] for part in ("module", "name", "seconds", "fields"))
        reader = Reader(images, packages, held.arrays)
        values = {field: reader.value(tree) for field, tree in fields.items()}
        provenance = method.provenance(probe, float(seconds))
        result = record_kind(module, name, packages)(unit=target, provenance=provenance, **values)
    except (KeyError, TypeError, ValueError, AttributeError) as fault:
        raise NotPlainError(f"its record is of another form ({type(fault).__name__})") from fault
    if not isinstance(result, Result):
        raise NotPlainError("its record is no result")
    return result


def _packages(method: Method) -> tuple[str, ...]:
    """Packages whose records a method's results are made of: ours, and its own."""
    ours = Method.__module__.rpartition(".")[0]
    return tuple(dict.fromkeys((ours, type(method).__module__.partition(".")[0])))
