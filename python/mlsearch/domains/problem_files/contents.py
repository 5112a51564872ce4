"""What files of problems hold, and which domain is meant."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mlsearch.base.errors import MazeFormatError
from mlsearch.base.protocols import offers
from mlsearch.domains.contract import Domain
from mlsearch.domains.extras import extra, name_of, settings_of
from mlsearch.domains.registry import domain_settings, settings_dict

MAX_BYTES = 2**30


class Contents(NamedTuple):
    """The arguments of ``Problems``."""

    domain: Any
    starts: ArrayLike
    goals: ArrayLike
    optimal: ArrayLike | None = None


def read_bytes(path: Path) -> bytes:
    """A whole file.

    Raises:
        OSError: it cannot be opened.
        MazeFormatError: it is larger than a GiB.
    """
    with path.open("rb") as file:
        data = file.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise MazeFormatError(f"{path}: expected at most {MAX_BYTES} bytes, got more")
    return data


def given_domain(domain: Any) -> Any:
    """The domain or the settings that a caller means: a name, a mapping or itself."""
    return domain_settings(domain) if isinstance(domain, str | Mapping) else domain


def made(given: Any) -> Any:
    """A domain: the given one, or the one world of settings."""
    return given if offers(given, Domain) else given.make(1, 0)


def described(domain: Any) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """The settings of a domain as plain values, and the arrays that tell its worlds.

    Raises:
        ValueError: the domain is not registered, or nothing tells its worlds.
    """
    settings = settings_dict(settings_of(domain))
    if arrays := extra(domain, "arrays"):
        return settings, dict(arrays())
    if len(domain) > 1:
        raise ValueError(
            f"domain: expected one world, or arrays() of the {len(domain)} worlds; domain "
            f"{name_of(domain)!r} has none"
        )
    return settings, {}


def restored(values: Any, arrays: Mapping[str, NDArray[Any]], given: Any) -> Any:
    """The domain of a file.

    Args:
        values: its settings with their name, or a name alone; None if the file says nothing.
        arrays: of its worlds, by name.
        given: what the caller expects, or None.

    Raises:
        TypeError, ValueError: nobody says which domain, or file and caller mean two.
    """
    if values is None:
        if given is None:
            raise ValueError("domain: expected a domain, in the file or as an argument")
        return made(given)
    settings = domain_settings(values)
    if given is not None:
        wanted = settings_of(given)
        is_same = type(wanted) is type(settings) if arrays else wanted == settings
        if not is_same:
            raise ValueError(f"domain: expected {wanted!r}, got {settings!r}")
    if arrays and not hasattr(settings, "restored"):
        raise ValueError(f"worlds: expected none, got {', '.join(arrays)}")
    return settings.restored(arrays) if arrays else settings.make(1, 0)


def repeated(state: NDArray[Any], num: int) -> NDArray[Any]:
    """A state for each of some problems: ``[*S]`` to ``[num, *S]``."""
    return np.broadcast_to(state, (num, *state.shape))
