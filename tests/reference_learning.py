"""Slow, plain versions of the objectives, readouts and scores: loops over Python floats."""

from __future__ import annotations

import math

import numpy as np


def log_softmax(logits):
    largest = max(logits)
    total = math.log(sum(math.exp(value - largest) for value in logits))
    return [value - largest - total for value in logits]


def distance(name, x, y, group_size=16):
    differences = [abs(a - b) for a, b in zip(x, y, strict=True)]
    if name == "l2":
        return math.sqrt(sum(d * d for d in differences))
    if name == "max":
        return max(differences)
    starts = range(0, len(differences), group_size)
    return sum(max(differences[start : start + group_size]) for start in starts)


def info_nce(distances, temperature, direction):
    forward = [
        -log_softmax([-value / temperature for value in row])[i] for i, row in enumerate(distances)
    ]
    backward = [
        -log_softmax([-row[j] / temperature for row in distances])[j] for j in range(len(distances))
    ]
    parts = {"forward": forward, "backward": backward, "symmetric": forward + backward}[direction]
    return sum(parts) / len(parts)


def local_descent(distances, is_move, target, sharpness):
    total = 0.0
    for row, open_moves, wanted in zip(distances, is_move, target, strict=True):
        moves = [move for move, is_open in enumerate(open_moves) if is_open]
        if moves:
            log_likelihood = log_softmax([-sharpness * row[move] for move in moves])
            total -= sum(
                wanted[move] * value for move, value in zip(moves, log_likelihood, strict=True)
            )
    return total / len(distances)


def distance_regression(predicted, steps):
    total = 0.0
    for p, k in zip(predicted, steps, strict=True):
        error = abs(p - k)
        total += error * error / 2 if error < 1 else error - 0.5
    return total / len(predicted)


def classification(logits, steps):
    rows = zip(logits, steps, strict=True)
    total = sum(-log_softmax(row)[min(int(k), len(row) - 1)] for row, k in rows)
    return total / len(logits)


def wilson(num_successes, num, z=1.959963984540054):
    """Wilson's interval of a rate (1927)."""
    rate = num_successes / num
    middle = rate + z * z / (2 * num)
    half = z * math.sqrt(rate * (1 - rate) / num + z * z / (4 * num * num))
    return (middle - half) / (1 + z * z / num), (middle + half) / (1 + z * z / num)


def free_neighbours(walls, cell):
    """Up, down, left, right: the cell that the move leads to, or None."""
    height, width = walls.shape
    row, column = divmod(int(cell), width)
    found = []
    for r, c in ((row - 1, column), (row + 1, column), (row, column - 1), (row, column + 1)):
        is_free = 0 <= r < height and 0 <= c < width and walls[r, c] == 0
        found.append(r * width + c if is_free else None)
    return found


def steps_to(walls, goal):
    """Steps from each cell to the goal by breadth-first search; -1 where there is no way."""
    steps = np.full(walls.size, -1)
    steps[goal] = 0
    queue = [int(goal)]
    for cell in queue:
        for other in free_neighbours(walls, cell):
            if other is not None and steps[other] < 0:
                steps[other] = steps[cell] + 1
                queue.append(other)
    return steps


def squared_error(predicted, steps):
    errors = [0.0 if k == math.inf else p - k for p, k in zip(predicted, steps, strict=True)]
    return sum(error * error for error in errors) / len(errors)


def bellman_target(neighbour_steps, is_move, to_goal, at_goal):
    targets = []
    for row, is_open, is_near, is_there in zip(
        neighbour_steps, is_move, to_goal, at_goal, strict=True
    ):
        known = [0.0 if near else value for value, near in zip(row, is_near, strict=True)]
        usable = [value for value, is_usable in zip(known, is_open, strict=True) if is_usable]
        targets.append(0.0 if is_there else 1 + min(usable, default=math.inf))
    return targets
