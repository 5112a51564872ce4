"""Digit Jumper: a domain of many worlds, written in Python.

A board of digits; from a cell one jumps by its digit, up, down, left or right, and wants to come to
the lower right corner. Every board is a world of its own. The boards are those of CRTR
(arXiv 2508.13113), 20 x 20 digits from 1 to 6.

    python examples/digit_jumper.py
"""

from dataclasses import dataclass

import numpy as np

import mlsearch as ml

SIZE, DIGITS = 20, 6
UP_DOWN_LEFT_RIGHT = np.array([(-1, 0), (1, 0), (0, -1), (0, 1)])


class Boards:
    """Boards ``[B, 20, 20]`` of digits; a state is a cell, row * 20 + column, int32."""

    name, num_moves, is_reversible = "digit_jumper", 4, False
    move_names = ("up", "down", "left", "right")
    states = ml.States(np.int32)
    num_features = num_states = SIZE * SIZE

    def __init__(self, digits):
        self.digits = digits
        cells = np.stack(np.divmod(np.arange(SIZE * SIZE), SIZE), axis=1)
        there = cells[:, None] + UP_DOWN_LEFT_RIGHT * digits.reshape(len(digits), -1, 1, 1)
        is_inside = ((there >= 0) & (there < SIZE)).all(axis=-1)
        places = there @ [SIZE, 1]
        self.jumps = np.where(is_inside, places, np.arange(SIZE * SIZE)[:, None]).astype(np.int32)

    def __len__(self):
        return len(self.digits)

    def __getitem__(self, worlds):
        return Boards(self.digits[worlds].reshape(-1, SIZE, SIZE))

    def neighbours(self, states, worlds):
        return self.jumps[worlds, states]

    def origins(self, worlds, draws):
        return (draws % np.uint64(SIZE * SIZE)).astype(np.int32)

    def draw_problems(self, per_world, seed):
        starts = np.zeros(len(self) * per_world, np.int32)  # the upper left corner
        return starts, np.full_like(starts, SIZE * SIZE - 1)

    def features(self, states):
        return states[:, None]

    def world_features(self):
        return np.zeros((len(self), SIZE * SIZE), np.uint8)
