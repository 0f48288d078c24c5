"""Effects that a function may have, as far as its byte code tells, without a call of it.

Used for hooks of the user, which must not be called to find out what they do. What cannot be told counts as done.
"""

from __future__ import annotations

import dis
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import types
    from collections.abc import Sequence

# methods that give nothing back: of containers, and what writers of logs and collectors of activations call theirs
_QUIET = ("append", "extend", "insert", "update", "clear", "discard", "remove", "__setitem__", "__delitem__", "put")
_QUIET_STARTS = ("add", "log", "record", "save", "store", "keep", "print", "write", "debug", "info", "warn", "observe")
_HARMLESS = ("requires_grad_", "detach_", "share_memory_")  # of a tensor's values they change none
_STARS = 0x04, 0x08  # inspect.CO_VARARGS, inspect.CO_VARKEYWORDS


def rebinds(function: types.FunctionType) -> bool:
    """Whether a function keeps something under a name outside of it (``global``, ``nonlocal``)."""
    free = function.__code__.co_freevars
    return any(
        step.opname == "STORE_GLOBAL" or (step.opname == "STORE_DEREF" and step.argval in free)
        for step in dis.get_instructions(function)
    )


def gives(function: types.FunctionType, method: bool = False) -> bool:  # noqa: FBT001, FBT002 (a plain fact)
    """Whether a function may give back something else than None that it makes of what it is given.

    Args:
        function: with positional parameters.
        method: its first parameter is the object that it belongs to.
    """
    steps = list(dis.get_instructions(function))
    given = _parameters(function, method)
    if not any(name in given for step in steps for name in _loaded(step)):
        return False
    for place, step in enumerate(steps):
        if step.opname != "RETURN_VALUE":
            continue
        last = steps[place - 1]
        nothing = last.opname == "LOAD_CONST" and last.argval is None
        if not nothing and not (last.opname.startswith("CALL") and _quiet(_lying_at(steps[:place], 2, depth=1))):
            return True
    return False


def writes(function: types.FunctionType, method: bool = False) -> bool:  # noqa: FBT001, FBT002 (a plain fact)
    """Whether a function may write into what it is given: in place, or by setting an attribute or an entry of it.

    Args:
        function: with positional parameters.
        method: its first parameter is the object that it belongs to.
    """
    names = function.__code__.co_names
    if any(name.endswith("_") and not name.startswith("_") and name not in _HARMLESS for name in names):
        return True
    local = frozenset(function.__code__.co_varnames[int(method) :])
    steps = list(dis.get_instructions(function))
    return any(
        _sets(step, steps[:place], local)
        or (
            step.opname == "STORE_FAST" and step.argval in _parameters(function, method) and _in_place(steps[place - 1])
        )
        for place, step in enumerate(steps)
        if place
    )


def stores(function: types.FunctionType) -> bool:
    """Whether a function may keep something in any object: it sets an attribute or an entry, or calls a method."""
    return any(
        step.opname in {"STORE_ATTR", "STORE_SUBSCR", "LOAD_METHOD"}
        or (step.opname == "LOAD_ATTR" and "NULL" in step.argrepr)  # a method that is called, in newer Pythons
        or step.argval == "setattr"
        for step in dis.get_instructions(function)
    )


def _sets(step: dis.Instruction, before: Sequence[dis.Instruction], local: frozenset[str]) -> bool:
    """Whether a step sets an attribute or an entry of what has a local name."""
    if step.opname == "STORE_ATTR":
        return _lying_at(before, 2, depth=2) in local
    if step.opname == "STORE_SUBSCR":
        first = 1 if before[-1].opname == "SWAP" else 2  # `x[k] *= 2` begins with x, `x[k] = 2` with 2
        return _lying_at(before, first, depth=3) in local
    calling = before[-1].opname == "LOAD_GLOBAL" and before[-1].argval == "setattr"
    return calling and not local.isdisjoint(_loaded(step))


def _parameters(function: types.FunctionType, method: bool) -> tuple[str, ...]:  # noqa: FBT001 (a plain fact)
    code = function.__code__
    stars = sum(bool(code.co_flags & flag) for flag in _STARS)
    return code.co_varnames[int(method) : code.co_argcount + code.co_kwonlyargcount + stars]


def _loaded(step: dis.Instruction) -> tuple[str, ...]:
    """Local names that a step loads; newer Pythons load two at once."""
    if not step.opname.startswith(("LOAD_FAST", "STORE_FAST_LOAD_FAST")):
        return ()
    return step.argval if isinstance(step.argval, tuple) else (step.argval,)


def _in_place(step: dis.Instruction) -> bool:
    return step.opname == "BINARY_OP" and step.argrepr.endswith("=")


def _quiet(name: str) -> bool:
    return name in _QUIET or name.lstrip("_").startswith(_QUIET_STARTS)


def _lying_at(steps: Sequence[dis.Instruction], place: int, *, depth: int) -> str:
    """Name of what lies at a place of the stack after some steps, counted from 1 at the bottom.

    Of ``a.b[c]`` it is a for who writes into it, and of ``a.append`` it is append for who calls it: the name that was
    loaded last at that place, and for the former the one that its attributes are looked up in.

    Args:
        steps: as they are run, one after the other.
        place: what lies there.
        depth: of the stack after the steps.
    """
    calling = depth < place
    for step in reversed(steps):
        if depth == place and step.opname.startswith("LOAD_"):
            names = _loaded(step)
            if calling or names or not step.opname.startswith(("LOAD_ATTR", "LOAD_METHOD", "LOAD_CONST")):
                return names[-1] if names else str(step.argval)
        depth -= dis.stack_effect(step.opcode, step.arg if step.opcode >= dis.HAVE_ARGUMENT else None, jump=False)
        if depth <= 0:
            break
    return ""
