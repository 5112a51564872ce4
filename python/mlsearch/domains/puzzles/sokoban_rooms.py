"""Random levels of Sokoban: rooms carved by a walk, and boxes pulled off their targets.

Source: the idea of the procedure behind Boxoban, Racanière et al., "Imagination-augmented agents
for deep reinforcement learning" (2017). Patterns, walks and numbers are our own.
"""

from __future__ import annotations

import numba
import numpy as np

from mlsearch.base.compiled_streams import begin, below

PATTERNS = np.array(
    [
        [(0, 0), (0, 0), (0, 0), (0, 0)],  # the cell of the walk alone
        [(0, 0), (0, -1), (0, 1), (0, 0)],  # three in a row
        [(0, 0), (-1, 0), (1, 0), (0, 0)],  # three in a column
        [(0, 0), (0, 1), (-1, 0), (0, 0)],  # corners
        [(0, 0), (0, -1), (1, 0), (0, 0)],
        [(0, 0), (0, 1), (1, 0), (1, 1)],  # a square
    ]
)
"""Rows and columns from the cell of a walk to the cells that become floor."""

DOWN, RIGHT = (-1, 1, 0, 0), (0, 0, -1, 1)
"""Of the directions up, down, left and right, in rows and columns."""

NUM_WALKS = 16
"""Of pulls, in each room."""

PULLS_PER_BOX = 25
"""Of each walk, unless no box can be pulled any more."""

ROOMS_TO_CLEAR = 10
"""After so many, a room will do in which not all boxes leave the targets."""

MAX_ROOMS = 1000


@numba.njit(nogil=True)
def make_levels(seed, first, num_boxes, walls, targets, starts):  # type: ignore[no-untyped-def]
    """Makes levels ``first``, ``first + 1``, ...; level i draws from ``Stream(seed, i)`` alone.

    Where no walk brings all boxes off the targets, the room is given up for another one, up to ten
    times; after that, one box off the targets is enough.

    Args:
        seed, first: uint64.
        num_boxes: of each level.
        walls: uint8 ``[n, H, W]``, written.
        targets: uint8 ``[n, H * W]``, written; zeros before.
        starts: uint8 ``[n, H * W + 2]``, written; zeros before.

    Returns:
        The number of levels made: n, or fewer if 1000 rooms did not suffice for the next one.
    """
    num, height, width = walls.shape
    stream, floor = np.empty(1, np.uint64), np.empty(height * width, np.int64)
    boxes = np.empty(num_boxes, np.int64)
    for i in range(num):
        begin(stream, seed, first + np.uint64(i))
        player = num_off = 0
        for room in range(MAX_ROOMS):
            num_floor = _carve(stream, num_boxes, walls[i], floor)
            _shuffle(stream, num_boxes + 1, floor, num_floor)
            player, num_off = _pull(stream, walls[i], floor, boxes)
            if num_off == num_boxes or (num_off > 0 and room >= ROOMS_TO_CLEAR):
                break
        if num_off == 0:
            return i
        for k in range(num_boxes):
            targets[i, floor[k]] = starts[i, boxes[k]] = 1
        starts[i, height * width], starts[i, height * width + 1] = player // width, player % width
    return num


@numba.njit(nogil=True)
def _carve(stream, num_boxes, walls, floor):  # type: ignore[no-untyped-def]
    """Makes a connected room in ``walls``, uint8 ``[H, W]``.

    A walk goes straight on for 8 steps on average and turns the cells of a random pattern to
    floor at each, until 35 to 65 % of the cells inside the border are floor.

    Returns:
        The number of floor cells, which are then in ``floor`` in the order they became floor.
    """
    height, width = walls.shape
    inner = (height - 2) * (width - 2)
    least = max(inner * 35 // 100, 2 * num_boxes + 1)
    wanted = least + below(stream, max(inner * 65 // 100 - least, 0) + 1)
    for row in range(height):
        for column in range(width):
            walls[row, column] = 1
    row, column = 1 + below(stream, height - 2), 1 + below(stream, width - 2)
    direction, num = 0, 0
    while num < wanted:
        pattern = below(stream, len(PATTERNS))
        for k in range(4):
            r, c = row + PATTERNS[pattern, k, 0], column + PATTERNS[pattern, k, 1]
            is_inside = 0 < r < height - 1 and 0 < c < width - 1
            if is_inside and walls[r, c] == 1 and num < wanted:
                walls[r, c] = 0
                floor[num] = r * width + c
                num += 1
        if below(stream, 8) == 0:
            direction = below(stream, 4)
        row = min(max(row + DOWN[direction], 1), height - 2)
        column = min(max(column + RIGHT[direction], 1), width - 2)
    return num


@numba.njit(nogil=True)
def _shuffle(stream, num, values, length):  # type: ignore[no-untyped-def]
    """Brings ``num`` random ones of the first ``length`` values to the front, in random order."""
    for k in range(num):
        other = k + below(stream, length - k)
        values[k], values[other] = values[other], values[k]


@numba.njit(nogil=True)
def _pull(stream, walls, homes, boxes):  # type: ignore[no-untyped-def]
    """Pulls boxes off their targets at random, several times, and keeps the best state.

    Each walk starts solved, with the player on the same floor; a pull is drawn among all that the
    player can walk to. Of all states, the one is kept with the most boxes off the targets, and of
    those the one whose boxes are farthest, in sum, from where they were; the first of equals.

    Args:
        walls: uint8 ``[H, W]``.
        homes: int64, the cells of the targets, and then that of the player.
        boxes: int64 ``[num_boxes]``, written: the cells of the boxes.

    Returns:
        The cell of the player, and how many boxes are on no target; 0 if none could be pulled off.
    """
    width, num = walls.shape[1], len(boxes)
    places = np.empty(num, np.int64)
    pulls = np.empty(4 * num, np.int64)
    # 1 for a wall, 2 for a box; the number of the search that the player's reach was found in
    taken, reached = np.empty(walls.size, np.uint8), np.zeros(walls.size, np.int64)
    queue = np.empty(walls.size, np.int64)
    best_off, best_distance, best_player, mark = 0, 0, 0, 0
    for _ in range(NUM_WALKS):
        for cell in range(walls.size):
            taken[cell] = walls[cell // width, cell % width]
        for k in range(num):
            places[k] = homes[k]
            taken[homes[k]] = 2
        player = homes[num]
        for _ in range(PULLS_PER_BOX * num):
            mark += 1
            _reach(taken, width, player, reached, queue, mark)
            count = _pulls(taken, width, places, reached, mark, pulls)
            if count == 0:
                break
            pull = pulls[below(stream, count)]
            step = DOWN[pull % 4] * width + RIGHT[pull % 4]
            box = places[pull // 4]
            taken[box], taken[box + step] = 0, 2
            places[pull // 4], player = box + step, box + 2 * step
            off, distance = _moved(places, homes, width)
            if off > best_off or (off == best_off and distance > best_distance):
                best_off, best_distance, best_player = off, distance, player
                for k in range(num):
                    boxes[k] = places[k]
    return best_player, best_off


@numba.njit(nogil=True)
def _reach(taken, width, player, reached, queue, mark):  # type: ignore[no-untyped-def]
    """Writes ``mark`` to ``reached`` at the cells that the player can walk to."""
    queue[0], reached[player] = player, mark
    first, last = 0, 1
    while first < last:
        for d in range(4):
            to = queue[first] + DOWN[d] * width + RIGHT[d]
            if taken[to] == 0 and reached[to] != mark:
                queue[last], reached[to] = to, mark
                last += 1
        first += 1


@numba.njit(nogil=True)
def _pulls(taken, width, places, reached, mark, pulls):  # type: ignore[no-untyped-def]
    """Writes the pulls that are possible, 4 * box + direction; returns their number."""
    count = 0
    for k in range(len(places)):
        for d in range(4):
            step = DOWN[d] * width + RIGHT[d]
            if reached[places[k] + step] == mark and taken[places[k] + 2 * step] == 0:
                pulls[count] = 4 * k + d
                count += 1
    return count


@numba.njit(nogil=True)
def _moved(places, homes, width):  # type: ignore[no-untyped-def]
    """How many boxes are on no target; rows and columns from all boxes to their own, in sum."""
    off, distance = 0, 0
    for k in range(len(places)):
        is_off = 1
        for other in range(len(places)):
            if places[k] == homes[other]:
                is_off = 0
        off += is_off
        distance += abs(places[k] // width - homes[k] // width)
        distance += abs(places[k] % width - homes[k] % width)
    return off, distance
