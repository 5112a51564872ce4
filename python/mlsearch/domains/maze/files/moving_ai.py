"""Maps of the Moving AI benchmarks.

Source: Sturtevant, "Benchmarks for Grid-Based Pathfinding" (2012).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mlsearch.base.errors import MazeFormatError
from mlsearch.domains.maze.files.text import (
    ENCODING,
    MAX_HEADER_LINES,
    Contents,
    check_side,
    parsed_rows,
    read_lines,
    rows_of,
)

LETTERS = ".@"
# Water can be crossed in some games, but not entered from land: here it is a wall.
TERRAIN = {**dict.fromkeys(".GS", 0), **dict.fromkeys("@OTW#", 1)}
LEGEND = TERRAIN | {letter.lower(): code for letter, code in TERRAIN.items()}
BYTE_ORDER_MARK = "\ufeff".encode().decode(ENCODING)


class Header(NamedTuple):
    """What stands above the rows of a map.

    Attributes:
        num_lines: how many lines it takes, the line "map" included.
        sides: height and width as the header gives them, and in which line: (side, line).
    """

    num_lines: int
    sides: dict[str, tuple[int, int]]


def read(path: Path, costs: Mapping[str, float] | None = None) -> Contents:
    """The maze of a map; the cells of letters with costs are free.

    Files in the wild differ: the lines of the header may be missing, in another order or in
    capitals, words may be apart by several blanks or tabs, and lines may end in blanks. The rows
    say how large a map is; a header that says something else is an error.
    """
    given = {} if costs is None else checked_letters(costs)
    codes = {letter: code for code, letter in enumerate(given, start=2)}
    lines = [line.rstrip() for line in read_lines(path)]
    if lines:
        lines[0] = lines[0].removeprefix(BYTE_ORDER_MARK)
    header = _header(path, lines)
    rows = lines[header.num_lines :]
    height = _side(path, header, "height", len(rows))
    if height != len(rows):
        where = f"line {header.sides['height'][1]}"
        raise MazeFormatError(f"{path}: expected {height} rows, as {where} says, got {len(rows)}")
    width = _side(path, header, "width", len(rows[0]))
    found = parsed_rows(path, rows, header.num_lines + 1, width, LEGEND | codes)
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


def _header(path: Path, lines: Sequence[str]) -> Header:
    """The lines above the rows: up to "map", or as far as they begin like a header."""
    sides: dict[str, tuple[int, int]] = {}
    for number, line in enumerate(lines[:MAX_HEADER_LINES], start=1):
        words = line.lower().split()
        if words == ["map"]:
            return Header(number, sides)
        if words and words[0] in ("height", "width"):
            sides[words[0]] = _number(path, number, line), number
        elif words and words[0] == "type":
            if words != ["type", "octile"]:
                raise _unexpected(path, number, "type octile", line)
        elif words:
            return Header(number - 1, sides)
    return Header(min(len(lines), MAX_HEADER_LINES), sides)


def _number(path: Path, number: int, line: str) -> int:
    name, *words = line.lower().split()
    if len(words) != 1 or not re.fullmatch("[0-9]{1,9}", words[0]):
        raise _unexpected(path, number, f"{name} N", line)
    return int(words[0])


def _side(path: Path, header: Header, name: str, found: int) -> int:
    side, _ = header.sides.get(name, (found, 0))
    check_side(path, name, side)
    return side


def _unexpected(path: Path, number: int, expected: str, line: str) -> MazeFormatError:
    return MazeFormatError(f"{path}: line {number}: expected {expected!r}, got {line[:40]!r}")
