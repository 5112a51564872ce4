"""Two small domains that are no mazes: one whose moves can be undone, and one whose cannot."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np

from mlsearch.domains.contract import States
from mlsearch.domains.rows import keys
from mlsearch.domains.scrambles import RandomWalks


class _OneWorld:
    """What both have: a single world, which is its own settings."""

    def __len__(self):
        return 1

    def __getitem__(self, worlds):
        return self

    def make(self, num, seed, first=0, num_threads=0):
        return self

    def world_features(self):
        return np.zeros((1, self.num_features), np.uint8)

    def origins(self, worlds, draws):
        return np.repeat(self.goal[None], len(worlds), axis=0)


@dataclass(frozen=True)
class Slide(_OneWorld):
    """Sliding tiles on 2 x 3 places: 720 states, of which half can be solved."""

    name = "slide"
    states = States(np.uint8, (6,))
    num_moves = 4
    is_reversible = True
    num_features = 36
    num_states = 720
    goal = np.arange(6, dtype=np.uint8)

    def neighbours(self, states, worlds):
        found = np.repeat(states[:, None], 4, axis=1)
        rows = np.arange(len(states))
        blank = (states == 0).argmax(axis=1)
        row, column = np.divmod(blank, 3)
        for move, (down, right) in enumerate([(-1, 0), (1, 0), (0, -1), (0, 1)]):
            can = (
                (row + down >= 0) & (row + down < 2) & (column + right >= 0) & (column + right < 3)
            )
            other = np.where(can, blank + 3 * down + right, blank)
            found[rows, move, blank] = states[rows, other]
            found[rows, move, other] = 0
        return found

    def features(self, states):
        return (states.astype(np.int32) + 6 * np.arange(6, dtype=np.int32)).astype(np.int32)

    def all_states(self):
        return np.array(list(itertools.permutations(range(6))), np.uint8)

    def index(self, states):
        order = keys(self.all_states(), self.states)
        return np.searchsorted(order, keys(states, self.states)).astype(np.int32)

    def distances(self, goals):
        table = np.full(self.num_states, -1, np.int32)
        layer, steps = goals, 0
        while len(layer):
            table[self.index(layer)] = steps
            around = self.neighbours(layer, None).reshape(-1, 6)
            new = np.unique(self.index(around))
            layer, steps = self.all_states()[new[table[new] < 0]], steps + 1
        return table


@dataclass(frozen=True)
class OneWay(_OneWorld):
    """54 stickers of six kinds, most of which a move carries one on around a long cycle.

    No single move leads back. The fourth of the moves is blocked everywhere.
    """

    name = "one_way"
    states = States(np.uint8, (54,))
    num_moves = 4
    is_reversible = False
    num_features = 54 * 6
    goal = np.repeat(np.arange(6, dtype=np.uint8), 9)

    def neighbours(self, states, worlds):
        found = np.repeat(states[:, None], 4, axis=1)
        for move, step in enumerate((1, 9, 18)):
            places = np.arange(54)
            moved = places[places % 4 != move]
            found[:, move, moved] = states[:, np.roll(moved, step)]
        return found

    def features(self, states):
        return (states.astype(np.int32) * 54 + np.arange(54, dtype=np.int32)).astype(np.int32)


def walks(domain, num_blocks, num_pairs, seed, length=12):
    """Pairs on random walks: states and goals [.., *S], the steps between them, what came next."""
    num = num_blocks * num_pairs
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
        rows.reshape(num_blocks, num_pairs, *domain.states.shape) for rows in found
    )
    return states, goals, (end - begin).reshape(num_blocks, num_pairs).astype(np.int32), after
