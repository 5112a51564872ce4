"""Problems as JSON: ``{"domain": ..., "starts": ..., "goals": ..., "optimal": ...}``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from mlsearch.base.checks import checked_array
from mlsearch.domains.problem_files.contents import (
    Contents,
    described,
    read_bytes,
    repeated,
    restored,
)
from mlsearch.domains.words import origin_of, read_start

DTYPES = ["bool", *(np.dtype(code).name for code in "bhiqBHIQefd")]
KEYS = ("domain", "worlds", "starts", "goals", "optimal")


def read(path: Path, given: Any) -> Contents:
    """The problems of a file.

    ``starts`` are rows of numbers, or texts: states or scrambles. Without ``goals`` the goal is
    that of the domain; ``optimal`` may be left out, and so may ``domain`` if it is given.

    Raises:
        OSError: the file cannot be opened.
        TypeError, ValueError: it is no JSON, or holds something else.
    """
    values = json.loads(read_bytes(path))
    if not isinstance(values, dict) or "starts" not in values:
        raise ValueError("expected an object with starts")
    if unknown := sorted(values.keys() - set(KEYS)):
        raise ValueError(f"{unknown[0]}: expected one of {', '.join(KEYS)}")
    worlds = values.get("worlds") or {}
    if not isinstance(worlds, dict):
        raise ValueError("worlds: expected an object of arrays")
    arrays = {name: _array(name, value) for name, value in worlds.items()}
    domain = restored(values.get("domain"), arrays, given)
    starts = _states(domain, "starts", values["starts"])
    if values.get("goals") is None:
        goals: Any = repeated(origin_of(domain), len(starts))
    else:
        goals = _states(domain, "goals", values["goals"])
    return Contents(domain, starts, goals, values.get("optimal"))


def write(path: Path, problems: Any) -> None:
    """Writes problems, and their optima if they are known.

    Raises:
        ValueError: the domain is not registered, or nothing tells its worlds.
    """
    settings, arrays = described(problems.domain)
    values: dict[str, Any] = {"domain": settings}
    if arrays:
        values["worlds"] = {
            name: {"dtype": str(array.dtype), "values": array.tolist()}
            for name, array in arrays.items()
        }
    values |= {"starts": problems.starts.tolist(), "goals": problems.goals.tolist()}
    if "optimal" in vars(problems):
        values["optimal"] = problems.optimal.tolist()
    path.write_text(_with_rows(values), encoding="utf-8", newline="\n")


def _with_rows(values: dict[str, Any]) -> str:
    """JSON with a line for each state."""
    parts = []
    for name, value in values.items():
        if name in ("starts", "goals"):
            rows = ",\n".join(map(json.dumps, value))
            parts.append(f'"{name}": [\n{rows}\n]')
        else:
            parts.append(f'"{name}": {json.dumps(value)}')
    return "{\n" + ",\n".join(parts) + "\n}\n"


def _array(name: str, value: Any) -> Any:
    if not isinstance(value, dict) or value.keys() != {"dtype", "values"}:
        raise ValueError(f"worlds: {name}: expected an object of dtype and values")
    dtype = value["dtype"]
    if dtype not in DTYPES:  # np.dtype would read much more
        raise ValueError(f"worlds: {name}: dtype: expected one of numbers, got {dtype!r}")
    given = checked_array(f"worlds: {name}", value["values"])
    if given.dtype.kind not in "biuf":
        raise ValueError(f"worlds: {name}: expected numbers, got {given.dtype}")
    with np.errstate(all="ignore"):  # what changes is refused below
        array = given.astype(dtype)
    if not np.array_equal(array, given):
        raise ValueError(f"worlds: {name}: expected numbers that fit {dtype}, got others")
    return array


def _states(domain: Any, name: str, values: Any) -> Any:
    if not isinstance(values, list):
        raise ValueError(f"{name}: expected a list, got {type(values).__name__}")
    if not values:
        return np.zeros((0, *domain.states.shape), domain.states.dtype)
    if not all(isinstance(value, str) for value in values):
        return values
    parts = []
    for number, words in enumerate(values):
        try:
            parts.append(read_start(domain, words))
        except ValueError as error:
            raise ValueError(f"{name}: problem {number}: {error}") from None
    return np.concatenate(parts)
