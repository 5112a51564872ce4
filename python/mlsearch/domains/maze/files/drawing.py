"""Mazes drawn with letters: ``#`` is a wall, a space or ``.`` is free, ``S`` start, ``G`` goal."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mlsearch.base.errors import MazeFormatError
from mlsearch.domains.maze.files.text import Contents, check_side, parsed_rows, read_lines, rows_of

FREE, WALL, START, GOAL = range(4)
LETTERS = ".#SG"
LEGEND = {"#": WALL, ".": FREE, " ": FREE, "S": START, "G": GOAL, "E": GOAL}


def read(path: Path) -> Contents:
    """The maze of a drawing, and its start and goal if they are marked."""
    lines = read_lines(path)
    check_side(path, "height", len(lines))
    check_side(path, "width", len(lines[0]))
    codes = parsed_rows(path, lines, 1, len(lines[0]), LEGEND)
    start, goal = (_marked(path, codes, code) for code in (START, GOAL))
    return Contents(codes == WALL, start, goal)


def write(
    path: Path, walls: NDArray[np.uint8], start: int | None = None, goal: int | None = None
) -> None:
    """Draws the one maze of ``walls``, uint8 [1, H, W]."""
    if start is not None and start == goal:
        raise ValueError(f"goal: expected another cell than the start, got {goal} for both")
    codes = walls[0].copy()
    for cell, code in ((start, START), (goal, GOAL)):
        if cell is not None:
            codes.flat[cell] = code
    path.write_bytes(rows_of(codes, LETTERS))


def _marked(path: Path, codes: NDArray[np.uint8], code: int) -> int | None:
    cells = np.flatnonzero(codes == code)
    if len(cells) > 1:
        row, column = divmod(int(cells[1]), codes.shape[1])
        name = {START: "start", GOAL: "goal"}[code]
        place = f"line {row + 1}, column {column + 1}"
        raise MazeFormatError(f"{path}: {place}: expected one {name} at most, got a second")
    return int(cells[0]) if len(cells) else None
