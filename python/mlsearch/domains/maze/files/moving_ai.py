"""Maps of the Moving AI benchmarks.

Source: Sturtevant, "Benchmarks for Grid-Based Pathfinding" (2012).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mlsearch.base.errors import MazeFormatError
from mlsearch.domains.maze.files.text import Contents, check_side, parsed_rows, read_lines, rows_of

LETTERS = ".@"
# Water can be crossed in some games, but not entered from land: here it is a wall.
LEGEND = {**dict.fromkeys(".GS", 0), **dict.fromkeys("@OTW", 1)}
NUM_HEADER_LINES = 4


def read(path: Path, costs: Mapping[str, float] | None = None) -> Contents:
    """The maze of a map; the cells of letters with costs are free."""
    given = {} if costs is None else checked_letters(costs)
    codes = {letter: code for code, letter in enumerate(given, start=2)}
    lines = read_lines(path)
    header = [line.rstrip() for line in lines[:NUM_HEADER_LINES]]
    header += [""] * (NUM_HEADER_LINES - len(header))
    _check_line(path, header, 1, "type octile")
    height = _number(path, header, 2, "height")
    width = _number(path, header, 3, "width")
    _check_line(path, header, 4, "map")
    rows = lines[NUM_HEADER_LINES:]
    if len(rows) != height:
        raise MazeFormatError(f"{path}: expected {height} rows, as line 2 says, got {len(rows)}")
    found = parsed_rows(path, rows, NUM_HEADER_LINES + 1, width, LEGEND | codes)
    if costs is None:
        return Contents(found)
    of_code = np.array([1.0, 1.0, *given.values()])
    return Contents(found == 1, costs=of_code[found])


def checked_letters(costs: Mapping[str, float]) -> dict[str, float]:
    """Costs of letters.

    Raises:
        TypeError: it is no mapping from letters to numbers.
        ValueError: a key is not a single letter of ASCII.
    """
    if not isinstance(costs, Mapping):
        raise TypeError(f"costs: expected numbers by letter, got {type(costs).__name__}")
    for letter, cost in costs.items():
        if not (isinstance(letter, str) and len(letter) == 1 and "!" <= letter <= "~"):
            raise ValueError(f"costs: expected single letters, got {letter!r}")
        if not isinstance(cost, int | float):
            raise TypeError(f"costs: expected a number for {letter!r}, got {cost!r}")
    return {letter: float(cost) for letter, cost in costs.items()}


def write(path: Path, walls: NDArray[np.uint8]) -> None:
    """Writes the one maze of ``walls``, uint8 [1, H, W]."""
    _, height, width = walls.shape
    header = f"type octile\nheight {height}\nwidth {width}\nmap\n"
    path.write_bytes(header.encode() + rows_of(walls[0], LETTERS))


def _check_line(path: Path, header: list[str], number: int, expected: str) -> None:
    if header[number - 1] != expected:
        raise _unexpected(path, header, number, expected)


def _unexpected(path: Path, header: list[str], number: int, expected: str) -> MazeFormatError:
    got = header[number - 1][:40]
    return MazeFormatError(f"{path}: line {number}: expected {expected!r}, got {got!r}")


def _number(path: Path, header: list[str], number: int, name: str) -> int:
    line = header[number - 1]
    if not re.fullmatch(rf"{name} [0-9]{{1,9}}", line):
        raise _unexpected(path, header, number, f"{name} N")
    side = int(line.split()[1])
    check_side(path, name, side)
    return side
