"""Scenarios of the Moving AI benchmarks: problems on one map, with the lengths of shortest paths.

A line is: bucket, map, its width and height, column and row of the start and of the goal, length.
Moves are eight: a diagonal is as long as the square root of 2, and both cells beside it are free.

Source: Sturtevant, "Benchmarks for Grid-Based Pathfinding" (2012).
"""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

from mlsearch.base.errors import MazeFormatError
from mlsearch.domains.maze.mazes import Mazes
from mlsearch.domains.problem_files.contents import Contents, read_bytes

FIELDS = ("bucket", "map", "width", "height", "start x", "start y", "goal x", "goal y", "length")
NUMBER = re.compile(r"[0-9]{1,9}")
MAP_NAME = re.compile(r"[\w .,()+-]{1,100}\.map", re.IGNORECASE | re.ASCII)
LENGTH = re.compile(r"[0-9]{1,9}(\.[0-9]{1,20})?")


class Scenario(NamedTuple):
    """A line; columns and rows are counted from 0."""

    map: str
    size: tuple[int, int]  # height, width
    start: tuple[int, int]  # row, column
    goal: tuple[int, int]
    length: float


def read(path: Path, domain: Any) -> Contents:
    """The problems of a file, on the map that it names or in the maze that is given.

    Args:
        path: the file; the map is looked for beside it.
        domain: one maze; None for the map of that name, with eight moves.

    Returns:
        What the file says of its optima only where moves are eight and cells have no costs.

    Raises:
        OSError: the file or its map cannot be opened.
        MazeFormatError: a line is no scenario, the map is another one, or it cannot be read.
    """
    found = parsed(path, read_bytes(path).decode("utf-8", "replace"))
    mazes = _map_of(path, found) if domain is None else domain
    width = mazes.shape.width
    for number, scenario in enumerate(found):
        if len(mazes) != 1 or scenario.size != tuple(mazes.shape):
            raise MazeFormatError(
                f"{path}: problem {number}: expected one map of {scenario.size[0]} x "
                f"{scenario.size[1]}, got {mazes!r}"
            )
    starts, goals = (
        [row * width + column for row, column in ends]
        for ends in ([s.start for s in found], [s.goal for s in found])
    )
    is_known = mazes.moves == "eight" and mazes.costs is None
    return Contents(mazes, starts, goals, [s.length for s in found] if is_known else None)


def parsed(path: Path, text: str) -> list[Scenario]:
    """The scenarios of a text, all of one map.

    Raises:
        MazeFormatError: the first line has no version, or a line is no scenario; it is named.
    """
    first, *lines = text.splitlines() or [""]
    if not re.fullmatch(r"version 1(\.0)?", first.strip()):
        raise MazeFormatError(f"{path}: line 1: expected 'version 1', got {first[:40]!r}")
    found = [_scenario(path, n, line) for n, line in enumerate(lines, start=2) if line.strip()]
    if not found:
        raise MazeFormatError(f"{path}: expected a scenario in each line, got none")
    names = sorted({scenario.map for scenario in found})
    if len(names) > 1:
        raise MazeFormatError(f"{path}: expected one map, got {names[0]!r} and {names[1]!r}")
    return found


def _scenario(path: Path, number: int, line: str) -> Scenario:
    fields = line.split("\t") if "\t" in line else line.split()
    if len(fields) != len(FIELDS):
        raise MazeFormatError(
            f"{path}: line {number}: expected {len(FIELDS)} fields, got {len(fields)}"
        )
    for name, field in zip(FIELDS, fields, strict=True):
        pattern = {"map": re.compile(".+"), "length": LENGTH}.get(name, NUMBER)
        if not pattern.fullmatch(field.strip()):
            wanted = "a name" if name == "map" else "a number"
            place = f"{path}: line {number}: {name}"
            raise MazeFormatError(f"{place}: expected {wanted}, got {field[:40]!r}")
    width, height, start_x, start_y, goal_x, goal_y = map(int, fields[2:8])
    for name, x, y in (("start", start_x, start_y), ("goal", goal_x, goal_y)):
        if x >= width or y >= height:
            raise MazeFormatError(
                f"{path}: line {number}: {name}: expected a cell of {width} columns and {height} "
                f"rows, got {x}, {y}"
            )
    ends = (start_y, start_x), (goal_y, goal_x)
    return Scenario(fields[1].strip(), (height, width), *ends, float(fields[8]))


def _map_of(path: Path, found: list[Scenario]) -> Mazes:
    """The map that scenarios name, in the folder of their file, whatever folder they name."""
    name = PurePosixPath(found[0].map.replace("\\", "/")).name
    if not MAP_NAME.fullmatch(name):
        raise MazeFormatError(f"{path}: map: expected a name that ends in .map, got {name[:40]!r}")
    file = path.with_name(name)
    if not file.exists():
        raise MazeFormatError(f"{path}: expected its map {name} in the same folder")
    return Mazes.load(file, moves="eight")
