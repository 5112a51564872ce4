"""What the formats have in common, and rows of letters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mlsearch.base.errors import MazeFormatError
from mlsearch.domains.maze.walls import MAX_SIDE

MAX_HEADER_LINES = 16
MAX_BYTES = (MAX_SIDE + MAX_HEADER_LINES) * (MAX_SIDE + 2)
ENCODING = "latin-1"  # in which every byte is a letter


class Contents(NamedTuple):
    """What a file holds.

    Attributes:
        walls: [B, H, W] or [H, W], 1 on walls.
        start, goal: cells, if the file marks them.
        costs: of cells, float64 [H, W], if letters have some.
    """

    walls: NDArray[Any]
    start: int | None = None
    goal: int | None = None
    costs: NDArray[np.float64] | None = None


def check_side(path: Path, name: str, side: int) -> None:
    """Refuses a height or width that no maze has, before any memory is taken for it."""
    if not 1 <= side <= MAX_SIDE:
        raise MazeFormatError(f"{path}: expected a {name} from 1 to {MAX_SIDE}, got {side}")


def read_lines(path: Path) -> list[str]:
    """The lines of a text file, without their ends and without empty lines at the end.

    Raises:
        OSError: the file cannot be opened.
        MazeFormatError: it is larger than a maze can be.
    """
    with path.open("rb") as file:
        data = file.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise MazeFormatError(f"{path}: expected at most {MAX_BYTES} bytes, got more")
    lines = data.decode(ENCODING).rstrip("\r\n").split("\n", MAX_SIDE + MAX_HEADER_LINES)
    return [line.removesuffix("\r") for line in lines]


def parsed_rows(
    path: Path, lines: Sequence[str], first_line: int, width: int, legend: Mapping[str, int]
) -> NDArray[np.uint8]:
    """Rows of letters as numbers.

    Args:
        path: the file, for messages.
        lines: the rows.
        first_line: the number of the first row's line in the file, from 1.
        width: letters in each row.
        legend: the number of each letter that may occur.

    Returns:
        uint8 [H, width].

    Raises:
        MazeFormatError: a letter is not in the legend, or a row has another width.
    """
    known = str.maketrans("", "", "".join(legend))
    for number, line in enumerate(lines, first_line):
        if strange := line.translate(known):
            place = f"line {number}, column {line.index(strange[0]) + 1}"
            letters = " ".join(map(repr, legend))
            raise MazeFormatError(f"{path}: {place}: expected one of {letters}, got {strange[0]!r}")
        if len(line) != width:
            raise MazeFormatError(
                f"{path}: line {number}: expected {width} columns, got {len(line)}"
            )
    table = np.zeros(256, np.uint8)
    for letter, value in legend.items():
        table[ord(letter)] = value
    letters_of_file = np.frombuffer("".join(lines).encode(ENCODING), np.uint8)
    return table[letters_of_file].reshape(len(lines), width)


def rows_of(codes: NDArray[np.uint8], letters: str) -> bytes:
    """Numbers [H, W] as H lines, each number n as letter n."""
    table = np.frombuffer((letters + "\n").encode(ENCODING), np.uint8)
    ended = np.pad(codes, ((0, 0), (0, 1)), constant_values=len(letters))
    return table[ended].tobytes()
