"""Problems as an ``.npz`` archive of arrays."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mlsearch.domains.maze.files.arrays import MOST_DEFLATED
from mlsearch.domains.problem_files.contents import Contents, described, repeated, restored
from mlsearch.domains.words import origin_of

WORLD = "world_"  # before the names of the domain's arrays
NAMES = ("domain", "starts", "goals", "optimal")


def read(path: Path, given: Any) -> Contents:
    """The problems of an archive; ``goals``, ``optimal`` and ``domain`` as in JSON.

    Raises:
        OSError: the file cannot be opened.
        TypeError, ValueError: it is no archive, or holds something else.
    """
    found = _arrays(path)
    worlds = {n.removeprefix(WORLD): a for n, a in found.items() if n.startswith(WORLD)}
    unknown = [name for name in found if name not in NAMES and not name.startswith(WORLD)]
    if unknown or "starts" not in found:
        raise ValueError(f"expected an array starts, and perhaps {', '.join(NAMES)}")
    values = json.loads(str(found["domain"])) if "domain" in found else None
    domain = restored(values, worlds, given)
    starts = found["starts"]
    goals = found.get("goals")
    if goals is None:
        goals = repeated(origin_of(domain), len(starts))
    return Contents(domain, starts, goals, found.get("optimal"))


def write(path: Path, problems: Any) -> None:
    """Writes problems, and their optima if they are known.

    Raises:
        ValueError: the domain is not registered, or nothing tells its worlds.
    """
    settings, worlds = described(problems.domain)
    arrays = {WORLD + name: array for name, array in worlds.items()}
    arrays |= {"starts": problems.starts, "goals": problems.goals}
    if "optimal" in vars(problems):
        arrays["optimal"] = problems.optimal
    with path.open("wb") as file:  # numpy would change the name of some paths
        np.savez_compressed(file, domain=np.array(json.dumps(settings)), **arrays)  # type: ignore[arg-type]


def _arrays(path: Path) -> dict[str, NDArray[Any]]:
    with path.open("rb") as file:
        try:
            with zipfile.ZipFile(file) as archive:
                size = sum(member.file_size for member in archive.infolist())
            if size > MOST_DEFLATED * path.stat().st_size:
                raise ValueError(f"{size} bytes are not in a file of this size")
            file.seek(0)
            with np.load(file, allow_pickle=False) as archive:
                return {name: _array(name, archive[name]) for name in archive.files}
        except Exception as error:  # what numpy and zipfile raise for damage is not fixed
            raise ValueError(f"expected an .npz file of problems ({error})") from error


def _array(name: str, value: Any) -> NDArray[Any]:
    """A member of an archive, which numpy gives as bytes where it is no array."""
    if not isinstance(value, np.ndarray):
        raise TypeError(f"{name}: expected an array, got {type(value).__name__}")
    return value
