"""A domain of one's own: the 8-puzzle, solved by A* with the Manhattan distance."""

import numpy as np

import mlsearch as ml

PLACE = np.arange(9)  # of a 3 x 3 board; a state keeps the tile of place p in bits 4 p to 4 p + 3
ROW, COLUMN = PLACE // 3, PLACE % 3
APART = abs(ROW[:, None] - ROW) + abs(COLUMN[:, None] - COLUMN)  # steps between two places
MOVES = np.array([np.pad(np.flatnonzero(a == 1), (0, 4))[:4] for a in APART])  # of the blank
IS_MOVE = PLACE[:4] < (APART == 1).sum(axis=1)[:, None]
GOAL = int((PLACE << 4 * PLACE).sum())


class EightPuzzle:
    def neighbours(self, states):
        """int64 [M] to int64 [M, 4]: the states a move away, -1 where there is no such move."""
        board = tiles(states)
        blank = board.argmin(axis=1)
        to = MOVES[blank]
        tile = np.take_along_axis(board, to, axis=1)
        moved = states[:, None] + (tile << 4 * blank[:, None]) - (tile << 4 * to)
        return np.where(IS_MOVE[blank], moved, -1)

    def encode(self, states):
        """int64 [M] to float32 [M, 81], what a network sees: which tile is at which place."""
        return np.eye(9, dtype=np.float32)[tiles(states)].reshape(-1, 81)


def tiles(states):
    return states[:, None] >> 4 * PLACE & 15


def manhattan(problem, state):
    board = tiles(state)
    return np.where(board > 0, APART[board, PLACE], 0).sum(axis=1).astype(np.float32)


def layers(domain, goal):
    """The states 0, 1, 2, ... moves away from the goal, by breadth-first search."""
    found = [np.array([-1]), np.array([goal])]
    while len(found[-1]) > 0:
        near = np.unique(domain.neighbours(found[-1]))
        found.append(np.setdiff1d(near, np.concatenate([[-1], *found[-2:]])))
    return found[1:-1]


if __name__ == "__main__":
    far = layers(EightPuzzle(), GOAL)
    print(f"{sum(map(len, far))} states, {len(far[-1])} of them {len(far) - 1} moves away")
    starts = np.concatenate([states[:10] for states in far])
    steps = np.repeat(range(len(far)), [len(states[:10]) for states in far])
    result = ml.solve(EightPuzzle(), starts, GOAL, manhattan, weight=1.0)  # A*
    print(f"A*: {(result.cost == steps).sum()} of {len(starts)} by a shortest path")
