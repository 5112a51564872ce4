"""Parts that other packages bring along, by an entry point."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from importlib.metadata import entry_points
from typing import TypeVar

from mlsearch.base.settings import did_you_mean

GROUP = "mlsearch.plugins"
T = TypeVar("T")

_log = logging.getLogger("mlsearch")
_loaded: set[str] = set()


def find(
    table: Mapping[str, T], name: str, kind: str, setting: str = "", also: Iterable[str] = ()
) -> T:
    """An entry of a table by its name; if it is not there, plugins are loaded first.

    Args:
        table: one of the tables that can be added to, such as ``METHODS``.
        name: which entry.
        kind: what messages call an entry.
        setting: where the name was given; ``kind`` if it is called the same.
        also: names that could have been meant as well.

    Raises:
        ValueError: there is no such entry; the message names the closest one.
    """
    if name not in table:
        load_plugins()
    if name not in table:
        hint = did_you_mean(name, [*table, *also])
        if hint.startswith("expected"):
            hint += ", or of a plugin that is installed or imported before"
        raise ValueError(f"{setting or kind}: unknown {kind} {name!r}; {hint}")
    return table[name]


def load_plugins() -> None:
    """Loads the entry points of the group ``mlsearch.plugins`` that are not loaded yet.

    An entry point names a module that adds to the tables when it is imported, or a function
    without arguments that does so. One that fails is logged with its name, and left out.
    """
    for entry in sorted(entry_points(group=GROUP)):
        if entry.value in _loaded:
            continue
        _loaded.add(entry.value)  # first, as a plugin may look up names itself
        try:
            part = entry.load()
            if callable(part):
                part()
        except Exception as error:
            _log.warning(
                "plugin %r (%s) was left out: %s: %s",
                entry.name,
                entry.value,
                type(error).__name__,
                error,
            )
