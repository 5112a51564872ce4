"""Slow, plain versions of the kernels behind trajectories, pairs and stitching."""

from __future__ import annotations

import numpy as np

MASK = 2**64 - 1
STEP = 0x9E3779B97F4A7C15


def mix64(value):
    value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9 & MASK
    value = (value ^ (value >> 27)) * 0x94D049BB133111EB & MASK
    return value ^ (value >> 31)


class Stream:
    def __init__(self, seed, item):
        self.state = mix64((mix64((seed + STEP) & MASK) + item * STEP) & MASK)

    def bits(self):
        self.state = (self.state + STEP) & MASK
        return mix64(self.state)

    def below(self, bound):
        while True:
            product = (self.bits() >> 32) * bound
            if product % 2**32 >= (2**32 - bound) % bound:
                return product >> 32

    def uniform(self):
        return (self.bits() >> 11) * 2.0**-53


def neighbours(walls, cell):
    height, width = walls.shape
    row, column = divmod(cell, width)
    found = []
    for r, c in ((row - 1, column), (row + 1, column), (row, column - 1), (row, column + 1)):
        if 0 <= r < height and 0 <= c < width and not walls[r, c]:
            found.append(r * width + c)
    return found


def distances_to(walls, goal):
    """Steps to ``goal`` by cell; cells that cannot reach it are left out."""
    distances = {goal: 0}
    queue = [goal]
    for cell in queue:
        for other in neighbours(walls, cell):
            if other not in distances:
                distances[other] = distances[cell] + 1
                queue.append(other)
    return distances


def draw_free_cell(walls, stream):
    for _ in range(32):
        cell = stream.below(walls.size)
        if not walls.flat[cell]:
            return cell
    free = np.flatnonzero(walls.reshape(-1) == 0)
    return int(free[stream.below(len(free))])


def sample_trajectory(walls, stream, has_goal, epsilon, min_length, max_length):
    while True:
        cell = draw_free_cell(walls, stream)
        if has_goal:
            distances = distances_to(walls, draw_free_cell(walls, stream))
            if min_length <= distances.get(cell, -1) <= max_length:
                break
        elif min_length == 0 or neighbours(walls, cell):
            distances = {}
            break
    path = [cell]
    while len(path) <= max_length and distances.get(path[-1]) != 0:
        moves = neighbours(walls, path[-1])
        if stream.uniform() >= epsilon:
            moves = [move for move in moves if distances[move] < distances[path[-1]]]
        if not moves:
            break
        path.append(moves[stream.below(len(moves))])
    return path


def sample_pairs(trajectories, batch, size, share, weights, symmetries, seed, symmetry_seed):
    """The pairs of one batch; ``weights[k]`` is that of offset k. None: all go to the end."""
    sources = [i for i in range(len(trajectories)) if len(trajectories[i]) > 1]
    pairs = []
    for group in range(size // share):
        stream = Stream(seed, batch * (size // share) + group)
        source = sources[stream.below(len(sources))]
        length = int(trajectories.lengths[source])
        world = int(trajectories.worlds[source])
        symmetry = 0
        if symmetries > 1:
            symmetry = Stream(Stream(symmetry_seed, batch).bits(), world).below(symmetries)
        for number in range(share):
            if weights is None:
                i = min(int((number + stream.uniform()) / share * (length + 1)), length)
                pairs.append((source, int(trajectories.offsets[source]) + i, length - i, symmetry))
                continue
            i = stream.below(length)
            k = draw_offset(stream.uniform(), weights[: length + 1 - i])
            pairs.append((source, int(trajectories.offsets[source]) + i, k, symmetry))
    return pairs


def draw_offset(uniform, weights):
    target = uniform * sum(weights[1:])
    total = 0.0
    for k in range(1, len(weights)):
        total += weights[k]
        if target < total:
            return k
    return len(weights) - 1


def move_cell(row, column, height, width, symmetry):
    if symmetry & 4:
        row, column = column, row
    if symmetry & 1:
        row = height - 1 - row
    if symmetry & 2:
        column = width - 1 - column
    return row, column


def stitch_one(trajectories, stream, max_length, switch_probability):
    """One stitched walk: its states, and the trajectory that each step comes from."""
    going = [(i, at) for i in range(len(trajectories)) for at in range(len(trajectories[i]) - 1)]
    starts = [visit for visit in going if visit[1] == 0]

    def state(visit):
        return int(trajectories.worlds[visit[0]]), trajectories[visit[0]][visit[1]].tolist()

    visit = starts[stream.below(len(starts))]
    states, sources = [state(visit)[1]], []
    while len(sources) < max_length:
        others = [other for other in going if state(other) == state(visit) and other != visit]
        is_end = visit[1] == len(trajectories[visit[0]]) - 1
        if is_end and not others:
            break
        if is_end or (others and stream.uniform() < switch_probability):
            visit = others[stream.below(len(others))]
        sources.append(visit[0])
        visit = (visit[0], visit[1] + 1)
        states.append(state(visit)[1])
    return states, sources
