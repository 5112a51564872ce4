"""Files of problems; the end of a file's name says in which form.

=================  =============================================================================
``.json``          any registered domain: settings, starts, goals, optima as far as they are known
``.npz``           the same as arrays
``.txt``           a drawing of a maze; levels of Sokoban; elsewhere a start in each line, as a
                   state (``1 2 3 ...``) or as moves from the goal (``R U R' U'``)
``.xsb``           levels of Sokoban
``.scen``          scenarios of the Moving AI benchmarks with their lengths, on the map beside the
                   file; it is only read
=================  =============================================================================
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from mlsearch.base.errors import MazeFormatError
from mlsearch.base.files import replacing
from mlsearch.domains.extras import name_of, settings_of
from mlsearch.domains.maze import files as maze_files
from mlsearch.domains.maze.config import MazeConfig
from mlsearch.domains.maze.mazes import Mazes
from mlsearch.domains.problem_files import arrays, lines, plain, scenarios
from mlsearch.domains.problem_files.contents import Contents, given_domain, made
from mlsearch.domains.puzzles.sokoban import Sokoban
from mlsearch.domains.puzzles.sokoban_config import SokobanConfig

WRITTEN = (".json", ".npz", ".txt", ".xsb")
SUFFIXES = (*WRITTEN, ".scen")


def read(path: str | os.PathLike[str], domain: Any = None) -> Contents:
    """What a file holds.

    Args:
        path: the file.
        domain: a name, settings or a domain; None where the file says it, or for mazes (.txt) and
            levels (.xsb).

    Raises:
        OSError: the file cannot be opened.
        TypeError, ValueError: the domain is unknown, or the name has an end that is not known.
        MazeFormatError: it does not hold problems of the domain; the message says where.
    """
    file, given = Path(path), given_domain(domain)
    suffix = _suffix_of(file, SUFFIXES)
    if suffix == ".scen":
        return scenarios.read(file, _maze_of(given, file))
    if suffix in (".json", ".npz"):
        try:
            return (plain if suffix == ".json" else arrays).read(file, given)
        except (TypeError, ValueError, RecursionError) as error:
            raise MazeFormatError(f"{path}: {error}") from error
    if suffix == ".xsb" and given is None:
        given = SokobanConfig()
    settings = MazeConfig() if given is None else settings_of(given)
    if isinstance(settings, SokobanConfig):
        levels = Sokoban.load(file)
        return Contents(levels, levels.starts, levels.goals)
    if suffix == ".xsb":
        raise ValueError(f"{path}: .xsb holds levels of Sokoban; expected another name")
    if not isinstance(settings, MazeConfig):
        return lines.read(file, made(given))
    found = maze_files.read(file)
    if found.start is None or found.goal is None:
        missing = "start S" if found.start is None else "goal G"
        raise MazeFormatError(f"{path}: expected a start S and a goal G, got no {missing}")
    return Contents(Mazes.mapped(found.walls), [found.start], [found.goal])


def write(path: str | os.PathLike[str], problems: Any) -> None:
    """Writes problems; a file of that name is replaced when the new one is complete.

    Raises:
        OSError: the file cannot be written.
        ValueError: its name has an end that is not known, or it cannot hold these problems.
    """
    file, domain = Path(path), problems.domain
    suffix = _suffix_of(file, WRITTEN)
    is_text = suffix in (".txt", ".xsb")
    if is_text and isinstance(domain, Sokoban):
        _levels_of(file, problems).save(file)
    elif suffix == ".xsb":
        raise ValueError(f"{path}: .xsb holds levels of Sokoban; expected another name")
    elif is_text and isinstance(domain, Mazes):
        maze_files.write(file, domain.walls, problems.starts, problems.goals)
    else:
        with replacing(file) as temporary:
            if suffix == ".txt":
                lines.write(temporary, file, problems)
            else:
                (plain if suffix == ".json" else arrays).write(temporary, problems)


def _levels_of(path: Path, problems: Any) -> Sokoban:
    """The levels of problems, each with its start.

    Raises:
        ValueError: a goal has its boxes elsewhere than on the targets.
    """
    levels: Sokoban = problems.domain[problems.worlds]
    if (problems.goals[:, :-2] != levels.goals[:, :-2]).any():
        raise ValueError(f"{path}: expected goals with the boxes on the targets; .json has any")
    return levels.with_starts(problems.starts)


def _maze_of(given: Any, path: Path) -> Mazes | None:
    """The maze that a caller gives for scenarios; None for settings of mazes, or nothing."""
    if given is None or isinstance(given, MazeConfig | Mazes):
        return given if isinstance(given, Mazes) else None
    raise MazeFormatError(f"{path}: .scen holds problems of mazes, not of {name_of(given)!r}")


def _suffix_of(path: Path, suffixes: tuple[str, ...]) -> str:
    suffix = path.suffix.lower()
    if suffix not in suffixes:
        known = ", ".join(suffixes)
        raise ValueError(f"{path}: expected a name that ends in one of {known}")
    return suffix
