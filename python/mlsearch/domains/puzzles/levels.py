"""Levels of Sokoban in text, as XSB files and Boxoban write them."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mlsearch.base.errors import MazeFormatError

LEGEND = "#@+$*. "
"""Wall, player, player on a target, box, box on a target, target, floor."""

MAX_SIDE = 64
MAX_FILE_BYTES = 2**28
_AS_FLOOR = str.maketrans("-_", "  ")
_TEXT = re.compile(r"\s*(;|[A-Za-z][\w ]*:)")


@dataclass(frozen=True)
class Level:
    """One level: bool ``[H, W]`` walls, targets and boxes, and the cell of the player."""

    walls: NDArray[np.bool_]
    targets: NDArray[np.bool_]
    boxes: NDArray[np.bool_]
    player: tuple[int, int]


def load_levels(path: str | os.PathLike[str]) -> list[Level]:
    """The levels of a file; raises as ``Sokoban.load``."""
    with Path(path).open("rb") as file:
        data = file.read(MAX_FILE_BYTES + 1)
    if len(data) > MAX_FILE_BYTES:
        raise MazeFormatError(f"{path}: expected at most {MAX_FILE_BYTES} bytes, got more")
    try:
        return read_levels(data.decode("latin-1"))
    except ValueError as error:
        raise MazeFormatError(f"{path}: {error}") from None


def read_levels(text: str) -> list[Level]:
    """The levels of a text: lines that begin with ``;`` or with a word and ``:`` part them.

    Empty lines part them too. What is outside of a level's lines is wall.

    Raises:
        ValueError: there is no level, or one breaks a rule; the message says where.
    """
    found = [
        read_level(lines, f"level {number} at line {first}")
        for number, (first, lines) in enumerate(_parts(text))
    ]
    if not found:
        raise ValueError("expected a level of Sokoban, got none")
    return found


def read_level(lines: list[str], where: str) -> Level:
    """A level of lines of ``# @ + $ * .`` and blanks.

    Args:
        lines: the rows.
        where: what messages call the level.

    Raises:
        ValueError: a letter is unknown, there is not one player, there are no boxes, there are
            fewer or more boxes than targets, or the border is open.
    """
    for row, line in enumerate(lines):
        for letter in line:
            if letter not in LEGEND:
                raise ValueError(f"{where}: row {row}: unknown letter {letter!r}")
    width = max(map(len, lines))
    if max(len(lines), width) > MAX_SIDE:
        raise ValueError(f"{where}: expected sides up to {MAX_SIDE}, got {len(lines)} x {width}")
    letters = np.array([list(line.ljust(width, "\0")) for line in lines])
    players = np.argwhere(np.isin(letters, ["@", "+"]))
    if len(players) != 1:
        raise ValueError(f"{where}: expected one player (@ or +), got {len(players) or 'none'}")
    boxes, targets = np.isin(letters, ["$", "*"]), np.isin(letters, [".", "*", "+"])
    if boxes.sum() != targets.sum() or not boxes.any():
        raise ValueError(
            f"{where}: expected as many boxes as targets, at least one, got {boxes.sum()} boxes "
            f"and {targets.sum()} targets"
        )
    player = (int(players[0, 0]), int(players[0, 1]))
    check_closed(letters == "#", letters == "\0", player, where)
    return Level(np.isin(letters, ["#", "\0"]), targets, boxes, player)


def check_closed(
    walls: NDArray[np.bool_], outside: NDArray[np.bool_], player: tuple[int, int], where: str
) -> None:
    """Raises ValueError where the player could leave a level but for its boxes, bool ``[H, W]``."""
    reached = np.zeros_like(walls)
    reached[player] = True
    while True:
        grown = np.pad(reached, 1)
        around = grown[:-2, 1:-1] | grown[2:, 1:-1] | grown[1:-1, :-2] | grown[1:-1, 2:]
        around = (around | reached) & ~walls
        if np.array_equal(around, reached):
            break
        reached = around
    inside = np.zeros_like(walls)
    inside[1:-1, 1:-1] = True
    left = np.argwhere(reached & (~inside | outside))
    if len(left) > 0:
        raise ValueError(
            f"{where}: expected walls all around, got an open border at row {left[0, 0]}, "
            f"column {left[0, 1]}"
        )


def level_text(level: Level) -> str:
    """A level in text, without blanks at the ends of its lines."""
    code = np.full(level.walls.shape, " ")
    code[level.targets] = "."
    code[level.boxes] = "$"
    code[level.boxes & level.targets] = "*"
    code[level.walls] = "#"
    code[level.player] = "+" if level.targets[level.player] else "@"
    return "\n".join("".join(row).rstrip() for row in code)


def _parts(text: str) -> Iterator[tuple[int, list[str]]]:
    """Lines that belong together, and the number of the first, from 1."""
    lines: list[str] = []
    for number, line in enumerate([*text.split("\n"), ""], start=1):
        row = line.rstrip().translate(_AS_FLOOR)
        if row.strip() and not _TEXT.match(line):
            lines.append(row)
        elif lines:
            yield number - len(lines), lines
            lines = []
