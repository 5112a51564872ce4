"""A domain of your own: the 8-puzzle, learned, searched and scored like a maze."""

from dataclasses import dataclass

import numpy as np

import mlsearch as ml

P = np.arange(9)  # places on the board; a state says which tile is where, 0 is the blank
APART = abs(P[:, None] // 3 - P // 3) + abs(P[:, None] % 3 - P % 3)  # moves between places
TO = np.stack([P - 3 * (P > 2), P + 3 * (P < 6), P - (P % 3 > 0), P + (P % 3 < 2)], axis=1)
SWAP = np.tile(P, (9, 4, 1))  # by the blank's place and the move, where tiles come from
for place, move in np.ndindex(TO.shape):
    SWAP[place, move, [place, TO[place, move]]] = TO[place, move], place


def manhattan(domain, goals, seed):
    home = goals.argsort(axis=1)  # the place of each tile in the goals, [N, 9]
    return lambda problem, states: (APART[P, home[problem[:, None], states]] * (states > 0)).sum(
        axis=1, dtype=np.float32
    )


@dataclass(frozen=True)
class EightPuzzle:
    states, num_moves, num_features = ml.States(np.uint8, (9,)), 4, 81
    is_reversible, yardstick, baselines = True, "manhattan", {"manhattan": manhattan}
    make = lambda self, num, seed, first=0, num_threads=0: self  # noqa: E731
    __len__, __getitem__ = lambda self: 1, lambda self, worlds: self

    def neighbours(self, states, worlds):  # uint8 [M, 9] to [M, 4, 9]
        return np.take_along_axis(states[:, None], SWAP[states.argmin(axis=1)], axis=2)

    def origins(self, worlds, draws):  # where scrambles begin
        return np.tile(P.astype(np.uint8), (len(worlds), 1))

    def features(self, states):  # what a network sees: which tile is at which place
        return (9 * P + states).astype(np.int32)

    def world_features(self):
        return np.zeros((1, 81), np.uint8)


ml.DOMAINS["eight"] = EightPuzzle
