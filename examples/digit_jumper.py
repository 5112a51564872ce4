"""Digit Jumper: boards of digits, each a world of its own, as CRTR has them (arXiv 2508.13113)."""

import tempfile
from dataclasses import dataclass

import numpy as np

import mlsearch as ml
from mlsearch.base.settings import replaced

SIZE, DIGITS = 20, 6
CELLS = np.arange(SIZE * SIZE, dtype=np.int32)  # a state is a cell, row * 20 + column
PLACES = np.stack(np.divmod(CELLS, SIZE), axis=1)
UP_DOWN_LEFT_RIGHT = np.array([(-1, 0), (1, 0), (0, -1), (0, 1)])


class Boards:
    name, num_moves, num_features, num_states = "digit_jumper", 4, 7 * len(CELLS), len(CELLS)
    states, is_reversible, move_names = ml.States(np.int32), False, tuple("UDLR")

    def __init__(self, settings, digits):  # from each cell one jumps as far as its digit says
        self.settings, self.digits = settings, digits
        there = PLACES[:, None] + UP_DOWN_LEFT_RIGHT * digits[:, :, None, None]
        is_inside = ((there >= 0) & (there < SIZE)).all(axis=-1)
        self.jumps = np.where(is_inside, there @ [SIZE, 1], CELLS[:, None]).astype(np.int32)

    __len__ = lambda self: len(self.digits)  # noqa: E731
    __getitem__ = lambda self, worlds: Boards(  # noqa: E731
        self.settings, self.digits[worlds].reshape(-1, len(CELLS))
    )

    def neighbours(self, states, worlds):
        return self.jumps[worlds, states]

    def origins(self, worlds, draws):  # walks begin anywhere
        return (draws % np.uint64(len(CELLS))).astype(np.int32)

    def draw_problems(self, per_world, seed):  # from the upper left to the lower right corner
        starts = np.zeros(len(self) * per_world, np.int32)
        return starts, starts + CELLS[-1]

    def features(self, states):
        return states[:, None]

    def world_features(self):  # which digit is at which cell
        is_digit = self.digits[:, :, None] == np.arange(1, DIGITS + 1)
        return np.hstack([np.zeros_like(self.digits), is_digit.reshape(len(self), -1)]).astype(
            np.uint8
        )

    index = lambda self, states: states  # noqa: E731
    all_states = lambda self: CELLS  # noqa: E731

    def distances(self, goals):
        far = np.where(goals[:, None] == CELLS, 0, len(CELLS))
        for _ in CELLS:
            near = np.take_along_axis(far[:, :, None], self.jumps, axis=1).min(axis=2) + 1
            if (near >= far).all():
                break
            far = np.minimum(far, near)
        return np.where(far < len(CELLS), far, -1).astype(np.int32)


@dataclass(frozen=True)
class DigitJumper:
    def make(self, num, seed, first=0, num_threads=0):
        return Boards(self, np.concatenate([self.board(seed, first + i) for i in range(num)]))

    def board(self, seed, number):  # one that has a solution
        random = np.random.default_rng([seed, number])
        while True:
            digits = random.integers(1, DIGITS + 1, (1, len(CELLS)))
            if Boards(self, digits).distances(CELLS[-1:])[0, 0] >= 0:
                return digits


ml.DOMAINS["digit_jumper"] = DigitJumper

if __name__ == "__main__":
    changes = {"domain": "digit_jumper", "training.steps": 1000, "data.num_trajectories": 2000}
    config = replaced(ml.METHODS["crtr"], changes)
    learned = ml.LearnedMetric(ml.Trainer(config, tempfile.mkdtemp()).run(), config)
    problems = ml.Problems.sample(DigitJumper().make(100, seed=1))
    for name, heuristic in (("learned", learned), ("zero", "zero")):
        scores = ml.evaluate(heuristic, problems).scores()
        print(f"{name}: {scores['search.expansions'].mean:.0f} expansions")
