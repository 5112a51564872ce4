"""Settings as frozen dataclasses: to and from dictionaries, with single values changed."""

from __future__ import annotations

import dataclasses
import difflib
import typing
from collections import abc
from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

T = TypeVar("T")


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """A hint at the end of an error message: the closest known names, or all of them."""
    known = sorted(known)
    close = difflib.get_close_matches(name, known, n=1)
    return f"did you mean {close[0]!r}?" if close else f"expected one of {', '.join(known)}"


def check_choice(name: str, value: str, known: Iterable[str]) -> None:
    """Raises ValueError unless ``value`` is one of the known ones."""
    if value not in known:
        raise ValueError(f"{name}: unknown value {value!r}; {did_you_mean(value, known)}")


def check_range(name: str, value: float, low: float, high: float = float("inf")) -> None:
    """Raises ValueError unless ``value`` lies in ``low`` .. ``high``."""
    if not low <= value <= high:
        bounds = f"at least {low}" if high == float("inf") else f"{low} to {high}"
        raise ValueError(f"{name}: expected {bounds}, got {value}")


def to_dict(config: Any) -> dict[str, Any]:
    """A config as nested plain dictionaries, ready for JSON."""
    return {
        f.name: to_dict(value) if dataclasses.is_dataclass(value) else _plain(value)
        for f in dataclasses.fields(config)
        for value in (getattr(config, f.name),)
    }


def _plain(value: Any) -> Any:
    return dict(value) if isinstance(value, Mapping) else value


def from_dict(kind: type[T], values: Mapping[str, Any], prefix: str = "") -> T:
    """The dataclass ``kind`` from nested dictionaries; what is missing keeps its default.

    Raises:
        ValueError: an unknown key (with the closest known one), or a value out of range.
        TypeError: a value of the wrong type.
    """
    if not isinstance(values, Mapping):
        raise TypeError(f"{prefix.rstrip('.') or 'config'}: expected a mapping, got {values!r}")
    hints = typing.get_type_hints(kind)
    for key in values:
        if key not in hints:
            raise ValueError(f"{prefix}{key}: unknown setting; {did_you_mean(key, hints)}")
    return kind(
        **{key: _converted(hints[key], value, prefix + key) for key, value in values.items()}
    )


def _converted(kind: Any, value: Any, name: str) -> Any:
    if dataclasses.is_dataclass(kind):
        return from_dict(typing.cast(type, kind), value, prefix=f"{name}.")
    if typing.get_origin(kind) is abc.Mapping:
        if not isinstance(value, Mapping):
            raise TypeError(f"{name}: expected a mapping, got {value!r}")
        return {
            str(key): _converted(float, weight, f"{name}.{key}") for key, weight in value.items()
        }
    allowed = typing.get_args(kind) or (kind,)
    if float in allowed and type(value) is int:
        return float(value)
    if type(value) not in allowed:
        expected = " or ".join(getattr(a, "__name__", str(a)) for a in allowed)
        raise TypeError(f"{name}: expected {expected}, got {value!r}")
    return value


def replaced(config: T, changes: Mapping[str, Any]) -> T:
    """``config`` with values changed by dotted names, such as ``{"training.steps": 100}``.

    Raises:
        ValueError: an unknown name, or a value out of range.
        TypeError: a value of the wrong type.
    """
    nested = to_dict(config)
    for name, value in changes.items():
        *path, last = name.split(".")
        target = nested
        for depth, part in enumerate(path):
            if not isinstance(target.get(part), dict):
                where = ".".join([*path[:depth], part])
                raise ValueError(f"{where}: unknown setting; {did_you_mean(part, target)}")
            target = target[part]
        target[last] = value
    return from_dict(type(config), nested)
