"""Puzzles and their exact distances, written as plainly as possible."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Hashable, Iterable

import numpy as np

DIRECTIONS = ((-1, 0), (1, 0), (0, -1), (0, 1))


def breadth_first(
    start: Hashable, neighbours: Callable[[Hashable], Iterable[Hashable]]
) -> dict[Hashable, int]:
    """The fewest moves from `start` to everything that it leads to."""
    depth = {start: 0}
    queue = deque([start])
    while queue:
        state = queue.popleft()
        for child in neighbours(state):
            if child not in depth:
                depth[child] = depth[state] + 1
                queue.append(child)
    return depth


def permuted(moves: np.ndarray) -> Callable[[tuple], list[tuple]]:
    return lambda state: [tuple(state[i] for i in move) for move in moves.tolist()]


def slid(height: int, width: int) -> Callable[[tuple], list[tuple]]:
    def neighbours(board: tuple) -> list[tuple]:
        row, column = divmod(board.index(0), width)
        found = []
        for down, right in DIRECTIONS:
            if 0 <= row + down < height and 0 <= column + right < width:
                here, there = row * width + column, (row + down) * width + column + right
                tiles = list(board)
                tiles[here], tiles[there] = tiles[there], 0
                found.append(tuple(tiles))
        return found

    return neighbours


def moves_of_group(group: list[int], blank: int, height: int, width: int) -> dict[tuple, int]:
    """The fewest moves of some tiles from any places to their homes, other tiles being free."""
    queue = deque([(0, tuple(group), blank)])
    seen: set[tuple] = set()
    fewest: dict[tuple, int] = {}
    while queue:
        moves, places, here = queue.popleft()
        if (places, here) in seen:
            continue
        seen.add((places, here))
        fewest.setdefault(places, moves)
        row, column = divmod(here, width)
        for down, right in DIRECTIONS:
            if 0 <= row + down < height and 0 <= column + right < width:
                there = (row + down) * width + column + right
                after = tuple(here if place == there else place for place in places)
                if after == places:
                    queue.appendleft((moves, places, there))
                else:
                    queue.append((moves + 1, after, there))
    return fewest


def switched(switches: np.ndarray) -> Callable[[tuple], list[tuple]]:
    return lambda lights: [
        tuple(light ^ flip for light, flip in zip(lights, row, strict=True))
        for row in switches.tolist()
    ]


def cross(size: int) -> np.ndarray:
    """What the presses of Lights Out switch."""
    row, column = np.divmod(np.arange(size * size), size)
    away = np.abs(row[:, None] - row) + np.abs(column[:, None] - column)
    return (away <= 1).astype(np.uint8)


def pushed(walls: np.ndarray) -> Callable[[tuple], list[tuple]]:
    """Moves of a Sokoban state: (player, set of boxes), places as (row, column)."""

    def is_free(place: tuple) -> bool:
        inside = 0 <= place[0] < walls.shape[0] and 0 <= place[1] < walls.shape[1]
        return inside and not walls[place]

    def neighbours(state: tuple) -> list[tuple]:
        (row, column), boxes = state
        found = []
        for down, right in DIRECTIONS:
            place, beyond = (row + down, column + right), (row + 2 * down, column + 2 * right)
            if not is_free(place):
                continue
            if place not in boxes:
                found.append((place, boxes))
            elif is_free(beyond) and beyond not in boxes:
                found.append((place, boxes - {place} | {beyond}))
        return found

    return neighbours


def sokoban_distance(walls: np.ndarray, start: tuple, targets: frozenset) -> int:
    """The fewest moves from (player, boxes) until the boxes are on the targets, or -1."""
    depth = breadth_first(start, pushed(walls))
    return min((d for (_, boxes), d in depth.items() if boxes == targets), default=-1)


def turns_of_cube(size: int, half: bool = False) -> tuple[np.ndarray, np.ndarray]:
    """The moves and the goal of a cube, from the places of its stickers in space.

    A 2 x 2 x 2 cube is held at one corner: only the three faces away from it turn.
    """
    reach = size - 1
    places, colours = [], []
    for axis in range(3):
        for side in (-reach - 1, reach + 1):
            for i in range(-reach, reach + 1, 2):
                for j in range(-reach, reach + 1, 2):
                    place = [i, j]
                    place.insert(axis, side)
                    places.append(tuple(place))
                    colours.append(2 * axis + (side > 0))
    number = {place: n for n, place in enumerate(places)}
    moves = []
    for axis in range(3):
        for side in (1,) if size == 2 else (-1, 1):
            quarter = [number[_turned(p, axis)] if side * p[axis] >= reach else number[p]
                       for p in places]  # fmt: skip
            once = np.array(quarter)
            moves += [once, once[once[once]]] + ([once[once]] if half else [])
    return np.array(moves), np.array(colours)


def _turned(place: tuple, axis: int) -> tuple:
    turned = list(place)
    first, second = (axis + 1) % 3, (axis + 2) % 3
    turned[first], turned[second] = place[second], -place[first]
    return tuple(turned)
