"""Problems as text, one start in each line: a state, or the moves of a scramble."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from mlsearch.base.errors import MazeFormatError
from mlsearch.domains.contract import Rows
from mlsearch.domains.extras import extra, name_of
from mlsearch.domains.problem_files.contents import Contents, read_bytes, repeated
from mlsearch.domains.words import origin_of, read_start, state_text


def read(path: Path, domain: Any) -> Contents:
    """The problems of a file; each leads to the goal of the domain, a single world.

    Empty lines and lines that begin with ``#`` say nothing.

    Raises:
        OSError: the file cannot be opened.
        MazeFormatError: a line is no state and no scramble; it is named.
    """
    lines = read_bytes(path).decode("utf-8", "replace").splitlines()
    said = [(n, line) for n, line in enumerate(lines, start=1) if line.strip()]
    said = [(n, line) for n, line in said if not line.lstrip().startswith("#")]
    if not said:
        raise MazeFormatError(f"{path}: expected a problem in each line, got no line")
    parts = []
    for number, line in said:
        try:
            parts.append(read_start(domain, line))
            _check(domain, parts[-1])
        except ValueError as error:
            message = str(error).replace("problem 0: ", "")
            raise MazeFormatError(f"{path}: line {number}: {message}") from None
    return Contents(domain, np.concatenate(parts), repeated(origin_of(domain), len(parts)))


def write(path: Path, name: Path, problems: Any) -> None:
    """Writes the start of each problem.

    Args:
        path: where to write.
        name: of the file, for messages.
        problems: in one world, with its origin as their goal.

    Raises:
        ValueError: the problems have other goals or several worlds, or the text of a state does
            not lead back to it.
    """
    domain = problems.domain
    if len(domain) > 1:
        raise ValueError(f"{name}: expected one world, got {len(domain)}; .json holds several")
    if (problems.goals != origin_of(domain)).any():
        raise ValueError(f"{name}: expected the goal of the domain in each problem; .json has any")
    lines = []
    for state in problems.starts:
        line = " ".join(state_text(domain, state).split())
        if not np.array_equal(read_start(domain, line)[0], state):
            raise ValueError(f"{name}: domain {name_of(domain)!r} has states of several lines")
        lines.append(line + "\n")
    path.write_text("".join(lines), encoding="utf-8", newline="\n")


def _check(domain: Any, row: Rows) -> None:
    if check := extra(domain, "check_states"):
        check("state", row, np.zeros(1, np.int32))
