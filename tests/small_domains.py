"""Two small domains that are no mazes, written as a user would write them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mlsearch.domains.contract import States
from mlsearch.domains.scrambles import RandomWalks


@dataclass(frozen=True)
class Slide:
    """Sliding tiles on a board of 2 x 3; the blank is 0, and the goal is 1, 2, ..., 5, blank."""

    rows: int = 2
    columns: int = 3

    num_moves, is_reversible, walk_length, budget = 4, True, 24, None

    @property
    def states(self) -> States:
        return States(np.uint8, (self.size,))

    @property
    def size(self) -> int:
        return self.rows * self.columns

    @property
    def num_features(self) -> int:
        return self.size**2

    def make(self, num, seed, first=0, num_threads=0):
        return self

    def __len__(self):
        return 1

    def __getitem__(self, worlds):
        return self

    def neighbours(self, states, worlds):
        blank = states.argmin(axis=1)
        row, column = np.divmod(blank, self.columns)
        found = np.repeat(states[:, None], 4, axis=1)
        for move, (down, right) in enumerate(((-1, 0), (1, 0), (0, -1), (0, 1))):
            r, c = row + down, column + right
            can = np.flatnonzero((r >= 0) & (r < self.rows) & (c >= 0) & (c < self.columns))
            to = (r * self.columns + c)[can]
            found[can, move, blank[can]] = states[can, to]
            found[can, move, to] = 0
        return found

    def origins(self, worlds, draws):
        goal = np.append(np.arange(1, self.size), 0).astype(np.uint8)
        return np.tile(goal, (len(worlds), 1))

    def features(self, states):
        return (np.arange(self.size) * self.size + states).astype(np.int32)

    def world_features(self):
        return np.zeros((1, self.num_features), np.uint8)

    # Enough for tables: every arrangement of the tiles by its number in lexicographic order.

    @property
    def num_states(self) -> int:
        return len(self.all_states())

    def all_states(self):
        return _arrangements(self.size)

    def index(self, states):
        digits = states.astype(np.int64) @ self.size ** np.arange(self.size)[::-1]
        every = self.all_states().astype(np.int64) @ self.size ** np.arange(self.size)[::-1]
        return np.searchsorted(every, digits).astype(np.int32)

    def distances(self, goals):
        every = self.all_states()
        table = np.full((1, len(every)), -1, np.int32)
        layer, steps = self.index(goals[:1]), 0
        while len(layer) > 0:
            table[0, layer] = steps
            found = self.neighbours(every[layer], np.zeros(len(layer), np.int32))
            near = np.unique(self.index(found.reshape(-1, self.size)))
            layer, steps = near[table[0, near] < 0], steps + 1
        return table


def _arrangements(size: int) -> np.ndarray:
    rows = np.zeros((1, 0), np.uint8)
    for _ in range(size):
        new = np.arange(size, dtype=np.uint8)
        rows = np.concatenate(
            [np.repeat(rows, size, axis=0), np.tile(new, len(rows))[:, None]], axis=1
        )
        is_new = (rows[:, :-1] != rows[:, -1:]).all(axis=1)
        rows = rows[is_new]
    return rows


@dataclass(frozen=True)
class OneWay:
    """Rows of 54 bytes in several worlds; move k adds k + 1 to byte k, until it is 9, for good.

    World w forbids the moves below w. Walks begin at zeros, or at a one where the draw is odd.
    """

    num_worlds: int = 3

    states, num_moves, is_reversible, num_features, walk_length = (
        States(np.uint8, (54,)),
        6,
        False,
        64,
        10,
    )

    def make(self, num, seed, first=0, num_threads=0):
        return _Some(np.arange(first, first + num))

    def arrays(self):
        return {"numbers": self.firsts()}

    def restored(self, arrays):
        return _Some(arrays["numbers"])

    def __len__(self):
        return self.num_worlds

    def __getitem__(self, worlds):
        return _Some(np.arange(self.num_worlds)[worlds])

    def firsts(self):
        return np.arange(self.num_worlds)

    def neighbours(self, states, worlds):
        found = np.repeat(states[:, None], 6, axis=1)
        for move in range(6):
            more = np.minimum(states[:, move] + move + 1, 9)
            is_allowed = move >= self.firsts()[worlds] % 4
            found[:, move, move] = np.where(is_allowed, more, states[:, move])
        return found

    def origins(self, worlds, draws):
        states = np.zeros((len(worlds), 54), np.uint8)
        states[:, 53] = draws % np.uint64(2)
        return states

    def features(self, states):
        return (np.arange(6) * 10 + states[:, :6]).astype(np.int32)

    def world_features(self):
        return (np.arange(64) == 60 + self.firsts()[:, None] % 4).astype(np.uint8)


class _Some(OneWay):
    """Some of the worlds."""

    def __init__(self, chosen):
        object.__setattr__(self, "chosen", np.atleast_1d(chosen))
        object.__setattr__(self, "num_worlds", len(self.chosen))

    name, settings = "oneway", OneWay()

    def firsts(self):
        return self.chosen

    def __getitem__(self, worlds):
        return _Some(self.chosen[worlds])


def walks(domain, num_steps, num_pairs, seed, length=12):
    """Pairs on random walks in the first world of a domain, as blocks are made of.

    Returns:
        States and goals, ``[S, N, *S']``, the steps between them and the state that came next.
    """
    num = num_steps * num_pairs
    walk = RandomWalks(domain, np.zeros(num, np.int32), np.arange(num), seed)
    path = [walk.states.copy()]
    for _ in range(length):
        walk.step(np.arange(num))
        path.append(walk.states.copy())
    random = np.random.default_rng(seed)
    begin = random.integers(length, size=num)
    end = random.integers(begin + 1, length + 1)
    found = (np.stack(path)[at, np.arange(num)] for at in (begin, end, begin + 1))
    states, goals, after = (
        rows.reshape(num_steps, num_pairs, *domain.states.shape) for rows in found
    )
    return states, goals, (end - begin).reshape(num_steps, num_pairs).astype(np.int32), after
