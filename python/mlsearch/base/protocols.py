"""Whether a value has what a protocol asks for, on every version of Python alike."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from typing_extensions import TypeIs

Kind = TypeVar("Kind")


@cache
def members(protocol: type) -> tuple[str, ...]:
    """The names that a protocol asks for, in the order in which they are written down."""
    found: list[str] = []
    for kind in reversed(protocol.__mro__):
        if getattr(kind, "_is_protocol", False):
            names = (n for n in vars(kind) if n in ("__len__", "__getitem__") or n[0] != "_")
            found += [name for name in names if name not in found]
    return tuple(found)


def offers(value: Any, protocol: type[Kind]) -> TypeIs[Kind]:
    """Whether a value has all that a protocol asks for.

    ``isinstance`` says no from Python 3.12 on where a value passes attributes on, as a wrapper
    with ``__getattr__`` does.
    """
    return all(hasattr(value, name) for name in members(protocol))  # type: ignore[arg-type]
