"""Domains by name: what ``--domain NAME`` and the section ``domain`` of a config mean."""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Mapping
from typing import Any, Protocol

from mlsearch.base.plugins import find, load_plugins
from mlsearch.base.settings import from_dict, to_dict
from mlsearch.domains.extras import settings_of
from mlsearch.domains.maze.config import MazeConfig
from mlsearch.domains.one_way.config import OneWayConfig
from mlsearch.domains.puzzles.cube import Cube
from mlsearch.domains.puzzles.lights_out import LightsOut
from mlsearch.domains.puzzles.line_puzzles import Pancake, TopSpin
from mlsearch.domains.puzzles.permutation import Permutation
from mlsearch.domains.puzzles.sokoban_config import SokobanConfig
from mlsearch.domains.puzzles.tiles import Tiles


class DomainSettings(Protocol):
    """A frozen dataclass whose fields say which worlds of a domain are meant.

    A puzzle with one world may be its own settings: a dataclass with the methods of a domain,
    whose ``make`` returns itself.
    """

    def make(self, num: int, seed: int, first: int = 0, num_threads: int = 0) -> Any:
        """The domain.

        Args:
            num: how many worlds; a domain that has only one returns that one.
            seed: 0 to 2**64 - 1, of random worlds; world i depends on the settings, seed and i.
            first: the number of the first world; ``num`` worlds from there on are made.
            num_threads: 0 for all cores. It does not change the result.
        """
        ...


DOMAINS: dict[str, type[Any]] = {
    "maze": MazeConfig,
    "one_way": OneWayConfig,
    "cube": Cube,
    "tiles": Tiles,
    "lights_out": LightsOut,
    "sokoban": SokobanConfig,
    "topspin": TopSpin,
    "pancake": Pancake,
    "permutation": Permutation,
}
"""Settings of domains by name. Add to it to make a domain of your own known to configs."""


def domain_settings(values: Mapping[str, Any] | str | Any) -> Any:
    """The settings that a name, or the section ``domain`` of a config, stands for.

    Args:
        values: ``{"name": ..., ...}``, a name alone, or settings, which are returned. A number
            at the end of a name is the setting ``size``: "cube3" is "cube" of size 3. Other
            settings may follow a name: "cube2:turns=half".

    Raises:
        TypeError: it is none of these, or a setting has the wrong type.
        ValueError: the name or a setting is unknown, or a value out of range.
    """
    if dataclasses.is_dataclass(values):
        return values
    given = _parsed(values) if isinstance(values, str) else values
    if not isinstance(given, Mapping) or not isinstance(given.get("name"), str):
        raise TypeError(f"domain: expected a name or a mapping with a name, got {values!r}")
    given = _with_size(given)
    kind = find(DOMAINS, given["name"], "domain")
    settings = {name: value for name, value in given.items() if name != "name"}
    return from_dict(kind, settings, prefix="domain.")


def _parsed(text: str) -> dict[str, Any]:
    """The settings of ``NAME:SETTING=VALUE,...``; values are JSON, or texts as they are."""
    name, *rest = text.split(":", 1)
    given: dict[str, Any] = {"name": name}
    for part in rest[0].split(",") if rest else []:
        key, equals, value = part.partition("=")
        if not equals:
            raise ValueError(f"domain: expected SETTING=VALUE after {name + ':'!r}, got {part!r}")
        try:
            given[key] = json.loads(value)
        except ValueError:
            given[key] = value
    return given


def _with_size(given: Mapping[str, Any]) -> Mapping[str, Any]:
    """Settings with the number at the end of their name as size, unless the name is known so."""
    found = re.fullmatch(r"(\w*?)_?([0-9]{1,9})", given["name"])
    if found is None:
        return given
    if given["name"] not in DOMAINS:
        load_plugins()
    if given["name"] in DOMAINS or found[1] not in DOMAINS:
        return given
    if "size" in given:
        raise ValueError(f"domain.size: expected none beside the name {given['name']!r}")
    return {**given, "name": found[1], "size": int(found[2])}


def settings_dict(settings: Any) -> dict[str, Any]:
    """Settings as plain values with their name, as ``domain_settings`` reads them.

    Raises:
        ValueError: their class is not in ``DOMAINS``.
    """
    return {"name": registered_name(settings), **to_dict(settings)}


def registered_name(settings: Any) -> str:
    """The name under which the class of settings is registered.

    Raises:
        ValueError: there is none.
    """
    for name, kind in DOMAINS.items():
        if type(settings) is kind:
            return name
    raise ValueError(
        f"domain: {type(settings).__name__} has no name; add its dataclass to "
        "mlsearch.DOMAINS, for example ml.DOMAINS['mine'] = Mine"
    )


def is_registered(domain: Any) -> bool:
    """Whether a domain can be made again from a name and settings."""
    return type(settings_of(domain)) in DOMAINS.values()
