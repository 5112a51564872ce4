"""Slow, plain versions of the maze kernels."""

import heapq
from collections import deque

import numpy as np


def neighbours(walls, cell):
    height, width = walls.shape
    row, column = divmod(cell, width)
    for r, c in ((row - 1, column), (row + 1, column), (row, column - 1), (row, column + 1)):
        if 0 <= r < height and 0 <= c < width and not walls[r, c]:
            yield r * width + c


def distance_field(walls, goal):
    """Breadth-first search with a queue: int32 [H, W], -1 where unreachable."""
    distances = np.full(walls.size, -1, np.int32)
    if walls.flat[goal]:
        return distances.reshape(walls.shape)
    distances[goal] = 0
    queue = deque([goal])
    while queue:
        cell = queue.popleft()
        for neighbour in neighbours(walls, cell):
            if distances[neighbour] < 0:
                distances[neighbour] = distances[cell] + 1
                queue.append(neighbour)
    return distances.reshape(walls.shape)


def is_connected(walls):
    goal = int(np.flatnonzero(walls.ravel() == 0)[0])
    return np.array_equal(distance_field(walls, goal) >= 0, walls == 0)


def num_edges(walls):
    """Number of pairs of neighbouring free cells."""
    free = walls == 0
    return int((free[1:] & free[:-1]).sum() + (free[:, 1:] & free[:, :-1]).sum())


def snake(height, width):
    """One corridor that visits every second row from end to end."""
    walls = np.zeros((height, width), np.uint8)
    walls[1::2] = 1
    walls[1::4, -1] = 0
    walls[3::4, 0] = 0
    return walls


MASK = 2**64 - 1
STEP = 0x9E3779B97F4A7C15


def mix64(value):
    value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9 & MASK
    value = (value ^ (value >> 27)) * 0x94D049BB133111EB & MASK
    return value ^ (value >> 31)


def stream(seed, item):
    """The random words of Stream(seed, item), without end."""
    state = mix64(mix64(seed + STEP & MASK) + item * STEP & MASK)
    while True:
        state = state + STEP & MASK
        yield mix64(state)


def bernoulli(words, probability, count):
    """`count` bools: each compares its own random digits with those of the probability."""
    digits = int(probability * 2**64)
    result = [None] * count
    while digits and None in result:
        word = next(words)
        for i in range(count):
            random = word >> i & 1
            if result[i] is None and random != digits >> 63:
                result[i] = random == 0
        digits = digits << 1 & MASK
    return [bool(is_wall) for is_wall in result]


def percolation(shape, wall_probability, seed, item):
    """The first draw of a percolation maze, cut to its largest component."""
    words = stream(seed, item)
    height, width = shape
    walls = np.ones(shape, np.uint8)
    for row in range(height):
        for first in range(0, width, 64):
            part = walls[row, first : first + 64]
            part[:] = bernoulli(words, wall_probability, len(part))
    return largest_component(walls)


def largest_component(walls):
    """All else becomes wall; of equally large components the first in row-major order stays."""
    best = np.zeros(walls.shape, bool)
    left = walls == 0
    while left.any():
        component = distance_field(walls, int(np.flatnonzero(left)[0])) >= 0
        if component.sum() > best.sum():
            best = component
        left &= ~component
    return (~best).astype(np.uint8)


SIDES = ((-1, 0), (1, 0), (0, -1), (0, 1))
DIAGONALS = ((-1, -1), (-1, 1), (1, -1), (1, 1))


def moves_with_costs(walls, costs, cell, moves="eight"):
    """The free neighbours of a cell in the order of moves, each with the cost of the move."""
    height, width = walls.shape
    row, column = divmod(cell, width)

    def is_free(r, c):
        return 0 <= r < height and 0 <= c < width and not walls[r, c]

    for down, right in SIDES + (DIAGONALS if moves == "eight" else ()):
        r, c = row + down, column + right
        cuts_no_corner = is_free(row + down, column) and is_free(row, column + right)
        if is_free(r, c) and (not (down and right) or cuts_no_corner):
            yield r * width + c, (2**0.5 if down and right else 1.0) * float(costs[r, c])


def cost_field(walls, costs, goal, moves="eight"):
    """Dijkstra's algorithm with a heap, from the goal: float64 [H, W], -1 where unreachable."""
    found = np.full(walls.size, np.inf)
    if walls.flat[goal]:
        return np.full(walls.shape, -1.0)
    found[goal] = 0
    queue = [(0.0, goal)]
    while queue:
        cost, cell = heapq.heappop(queue)
        if cost > found[cell]:
            continue
        for before, _ in moves_with_costs(walls, costs, cell, moves):  # moves can be undone
            into = next(c for n, c in moves_with_costs(walls, costs, before, moves) if n == cell)
            if cost + into < found[before]:
                found[before] = cost + into
                heapq.heappush(queue, (found[before], before))
    return np.where(np.isinf(found), -1, found).reshape(walls.shape)
