"""A* on sliding tiles in numba: what one would write by hand, with one integer for a board."""

from __future__ import annotations

import heapq

import numba
import numpy as np


@numba.njit(cache=True)
def packed(board: np.ndarray) -> np.uint64:
    """Four bits for each place."""
    code = np.uint64(0)
    for place in range(16):
        code |= np.uint64(board[place]) << np.uint64(4 * place)
    return code


@numba.njit(cache=True)
def manhattan(code: np.uint64, where: np.ndarray) -> int:
    """Steps of the tiles to their places of the goal, each as if it were alone."""
    total = 0
    for place in range(16):
        tile = int((code >> np.uint64(4 * place)) & np.uint64(15))
        if tile:
            total += abs(place // 4 - where[tile] // 4) + abs(place % 4 - where[tile] % 4)
    return total


@numba.njit(cache=True)
def neighbours(code: np.uint64) -> list:
    """The boards that moves lead to, in the order up, down, left, right of the blank."""
    blank = 0
    while (code >> np.uint64(4 * blank)) & np.uint64(15):
        blank += 1
    found = []
    for move in range(4):
        row, column = blank // 4 + (-1, 1, 0, 0)[move], blank % 4 + (0, 0, -1, 1)[move]
        if 0 <= row < 4 and 0 <= column < 4:
            other = row * 4 + column
            tile = (code >> np.uint64(4 * other)) & np.uint64(15)
            found.append(code ^ (tile << np.uint64(4 * other)) ^ (tile << np.uint64(4 * blank)))
    return found


@numba.njit(cache=True)
def shortest(start: np.ndarray, goal: np.ndarray) -> int:
    """Moves of a shortest solution."""
    where = np.zeros(16, np.int64)
    for place in range(16):
        where[goal[place]] = place
    first, last = packed(start), packed(goal)
    h = manhattan(first, where)
    steps = {first: 0}
    queue = [(h, h, 0, first)]
    pushed = 1
    while queue:
        f, h, _, code = heapq.heappop(queue)
        g = steps[code]
        if f > g + h:
            continue  # it was reached in fewer steps meanwhile
        if code == last:
            return g
        for other in neighbours(code):
            if other not in steps or steps[other] > g + 1:
                steps[other] = g + 1
                far = manhattan(other, where)
                heapq.heappush(queue, (g + 1 + far, far, pushed, other))
                pushed += 1
    return -1


def solve_with_numba(starts: np.ndarray, goals: np.ndarray) -> np.ndarray:
    """Moves of shortest solutions, int64 [N], of boards uint8 [N, 16]."""
    return np.array([shortest(s, g) for s, g in zip(starts, goals, strict=True)])
