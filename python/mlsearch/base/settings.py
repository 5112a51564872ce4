"""Settings as frozen dataclasses: to and from dictionaries, with single values changed."""

from __future__ import annotations

import copy
import dataclasses
import difflib
import json
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


def check_plain(name: str, value: Any) -> None:
    """Raises TypeError unless ``value`` comes back from JSON as it is."""
    try:
        is_plain = json.loads(json.dumps(value)) == value
    except (TypeError, ValueError):
        is_plain = False
    if not is_plain:
        raise TypeError(f"{name}: expected values that JSON can hold, got {value!r}")


def to_dict(config: Any) -> dict[str, Any]:
    """A config as nested plain dictionaries, ready for JSON.

    A field whose metadata has a function ``plain`` is written by it, and read by its ``read``.
    """
    return {
        f.name: f.metadata.get("plain", _plain)(getattr(config, f.name))
        for f in dataclasses.fields(config)
    }


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value):
        return to_dict(value)
    return copy.deepcopy(dict(value)) if isinstance(value, Mapping) else value


def dotted(values: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Nested dictionaries as one, by dotted names such as ``training.steps``."""
    flat: dict[str, Any] = {}
    for name, value in values.items():
        if isinstance(value, Mapping) and value:
            flat |= dotted(value, f"{prefix}{name}.")
        else:
            flat[prefix + name] = value
    return flat


def by_section(values: Mapping[str, Any]) -> dict[str, Any]:
    """What ``replaced`` takes, from sections of settings: a name such as ``training.steps`` each.

    A setting that is a mapping itself, such as ``objective.terms``, stays whole.
    """
    found: dict[str, Any] = {}
    for section, value in values.items():
        if isinstance(value, Mapping):
            found |= {f"{section}.{name}": setting for name, setting in value.items()}
        else:
            found[section] = value
    return found


def from_dict(kind: type[T], values: Mapping[str, Any], prefix: str = "") -> T:
    """The dataclass ``kind`` from nested dictionaries; what is missing keeps its default.

    Raises:
        ValueError: an unknown key (with the closest known one), or a value out of range.
        TypeError: a value of the wrong type.
    """
    if not isinstance(values, Mapping):
        raise TypeError(f"{prefix.rstrip('.') or 'config'}: expected a mapping, got {values!r}")
    fields = {f.name: f for f in dataclasses.fields(typing.cast(Any, kind)) if f.init}
    for key in values:
        if key not in fields:
            raise ValueError(f"{prefix}{key}: unknown setting; {_known_settings(key, fields)}")
    hints = typing.get_type_hints(kind)
    readers = {key: fields[key].metadata.get("read") for key in values}
    return kind(
        **{
            key: read(value) if read else _converted(hints[key], value, prefix + key)
            for (key, value), read in zip(values.items(), readers.values(), strict=True)
        }
    )


def _known_settings(key: str, fields: Iterable[str]) -> str:
    return did_you_mean(key, fields) if fields else "there are none"


def _converted(kind: Any, value: Any, name: str) -> Any:
    if dataclasses.is_dataclass(kind):
        return from_dict(typing.cast(type, kind), value, prefix=f"{name}.")
    if typing.get_origin(kind) is abc.Mapping:
        if not isinstance(value, Mapping):
            raise TypeError(f"{name}: expected a mapping, got {value!r}")
        kind_of_values = typing.get_args(kind)[1]
        return {
            str(key): _converted(kind_of_values, item, f"{name}.{key}")
            for key, item in value.items()
        }
    if kind is Any:
        return value
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
